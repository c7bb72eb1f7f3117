import { assert } from "@effect/vitest"
import { Effect, Exit, Option } from "effect"
import { SqlClient } from "effect/sql"
import { AuditLog } from "../../src/store/AuditLog.ts"
import { ErrorQueue } from "../../src/store/ErrorQueue.ts"
import { IntakeStore } from "../../src/store/IntakeStore.ts"
import { Journal } from "../../src/store/Journal.ts"
import { describeOnDatabases } from "../support/databases.ts"
import {
  exampleError,
  exampleJournalRecord,
  examplePage,
  exampleStoredRecord,
  freshNames
} from "../support/examples.ts"

describeOnDatabases("IntakeStore", (it) => {
  it.effect("a page and its cursor are stored together", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const store = yield* IntakeStore
      const entry = exampleJournalRecord(names, "1")
      yield* store.commit(
        examplePage(names, {
          records: [exampleStoredRecord(names, "1"), exampleStoredRecord(names, "2")],
          entries: [entry],
          errors: [exampleError(names, "2")],
          audit: [{ ...entry, actor: "test", action: "mapped", detail: { revision: 1 } }],
          cursor: { before: undefined, after: { watermark: "2026-03-31 10:00:00", id: 2 } }
        })
      )
      const known = yield* store.known(names.pipeline, [entry, exampleStoredRecord(names, "2")])
      assert.deepStrictEqual([...known.keys()].toSorted(), ["invoice/1", "invoice/2"])
      assert.strictEqual((yield* (yield* Journal).ofDocuments([entry])).length, 1)
      assert.strictEqual((yield* (yield* ErrorQueue).openByPipeline).get(names.pipeline), 1)
      assert.deepStrictEqual(
        (yield* (yield* AuditLog).of(entry)).map(({ action }) => action),
        ["mapped"]
      )
      assert.deepStrictEqual((yield* store.cursors).get(names.pipeline)?.value, {
        watermark: "2026-03-31 10:00:00",
        id: 2
      })
    })
  )

  it.effect("a page whose cursor cannot be stored leaves nothing behind", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const store = yield* IntakeStore
      const entry = exampleJournalRecord(names, "1")
      yield* store.commit(examplePage(names, { cursor: { before: undefined, after: "before" } }))
      const exit = yield* Effect.exit(
        store.commit(
          examplePage(names, {
            records: [exampleStoredRecord(names, "1")],
            entries: [entry],
            errors: [exampleError(names, "1")],
            audit: [{ ...entry, actor: "test", action: "mapped", detail: {} }],
            // No jsonb can hold this character, so the last statement of the page fails.
            cursor: { before: "before", after: "\u0000" }
          })
        )
      )
      assert.isTrue(Exit.isFailure(exit))
      assert.strictEqual((yield* store.known(names.pipeline, [entry])).size, 0)
      assert.deepStrictEqual(yield* (yield* Journal).ofDocuments([entry]), [])
      assert.isFalse((yield* (yield* ErrorQueue).openByPipeline).has(names.pipeline))
      assert.deepStrictEqual(yield* (yield* AuditLog).of(entry), [])
      assert.strictEqual((yield* store.cursors).get(names.pipeline)?.value, "before")
    })
  )

  it.effect("a page that is refused halfway does not move the cursor", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const store = yield* IntakeStore
      const record = exampleStoredRecord(names, "1")
      yield* store.commit(
        examplePage(names, { records: [record], cursor: { before: undefined, after: "first" } })
      )
      const exit = yield* Effect.exit(
        store.commit(
          examplePage(names, {
            records: [exampleStoredRecord(names, "2"), record],
            cursor: { before: "first", after: "second" }
          })
        )
      )
      assert.isTrue(Exit.isFailure(exit))
      assert.strictEqual((yield* store.cursors).get(names.pipeline)?.value, "first")
      assert.strictEqual((yield* store.known(names.pipeline, [exampleStoredRecord(names, "2")])).size, 0)
    })
  )

  it.effect("a page without a cursor leaves the cursor where it is", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const store = yield* IntakeStore
      yield* store.commit(examplePage(names, { cursor: { before: undefined, after: { id: 7 } } }))
      yield* store.commit(examplePage(names, { records: [exampleStoredRecord(names, "1")] }))
      assert.deepStrictEqual((yield* store.cursors).get(names.pipeline)?.value, { id: 7 })
    })
  )

  it.effect("a cursor that is stored again replaces the one before, for its own pipeline only", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* freshNames, yield* freshNames]
      const store = yield* IntakeStore
      yield* store.commit(examplePage(one, { cursor: { before: undefined, after: 1 } }))
      yield* store.commit(examplePage(other, { cursor: { before: undefined, after: [1, "two", null] } }))
      yield* store.commit(examplePage(one, { cursor: { before: 1, after: 2 } }))
      const cursors = yield* store.cursors
      assert.strictEqual(cursors.get(one.pipeline)?.value, 2)
      assert.deepStrictEqual(cursors.get(other.pipeline)?.value, [1, "two", null])
      assert.match(cursors.get(one.pipeline)?.movedAt ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u)
    })
  )

  for (const before of [undefined, "a while ago"]) {
    it.effect(
      `a scan that began at ${before ?? "nothing"} stores nothing once another has moved the cursor`,
      () =>
        Effect.gen(function* () {
          const names = yield* freshNames
          const store = yield* IntakeStore
          yield* store.commit(examplePage(names, { cursor: { before: undefined, after: "now" } }))
          const late = exampleStoredRecord(names, "1")
          const error = yield* Effect.flip(
            store.commit(examplePage(names, { records: [late], cursor: { before, after: "then" } }))
          )
          assert.strictEqual(error._tag, "Overtaken")
          assert.strictEqual((yield* store.cursors).get(names.pipeline)?.value, "now")
          assert.strictEqual((yield* store.known(names.pipeline, [late])).size, 0)
        })
    )
  }

  it.effect("of a document read several times the last revision is known, and found by id or number", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const store = yield* IntakeStore
      const id = `${names.pipeline}-77`
      for (const revision of [1, 2, 3]) {
        yield* store.commit(examplePage(names, { records: [exampleStoredRecord(names, id, revision)] }))
      }
      const key = exampleStoredRecord(names, id)
      const known = (yield* store.known(names.pipeline, [key])).get(`invoice/${id}`)
      assert.strictEqual(known?.revision, 3)
      assert.strictEqual(known?.fingerprint, `fingerprint-${id}-3`)
      assert.strictEqual(Option.getOrUndefined(yield* store.latest(key))?.revision, 3)
      for (const text of [id, `1000${id}`]) {
        assert.deepStrictEqual(
          (yield* store.find(text)).map(({ revision }) => revision),
          [3]
        )
      }
      assert.strictEqual((yield* store.countByPipeline).get(names.pipeline), 1)
    })
  )

  it.effect("what a source sent comes back as it was, its decimals with every digit", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const store = yield* IntakeStore
      const raw = {
        price: "22.50",
        rate: "0.10",
        tiny: "0.00010",
        long: "12345678901234567890.1230",
        none: null,
        ä: "€"
      }
      const record = { ...exampleStoredRecord(names, "1"), raw }
      yield* store.commit(examplePage(names, { records: [record] }))
      assert.deepStrictEqual(Option.getOrUndefined(yield* store.latest(record))?.raw, raw)
    })
  )

  it.effect("a document that goes through settles its open error item", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const store = yield* IntakeStore
      yield* store.commit(
        examplePage(names, { errors: [exampleError(names, "1"), exampleError(names, "2")] })
      )
      yield* store.commit(examplePage(names, { settled: [exampleError(names, "1")] }))
      const open = (yield* (yield* ErrorQueue).list()).filter(({ pipeline }) => pipeline === names.pipeline)
      assert.deepStrictEqual(
        open.map(({ externalId }) => externalId),
        ["2"]
      )
    })
  )

  for (const table of ["source_record", "journal_entry", "audit"]) {
    it.effect(`rows of ${table} are never changed, deleted or emptied out`, () =>
      Effect.gen(function* () {
        const names = yield* freshNames
        const sql = yield* SqlClient.SqlClient
        const entry = exampleJournalRecord(names, "1")
        yield* (yield* IntakeStore).commit(
          examplePage(names, {
            records: [exampleStoredRecord(names, "1")],
            entries: [entry],
            audit: [{ ...entry, actor: "test", action: "mapped", detail: {} }]
          })
        )
        const content = sql.unsafe(`SELECT * FROM ${table} ORDER BY 1`)
        const before = yield* content
        assert.isAbove(before.length, 0)
        for (const statement of [
          `UPDATE ${table} SET pipeline = 'other'`,
          `DELETE FROM ${table} WHERE pipeline = '${names.pipeline}'`,
          `TRUNCATE ${table} CASCADE`
        ]) {
          const error = yield* Effect.flip(sql.unsafe(statement))
          assert.include(
            String(error.reason.cause),
            `rows of ${table} are never changed or deleted`,
            statement
          )
        }
        assert.deepStrictEqual(yield* content, before)
      })
    )
  }
})
