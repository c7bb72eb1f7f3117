import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect, Schema } from "effect"
import { formatDecimal } from "../../../src/accounting/Decimal.ts"
import { JournalEntry } from "../../../src/accounting/JournalEntry.ts"
import { reverse } from "../../../src/accounting/reverse.ts"
import type { DocumentState, SourceState } from "../../../src/engine/reconciliation/DocumentState.ts"
import { columnsOf, judgeDocument } from "../../../src/engine/reconciliation/judgeDocument.ts"
import { makeTotals } from "../../../src/engine/reconciliation/Totals.ts"
import type { HeldEntry } from "../../../src/pipeline/Sink.ts"
import type { PostingState } from "../../../src/store/JournalRecord.ts"
import type { BookedRecord } from "../../../src/store/ReconciliationStore.ts"

const september = { from: "2026-09-01", to: "2026-09-30" }

const decode = Schema.decodeUnknownSync(JournalEntry)

/** An entry of so many cents, from receivables to revenue. */
const entryOf = (cents: number, given: { readonly account?: string; readonly day?: string } = {}) => {
  const amount = formatDecimal(BigDecimal.make(BigInt(cents), 2))
  const line = { amount, accountingAmount: amount, dimensions: {}, text: "", rule: "any" }
  return decode({
    idempotencyKey: "erp/10/shop/invoice/1/1/post",
    document: { resource: "invoice", id: "1", number: "000000001" },
    company: "10",
    postingDate: given.day ?? "2026-09-10",
    currency: "EUR",
    accountingCurrency: "EUR",
    text: "Invoice 000000001",
    correction: false,
    lines: [
      { ...line, account: "1510", side: "debit" },
      { ...line, account: given.account ?? "4000", side: "credit" }
    ]
  })
}

const recordOf = (entry: JournalEntry, given: Partial<BookedRecord> = {}): BookedRecord => ({
  idempotencyKey: entry.idempotencyKey,
  pipeline: "invoices-to-gl",
  planRevision: "now",
  resource: "invoice",
  externalId: "1",
  number: "000000001",
  revision: 1,
  kind: "post",
  sinkConnection: "erp",
  document: "erp/shop/invoice/1",
  entry,
  provenance: [],
  createdAt: "2026-09-10T10:00:00Z",
  state: "posted",
  attempts: 1,
  receipt: { reference: "10/2026/M/1", stage: "accepted" },
  settledAt: null,
  ...given
})

const heldOf = (entry: JournalEntry, given: Partial<HeldEntry> = {}): HeldEntry => ({
  receipt: { reference: "10/2026/M/1", stage: "accepted" },
  company: entry.company,
  postingDate: entry.postingDate,
  currency: entry.currency,
  correction: entry.correction,
  markerKey: "I1.",
  marker: "I1.X",
  lines: entry.lines,
  ...given
})

const readAs = (entry: JournalEntry, content: "same" | "newer" | "unread" = "same"): SourceState => ({
  _tag: "Read",
  content,
  isRecent: false,
  outcome: { _tag: "Entry", entry }
})

const stateOf = (given: Partial<DocumentState>): DocumentState => ({
  identity: {
    name: "erp/shop/invoice/1",
    pipeline: "invoices-to-gl",
    resource: "invoice",
    id: "1",
    number: "000000001",
    store: "default",
    order: "7"
  },
  source: readAs(entryOf(100)),
  records: [],
  waiting: undefined,
  held: new Map(),
  planRevision: "now",
  ...given
})

const kindsOf = (state: DocumentState) => judgeDocument(state, september).findings.map(({ kind }) => kind)

const heldUnder = (entry: JournalEntry, ...held: ReadonlyArray<HeldEntry>) =>
  new Map([[entry.idempotencyKey, held]])

const one = entryOf(100)
const posted = stateOf({ records: [recordOf(one)], held: heldUnder(one, heldOf(one)) })

describe("judgeDocument", () => {
  it("finds nothing where the three agree, in whichever order the ledger holds the lines", () => {
    assert.deepStrictEqual(kindsOf(posted), [])
    const turned = heldOf(one, { lines: one.lines.toReversed() })
    assert.deepStrictEqual(kindsOf({ ...posted, held: heldUnder(one, turned) }), [])
  })

  it.each([
    ["pending", "pending"],
    ["sending", "sending"],
    ["unknown", "unknown"],
    ["posted", "missing-in-ledger"],
    ["rejected", "parked"]
  ] as const)("an entry that is %s and not in the ledger is %s", (state, kind) => {
    const records = [
      recordOf(one, { state, receipt: state === "posted" ? { reference: "1", stage: "accepted" } : null })
    ]
    assert.deepStrictEqual(kindsOf(stateOf({ records })), [kind])
  })

  it("content that is the same and other accounts under today's mapping is a note, and moves no account", () => {
    const today = entryOf(100, { account: "4010" })
    const { books, findings } = judgeDocument(
      { ...posted, source: readAs(today), records: [recordOf(one, { planRevision: "before" })] },
      september
    )
    assert.deepStrictEqual(
      findings.map(({ isDifference, kind }) => [kind, isDifference]),
      [["older-mapping", false]]
    )
    const totals = makeTotals("account")
    totals.add(books)
    for (const { ledger, source } of totals.rows()) assert.isTrue(BigDecimal.equals(source, ledger))
  })

  it("the same under the mapping of today is a journal that somebody changed", () => {
    const today = entryOf(100, { account: "4010" })
    assert.deepStrictEqual(kindsOf({ ...posted, source: readAs(today) }), ["differs-in-journal"])
  })

  it("an entry posted in the next period counts there, and says of its own that it is missing", () => {
    const later = entryOf(100, { day: "2026-10-01" })
    const state = stateOf({ records: [recordOf(later)], held: heldUnder(later, heldOf(later)) })
    for (const [range, difference] of [
      [september, "1.00"],
      [{ from: "2026-10-01", to: "2026-10-31" }, "-1.00"]
    ] as const) {
      const { findings } = judgeDocument(state, range)
      assert.deepStrictEqual(
        findings.map((finding) => [finding.kind, formatDecimal(BigDecimal.scale(finding.difference, 2))]),
        [["closed-period", difference]]
      )
    }
  })

  it("a reversal that a person made in the ledger is a change there", () => {
    const undone = heldOf(
      reverse(one, { style: "swap-sides", idempotencyKey: "x", postingDate: "2026-09-12" }),
      {
        receipt: { reference: "10/2026/M/2", stage: "accepted" }
      }
    )
    assert.deepStrictEqual(kindsOf({ ...posted, held: heldUnder(one, heldOf(one), undone) }), [
      "changed-in-ledger"
    ])
  })

  it("what waits behind a refused entry is not told beside it", () => {
    const second = decode({ ...Schema.encodeSync(JournalEntry)(entryOf(200)), idempotencyKey: "second" })
    const records = [
      recordOf(one, { state: "rejected", receipt: null }),
      recordOf(second, { state: "pending", attempts: 0, receipt: null })
    ]
    assert.deepStrictEqual(kindsOf(stateOf({ source: readAs(one, "newer"), records })), [
      "changed-since",
      "parked"
    ])
  })

  const Case = Schema.Struct({
    source: Schema.NullOr(Schema.Literals([1, 2, 3])),
    content: Schema.Literals(["same", "newer", "unread"]),
    journal: Schema.NullOr(Schema.Literals([1, 2, 3])),
    state: Schema.Literals([
      "pending",
      "sending",
      "unknown",
      "posted",
      "rejected"
    ] satisfies ReadonlyArray<PostingState>),
    plan: Schema.Literals(["now", "before"]),
    ledger: Schema.Array(Schema.Literals([1, 2, 3])).check(Schema.isMaxLength(3)),
    account: Schema.Literals(["4000", "4010"]),
    day: Schema.Literals(["2026-09-10", "2026-09-20", "2026-10-01"]),
    isCancelled: Schema.Boolean
  })

  it.effect.prop(
    "whatever the three say, the findings add up to the difference, and there are none only where all is equal",
    { given: Case },
    ({ given }) =>
      Effect.sync(() => {
        const own = given.journal === null ? undefined : entryOf(given.journal)
        const held = given.ledger.map((cents, index) =>
          heldOf(entryOf(cents, { account: given.account, day: given.day }), {
            receipt: { reference: `10/2026/M/${index + 1}`, stage: "accepted" },
            isCancelled: given.isCancelled && index === 0
          })
        )
        const { books, findings } = judgeDocument(
          stateOf({
            source:
              given.source === null
                ? { _tag: "Gone", why: "it is gone" }
                : readAs(entryOf(given.source), given.content),
            records:
              own === undefined ? [] : [recordOf(own, { state: given.state, planRevision: given.plan })],
            held: own === undefined ? new Map() : heldUnder(own, ...held)
          }),
          september
        )
        const { ledger, source } = columnsOf(books, "accountingAmount")
        assert.isTrue(
          BigDecimal.equals(
            BigDecimal.sumAll(findings.map(({ difference }) => difference)),
            BigDecimal.subtract(source, ledger)
          )
        )
        assert.isTrue(
          findings.every(({ kind }) => kind !== "unexplained"),
          JSON.stringify(findings.map(({ kind }) => kind))
        )
        const totals = makeTotals("account")
        totals.add(books)
        const isEven = totals
          .rows()
          .every(
            (row) => BigDecimal.equals(row.source, row.journal) && BigDecimal.equals(row.journal, row.ledger)
          )
        if (!isEven) assert.isTrue(findings.some(({ isDifference }) => isDifference))
      }),
    { arbitrary: { runs: 2000 } }
  )
})
