/*
 * Whatever happens to a document and to its postings, in the end its entries in
 * the ledger come to its latest content.
 */
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Duration, Effect, Schema } from "effect"
import { formatDecimal, zero } from "../../src/accounting/Decimal.ts"
import { JournalEntry } from "../../src/accounting/JournalEntry.ts"
import { prepare } from "../../src/engine/prepare.ts"
import type { SourceRecord } from "../../src/pipeline/SourceRecord.ts"
import type { PostingPipeline } from "../../src/plan/Plan.ts"
import type { JournalRecord } from "../../src/store/JournalRecord.ts"
import { exampleDocument } from "../support/exampleDocument.ts"

/** One step in a document's life: it changes in the shop, or the ledger is given what is next. */
const Step = Schema.Union([
  Schema.Struct({
    _tag: Schema.Literal("Edit"),
    grand: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4 })),
    account: Schema.Literals(["4000", "4010"])
  }),
  Schema.Struct({ _tag: Schema.Literal("Cancel") }),
  Schema.Struct({ _tag: Schema.Literal("Repeat") }),
  Schema.Struct({
    _tag: Schema.Literal("Post"),
    how: Schema.Literals(["posted", "rejected", "unknown", "retried"])
  })
])
type Step = typeof Step.Type

interface Content {
  readonly grand: number
  readonly account: string
  readonly cancelled: boolean
}

const entryOf = (content: Content, idempotencyKey: string) =>
  Schema.decodeSync(JournalEntry)({
    idempotencyKey,
    document: { resource: "invoice", id: "1", number: "1" },
    company: "10",
    postingDate: "2026-10-01",
    currency: "EUR",
    accountingCurrency: "EUR",
    text: "Invoice 1",
    correction: false,
    lines: [
      { account: "1510", side: "debit" as const },
      { account: content.account, side: "credit" as const }
    ].map((line) => ({
      ...line,
      amount: `${content.grand}.00`,
      accountingAmount: `${content.grand}.00`,
      dimensions: {},
      text: "",
      rule: "rule"
    }))
  })

const pipelineFor = (
  content: Content,
  options: Pick<PostingPipeline, "onChange" | "reversalStyle">
): PostingPipeline => ({
  ...options,
  _tag: "Posting",
  lookUps: [],
  name: "invoices",
  file: "invoices.yaml",
  contentHash: "hash",
  source: { open: Effect.die("never opened"), fixture: () => [] },
  sourceType: "shop/invoices",
  sourceConnection: "shop",
  sink: {
    open: Effect.die("never opened"),
    dimensions: [],
    concurrency: 1,
    ambiguityMillis: 1,
    strategy: { name: "test", guarantee: "none" },
    problems: []
  },
  sinkType: "ledger/entries",
  sinkConnection: "erp",
  sinkHash: "sink",
  closedPeriod: "hold",
  pollEvery: Duration.minutes(5),
  company: "10",
  locateRule: () => ({ file: "invoices.yaml", line: 1 }),
  expected: { lines: [], locate: () => ({ file: "invoices.yaml", line: 1, column: 1 }) },
  process: (_record, { idempotencyKey }) =>
    Effect.succeed({
      _tag: "Entry",
      entry: entryOf(content, idempotencyKey("10")),
      provenance: [],
      document: {}
    })
})

const recordOf = (content: Content): SourceRecord => ({
  origin: { system: "shop", resource: "invoice", id: "1", number: "1", revision: "" },
  raw: {},
  normalised: {
    _tag: "Document",
    document: { ...exampleDocument, state: content.cancelled ? "cancelled" : "paid" }
  }
})

const open = ["pending", "sending", "unknown"]

/** Balances by account of what the ledger holds; a storno counts against its own side. */
const balances = (records: ReadonlyArray<JournalRecord>) => {
  const byAccount = new Map<string, BigDecimal.BigDecimal>()
  for (const { entry } of records) {
    for (const line of entry.lines) {
      const isPositive = (line.side === "debit") !== entry.correction
      const value = isPositive ? line.amount : BigDecimal.negate(line.amount)
      byAccount.set(line.account, BigDecimal.sum(byAccount.get(line.account) ?? zero, value))
    }
  }
  return Object.fromEntries(
    [...byAccount]
      .filter(([, value]) => !BigDecimal.isZero(value))
      .map(([account, value]) => [account, formatDecimal(value)] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
  )
}

const expected = (content: Content) =>
  content.cancelled
    ? {}
    : Object.fromEntries(
        [
          ["1510", `${content.grand}.00`] as const,
          [content.account, `-${content.grand}.00`] as const
        ].toSorted(([a], [b]) => (a < b ? -1 : 1))
      )

/** Plays the steps on a journal in memory that keeps the store's promises, then posts what is left. */
const play = Effect.fnUntraced(function* (
  steps: ReadonlyArray<Step>,
  options: Pick<PostingPipeline, "onChange" | "reversalStyle">
) {
  let content: Content = { grand: 1, account: "4000", cancelled: false }
  let revision = 0
  const journal: Array<JournalRecord> = []

  const read = Effect.fnUntraced(function* (isRetry: boolean) {
    if (!isRetry) revision += 1
    const pipeline = pipelineFor(content, options)
    const prepared = yield* prepare({ pipeline, record: recordOf(content), revision, history: [...journal] })
    assert.deepStrictEqual(prepared.problems, [])
    for (const key of prepared.superseded) {
      const index = journal.findIndex(({ idempotencyKey }) => idempotencyKey === key)
      const past = journal[index]
      if (past === undefined) return assert.fail(`there is no ${key} to take back`)
      assert.isTrue(
        past.state === "rejected" || (past.state === "pending" && past.attempts === 0),
        `${key} may be in the ledger and cannot be taken back`
      )
      journal[index] = { ...past, state: "superseded" }
    }
    for (const { body, ...entry } of prepared.entries) {
      assert.isUndefined(
        journal.find(({ idempotencyKey }) => idempotencyKey === entry.idempotencyKey),
        `the key ${entry.idempotencyKey} is used twice`
      )
      journal.push({
        ...entry,
        entry: Schema.decodeSync(JournalEntry)(body),
        createdAt: "",
        state: "pending",
        attempts: 0,
        receipt: null,
        settledAt: null
      })
    }
    return prepared
  })

  /** The first open posting of the document, unless a refused one stands before it. */
  const head = () => {
    const index = journal.findIndex(({ state }) => open.includes(state) || state === "rejected")
    return journal[index]?.state === "rejected" ? -1 : index
  }
  const settle = (how: "posted" | "rejected" | "unknown" | "retried") => {
    const index = head()
    const record = journal[index]
    if (record === undefined) return
    // What is refused was never in the ledger; a posting of unknown outcome turns out to be there.
    const state = record.state === "unknown" ? "posted" : how === "retried" ? "pending" : how
    journal[index] = { ...record, state, attempts: record.attempts + 1 }
  }

  yield* read(false)
  for (const step of steps) {
    if (step._tag === "Edit") content = { grand: step.grand, account: step.account, cancelled: false }
    if (step._tag === "Cancel") content = { ...content, cancelled: true }
    if (step._tag === "Post") settle(step.how)
    else yield* read(step._tag === "Repeat")
  }
  for (let round = 0; round < 50; round++) {
    while (head() >= 0) settle("posted")
    if (journal.every(({ state }) => state === "posted" || state === "superseded")) break
    yield* read(true)
  }
  const posted = journal.filter(({ state }) => state === "posted")
  const again = yield* read(true)
  return { content, posted, again }
})

describe("prepare", () => {
  for (const options of [
    { onChange: "reverse-and-repost", reversalStyle: "swap-sides" },
    { onChange: "reverse-and-repost", reversalStyle: "storno" },
    { onChange: "delta", reversalStyle: "swap-sides" },
    { onChange: "delta", reversalStyle: "storno" }
  ] as const) {
    it.effect.prop(
      `${options.onChange}, ${options.reversalStyle}: whatever happens, the ledger comes to the latest content, and reading it again posts nothing`,
      { steps: Schema.Array(Step).check(Schema.isMaxLength(14)) },
      ({ steps }) =>
        Effect.gen(function* () {
          const { again, content, posted } = yield* play(steps, options)
          assert.deepStrictEqual(balances(posted), expected(content))
          assert.deepStrictEqual(again.entries, [])
        }),
      { arbitrary: { runs: 1000 } }
    )
  }

  it.effect("delta posts only what differs, and a cancellation takes back base and difference alike", () =>
    Effect.gen(function* () {
      const edit: Step = { _tag: "Edit", grand: 3, account: "4000" }
      const post: Step = { _tag: "Post", how: "posted" }
      const options = { onChange: "delta", reversalStyle: "swap-sides" } as const
      const changed = yield* play([post, edit, post], options)
      assert.deepStrictEqual(
        changed.posted.map(({ entry }) => entry.lines.map(({ amount }) => formatDecimal(amount))),
        [
          ["1.00", "1.00"],
          ["2.00", "2.00"]
        ]
      )
      const cancelled = yield* play([post, edit, post, { _tag: "Cancel" }], options)
      assert.deepStrictEqual(
        cancelled.posted.map(({ kind }) => kind),
        ["post", "post", "reversal", "reversal"]
      )
    })
  )
})
