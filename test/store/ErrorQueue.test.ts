import { assert } from "@effect/vitest"
import { Effect, Exit, Option } from "effect"
import { SqlClient } from "effect/sql"
import { AuditLog } from "../../src/store/AuditLog.ts"
import { type ErrorFilter, ErrorQueue } from "../../src/store/ErrorQueue.ts"
import { IntakeStore } from "../../src/store/IntakeStore.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { exampleDocument } from "../support/exampleDocument.ts"
import {
  exampleError,
  examplePage,
  exampleStoredRecord,
  freshNames,
  type Names
} from "../support/examples.ts"

const commit = (names: Names, page: Parameters<typeof examplePage>[1]) =>
  Effect.flatMap(IntakeStore, (store) => store.commit(examplePage(names, page)))

const itemsOf = (names: Names, all = false) =>
  Effect.gen(function* () {
    return (yield* (yield* ErrorQueue).list({ all })).filter(({ pipeline }) => pipeline === names.pipeline)
  })

describeOnDatabases("ErrorQueue", (it) => {
  it.effect("an item keeps what a person needs: stage, plan, and each problem with its code and place", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const given = exampleError(names, "1")
      yield* commit(names, { errors: [given] })
      const [item] = yield* itemsOf(names)
      assert.deepInclude(item, { ...given, state: "open", retries: 0 })
      if (item === undefined) return assert.fail("there is no item")
      assert.deepStrictEqual(yield* (yield* ErrorQueue).get(item.id), Option.some(item))
    })
  )

  it.effect("a document that fails again keeps its one item, with the new problems", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      yield* commit(names, { errors: [exampleError(names, "1", "map/no-account")] })
      const [first] = yield* itemsOf(names)
      yield* commit(names, { errors: [{ ...exampleError(names, "1", "map/no-company"), revision: 2 }] })
      const items = yield* itemsOf(names, true)
      assert.deepStrictEqual(
        items.map(({ id, problems, revision }) => ({
          id,
          revision,
          codes: problems.map(({ code }) => code)
        })),
        [{ id: first?.id, revision: 2, codes: ["map/no-company"] }]
      )
    })
  )

  it.effect("the database itself refuses a second open item of a document", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const sql = yield* SqlClient.SqlClient
      yield* commit(names, { errors: [exampleError(names, "1")] })
      const exit = yield* Effect.exit(sql`
        INSERT INTO error_item (pipeline, resource, external_id, number, revision, stage, plan_revision, problems)
        VALUES (${names.pipeline}, 'invoice', '1', '10001', 1, 'map', 'plan', '[]')`)
      assert.isTrue(Exit.isFailure(exit))
    })
  )

  it.effect(
    "a document that fails after it went through gets an item of its own, beside the settled one",
    () =>
      Effect.gen(function* () {
        const names = yield* freshNames
        yield* commit(names, { errors: [exampleError(names, "1")] })
        yield* commit(names, { settled: [exampleError(names, "1")] })
        yield* commit(names, { errors: [exampleError(names, "1")] })
        assert.deepStrictEqual(
          (yield* itemsOf(names, true)).map(({ state }) => state),
          ["resolved", "open"]
        )
        assert.deepStrictEqual(
          (yield* itemsOf(names)).map(({ state }) => state),
          ["open"]
        )
      })
  )

  it.effect("a retry is counted and logged, and a retry that fails opens the item again", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const queue = yield* ErrorQueue
      yield* commit(names, { errors: [exampleError(names, "1")] })
      const [item] = yield* itemsOf(names)
      if (item === undefined) return assert.fail("there is no item")
      yield* queue.startRetry(item, "anna")
      assert.deepStrictEqual(
        (yield* itemsOf(names)).map(({ retries, state }) => [state, retries]),
        [["retrying", 1]]
      )
      assert.strictEqual((yield* queue.openByPipeline).get(names.pipeline), 1)
      const [step] = yield* (yield* AuditLog).of(item)
      assert.deepStrictEqual([step?.actor, step?.action], ["anna", "retried"])
      yield* commit(names, { errors: [exampleError(names, "1")] })
      assert.deepStrictEqual(
        (yield* itemsOf(names)).map(({ retries, state }) => [state, retries]),
        [["open", 1]]
      )
    })
  )

  it.effect("a retry that succeeds settles the item", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const queue = yield* ErrorQueue
      yield* commit(names, { errors: [exampleError(names, "1")] })
      const [item] = yield* itemsOf(names)
      if (item === undefined) return assert.fail("there is no item")
      yield* queue.startRetry(item, "anna")
      yield* commit(names, { settled: [item] })
      assert.deepStrictEqual(yield* itemsOf(names), [])
      assert.strictEqual(Option.getOrUndefined(yield* queue.get(item.id))?.state, "resolved")
    })
  )

  it.effect("a problem keeps the file and line that it points to", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const at = { file: "pipelines/invoices.yaml", line: 31 }
      const given = exampleError(names, "1")
      yield* commit(names, {
        errors: [{ ...given, problems: given.problems.map((problem) => ({ ...problem, at })) }]
      })
      const [item] = yield* itemsOf(names)
      assert.deepStrictEqual(
        item?.problems.map((problem) => problem.at),
        [at]
      )
    })
  )

  it.effect("an item shows the total of the document revision it is about, where that can be read", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      yield* commit(names, {
        records: [
          {
            ...exampleStoredRecord(names, "1"),
            normalised: { _tag: "Document", document: exampleDocument }
          },
          exampleStoredRecord(names, "2")
        ],
        errors: [exampleError(names, "1"), exampleError(names, "2")]
      })
      assert.deepStrictEqual(
        (yield* itemsOf(names)).map(({ amount, currency }) => [amount, currency]),
        [
          ["119.00", "EUR"],
          [null, null]
        ]
      )
    })
  )

  it.effect("the list can be narrowed by pipeline, stage, code, state and time", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const queue = yield* ErrorQueue
      const { pipeline } = names
      yield* commit(names, {
        errors: [
          exampleError(names, "1", "mapping/no-row"),
          { ...exampleError(names, "2", "period-closed"), stage: "post" }
        ]
      })
      const ids = (filter: ErrorFilter) =>
        Effect.map(queue.list({ pipeline, ...filter }), (items) => items.map(({ externalId }) => externalId))
      assert.deepStrictEqual(yield* ids({}), ["1", "2"])
      assert.deepStrictEqual(yield* ids({ stage: "post" }), ["2"])
      assert.deepStrictEqual(yield* ids({ code: "mapping/no-row" }), ["1"])
      assert.deepStrictEqual(yield* ids({ code: "mapping/no" }), [])
      assert.deepStrictEqual(yield* ids({ state: "ignored" }), [])
      assert.deepStrictEqual(yield* ids({ since: "2020-01-01T00:00:00Z" }), ["1", "2"])
      assert.deepStrictEqual(yield* ids({ since: "9999-01-01T00:00:00Z" }), [])
      assert.deepStrictEqual(yield* ids({ pipeline: "another" }), [])
      const [item] = yield* itemsOf(names)
      if (item === undefined) return assert.fail("there is no item")
      yield* queue.close(item, "ignored", { actor: "anna", reason: "a test order" })
      assert.deepStrictEqual(yield* ids({}), ["2"])
      assert.deepStrictEqual(yield* ids({ state: "ignored" }), ["1"])
      assert.deepStrictEqual(yield* ids({ all: true }), ["1", "2"])
    })
  )

  it.effect.each([{ state: "resolved" }, { state: "ignored" }] as const)(
    "a person who says that an item is $state is in the log, with the reason, before and after",
    ({ state }) =>
      Effect.gen(function* () {
        const names = yield* freshNames
        const queue = yield* ErrorQueue
        yield* commit(names, { errors: [exampleError(names, "1")] })
        const [item] = yield* itemsOf(names)
        if (item === undefined) return assert.fail("there is no item")
        yield* queue.startRetry(item, "bert")
        assert.isTrue(yield* queue.close(item, state, { actor: "anna", reason: "entered by hand" }))
        const steps = yield* (yield* AuditLog).of(item)
        const last = steps.at(-1)
        assert.deepStrictEqual([last?.actor, last?.action], ["anna", state])
        assert.deepInclude(last?.detail, {
          errorItem: item.id,
          reason: "entered by hand",
          before: { state: "retrying" },
          after: { state, retries: 1 }
        })
        assert.isFalse(yield* queue.close(item, "ignored", { actor: "carl", reason: "again" }))
        assert.isFalse(yield* queue.startRetry(item, "carl"))
        assert.lengthOf(yield* (yield* AuditLog).of(item), steps.length)
      })
  )

  it.effect("a later change of an ignored document waits in an item of its own", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const queue = yield* ErrorQueue
      yield* commit(names, { errors: [exampleError(names, "1")] })
      const [ignored] = yield* itemsOf(names)
      if (ignored === undefined) return assert.fail("there is no item")
      yield* queue.close(ignored, "ignored", { actor: "anna", reason: "a test order" })
      yield* commit(names, { errors: [{ ...exampleError(names, "1"), revision: 2 }] })
      assert.deepStrictEqual(
        (yield* itemsOf(names, true)).map(({ revision, state }) => [revision, state]),
        [
          [1, "ignored"],
          [2, "open"]
        ]
      )
    })
  )

  it.effect("an item that settles because its document went through says so in the log", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      yield* commit(names, { errors: [exampleError(names, "1")] })
      const [item] = yield* itemsOf(names)
      if (item === undefined) return assert.fail("there is no item")
      yield* commit(names, { settled: [item] })
      const [step] = yield* (yield* AuditLog).of(item)
      assert.deepStrictEqual([step?.actor, step?.action], ["engine", "resolved"])
      assert.deepInclude(step?.detail, {
        errorItem: item.id,
        before: { state: "open" },
        after: { state: "resolved" }
      })
    })
  )

  it.effect(
    "ten tries without anybody asking are the last until a person tries, or the document changes",
    () =>
      Effect.gen(function* () {
        const names = yield* freshNames
        const queue = yield* ErrorQueue
        yield* commit(names, { errors: [exampleError(names, "1")] })
        const [item] = yield* itemsOf(names)
        if (item === undefined) return assert.fail("there is no item")
        const automatic = queue.startRetry(item, "engine", { automatic: true })
        const parkAgain = commit(names, { errors: [exampleError(names, "1")] })
        const tenTimes = Effect.forEach(Array.from({ length: 10 }), () => Effect.tap(automatic, parkAgain))
        assert.deepStrictEqual(new Set(yield* tenTimes), new Set([true]))
        assert.isFalse(yield* automatic)
        assert.isTrue(yield* queue.startRetry(item, "anna"))
        assert.deepStrictEqual(new Set(yield* tenTimes), new Set([true]))
        assert.isFalse(yield* automatic)
        yield* commit(names, { errors: [{ ...exampleError(names, "1"), revision: 2 }] })
        assert.isTrue(yield* automatic)
      })
  )
})
