/*
 * A page is stored only if its documents are still as they were when it was
 * made, and what an old revision achieves settles nothing of a newer one.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { ErrorQueue } from "../../src/store/ErrorQueue.ts"
import { IntakeStore } from "../../src/store/IntakeStore.ts"
import { Journal } from "../../src/store/Journal.ts"
import { LedgerWriter } from "../../src/store/LedgerWriter.ts"
import { describeOnDatabases } from "../support/databases.ts"
import {
  append,
  exampleError,
  exampleJournalRecord,
  examplePage,
  exampleStoredRecord,
  freshNames,
  type Names
} from "../support/examples.ts"

const commit = (names: Names, page: Parameters<typeof examplePage>[1]) =>
  Effect.flatMap(IntakeStore, (store) => store.commit(examplePage(names, page)))

const openErrors = (names: Names) =>
  Effect.map(
    Effect.flatMap(ErrorQueue, (queue) => queue.list({ pipeline: names.pipeline })),
    (items) => items.map(({ revision }) => revision)
  )

/** Revision 1 of a document, and its entry. */
const stored = Effect.gen(function* () {
  const names = yield* freshNames
  const record = exampleStoredRecord(names, "1")
  yield* commit(names, { records: [record], entries: [exampleJournalRecord(names, "1")] })
  return { names, basis: { ...record, revision: 1, entries: 1 } }
})

const postAll = (names: Names) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const writer = yield* (yield* LedgerWriter).take(names.connection)
    const claimed = yield* journal.claim({ writer, limit: 10, ambiguityMillis: 60_000 })
    const receipt = { reference: `10/${names.connection}`, stage: "accepted" } as const
    yield* journal.settle(
      claimed.map((record) => ({ record, outcome: { _tag: "Posted", adopted: false, receipt } })),
      "test"
    )
  })

describeOnDatabases("what a page was made from", (it) => {
  it.effect("an entry mapped from a revision that was read again meanwhile is not stored", () =>
    Effect.gen(function* () {
      const { basis, names } = yield* stored
      yield* commit(names, { records: [exampleStoredRecord(names, "1", 2)] })
      const late = exampleJournalRecord(names, "1", 3)
      const error = yield* Effect.flip(commit(names, { entries: [late], basis: [basis] }))
      assert.deepInclude(error, { _tag: "Overtaken", by: "reading" })
      assert.strictEqual((yield* (yield* Journal).existing([late.idempotencyKey])).size, 0)
    })
  )

  it.effect("an entry beside which another was stored meanwhile is mapped again", () =>
    Effect.gen(function* () {
      const { basis, names } = yield* stored
      yield* append(names, [exampleJournalRecord(names, "1", 2)])
      const error = yield* Effect.flip(
        commit(names, { entries: [exampleJournalRecord(names, "1", 3)], basis: [basis] })
      )
      assert.deepInclude(error, { _tag: "Overtaken", by: "posting" })
    })
  )

  it.effect("of two that were made from the same only one is stored, at whatever moment they come", () =>
    Effect.gen(function* () {
      for (let round = 0; round < 20; round++) {
        const { basis, names } = yield* stored
        const rivals = [2, 3].map((revision) =>
          Effect.result(
            commit(names, { entries: [exampleJournalRecord(names, "1", revision)], basis: [basis] })
          )
        )
        const results = yield* Effect.all(rivals, { concurrency: 2 })
        assert.sameMembers(
          results.map(({ _tag }) => _tag),
          ["Success", "Failure"]
        )
      }
    })
  )

  it.effect("an entry of an old revision that is posted leaves the error of the new one open", () =>
    Effect.gen(function* () {
      const { basis, names } = yield* stored
      yield* commit(names, {
        records: [exampleStoredRecord(names, "1", 2)],
        errors: [{ ...exampleError(names, "1"), revision: 2 }],
        basis: [basis]
      })
      yield* postAll(names)
      assert.deepStrictEqual(yield* openErrors(names), [2])
      yield* append(names, [exampleJournalRecord(names, "1", 2)])
      yield* postAll(names)
      assert.deepStrictEqual(yield* openErrors(names), [])
    })
  )
})
