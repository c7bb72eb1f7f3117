import { assert } from "@effect/vitest"
import { Effect, Exit, Option } from "effect"
import { SqlClient } from "effect/sql"
import { AuditLog } from "../../src/store/AuditLog.ts"
import { ErrorQueue } from "../../src/store/ErrorQueue.ts"
import { IntakeStore } from "../../src/store/IntakeStore.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { exampleError, examplePage, freshNames, type Names } from "../support/examples.ts"

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
})
