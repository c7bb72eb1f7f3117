import { NodeServices } from "@effect/platform-node"
import { assert } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { traceText } from "../../src/cli/traceText.ts"
import { reverse } from "../../src/accounting/reverse.ts"
import { JournalEntry } from "../../src/accounting/JournalEntry.ts"
import { trace } from "../../src/engine/trace.ts"
import { IntakeStore } from "../../src/store/IntakeStore.ts"
import { Journal } from "../../src/store/Journal.ts"
import type { NewJournalRecord, PostingOutcome } from "../../src/store/JournalRecord.ts"
import { LedgerWriter } from "../../src/store/LedgerWriter.ts"
import { PlanRevisions } from "../../src/store/PlanRevisions.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { exampleDocument } from "../support/exampleDocument.ts"
import { exampleJournalRecord, examplePage, exampleStoredRecord } from "../support/examples.ts"
import { matchGolden } from "../support/golden.ts"

const names = { pipeline: "invoices-to-gl", connection: "erp" }
const planHash = "7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730"

const reading = (revision: number) => ({
  ...exampleStoredRecord(names, "42", revision),
  fingerprint: `${revision}`.repeat(64),
  normalised: { _tag: "Document", document: exampleDocument }
})

/** The entry of a revision, with the place of each rule, as `prepare` appends it. */
const posted = (revision: number): NewJournalRecord => ({
  ...exampleJournalRecord(names, "42", revision),
  planRevision: planHash,
  provenance: [
    { rule: "receivable", at: { file: "pipelines/invoices-to-gl.yaml", line: 31 } },
    { rule: "revenue", table: "revenue", row: 4, at: { file: "pipelines/invoices-to-gl.yaml", line: 35 } },
    { rule: "vat", table: "vat", row: 2, at: { file: "pipelines/invoices-to-gl.yaml", line: 39 } }
  ]
})

const offset = (past: NewJournalRecord): NewJournalRecord => {
  const entry = reverse(Schema.decodeSync(JournalEntry)(past.body), {
    style: "swap-sides",
    idempotencyKey: past.idempotencyKey.replace("post", "reversal"),
    postingDate: "2026-04-02"
  })
  return {
    ...past,
    idempotencyKey: entry.idempotencyKey,
    kind: "reversal",
    revision: 2,
    body: Schema.encodeSync(JournalEntry)(entry),
    provenance: { reverses: past.idempotencyKey }
  }
}

const commit = (revision: number, entries: ReadonlyArray<NewJournalRecord>) =>
  Effect.flatMap(IntakeStore, (store) =>
    store.commit(
      examplePage(names, {
        records: [reading(revision)],
        entries,
        audit: [
          {
            pipeline: names.pipeline,
            resource: "invoice",
            externalId: "42",
            actor: "engine",
            action: "mapped",
            detail: { revision, entries: entries.map(({ idempotencyKey }) => idempotencyKey) }
          }
        ]
      })
    )
  )

/** Takes the next posting and lets its attempt end so. */
const attempt = Effect.fn("attempt")(function* (outcome: PostingOutcome) {
  const journal = yield* Journal
  const writer = yield* (yield* LedgerWriter).take(names.connection)
  const records = yield* journal.claim({ writer, limit: 1, ambiguityMillis: 0 })
  assert.strictEqual(records.length, 1)
  yield* journal.settle(
    records.map((record) => ({ record, outcome })),
    "engine"
  )
})

const receipt = (number: number): PostingOutcome => ({
  _tag: "Posted",
  receipt: { reference: `10/2026/M/202600000${number}`, stage: "accepted" },
  adopted: false
})

/** Instants differ with each run; they keep their width. */
const withoutTimes = (text: string) =>
  text.replaceAll(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/gu, "yyyy-mm-ddThh:mm:ss.mmmZ")

describeOnDatabases("A trace", (it) => {
  it.effect("tells a document's life from its first reading to what the ledger holds", () =>
    Effect.gen(function* () {
      yield* (yield* PlanRevisions).record([
        {
          pipeline: names.pipeline,
          contentHash: planHash,
          gitCommit: "f".repeat(40),
          isDirty: true,
          files: ["pipelines/invoices-to-gl.yaml"]
        }
      ])
      const first = posted(1)
      yield* commit(1, [first])
      yield* attempt({ _tag: "Retry", retryAfterMillis: 0, message: "The ledger asked us to slow down." })
      yield* attempt(receipt(1))
      yield* commit(2, [offset(first), posted(2)])
      yield* attempt(receipt(2))

      const [byNumber] = yield* trace("100042")
      if (byNumber === undefined) return assert.fail("nothing is known of the document")
      yield* matchGolden("cli/trace.txt", `${withoutTimes(traceText(byNumber))}\n`)

      for (const text of ["42", "10/2026/M/2026000001", "10/2026/M/2026000002"]) {
        assert.deepStrictEqual(yield* trace(text), [byNumber], text)
      }
      assert.deepStrictEqual(yield* trace("10/2026/M/2026000003"), [])
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
