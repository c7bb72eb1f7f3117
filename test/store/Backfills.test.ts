import { assert } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { SqlClient } from "effect/sql"
import type { Period } from "../../src/pipeline/Source.ts"
import { Backfills } from "../../src/store/Backfills.ts"
import { type IntakePage, IntakeStore } from "../../src/store/IntakeStore.ts"
import { describeOnDatabases } from "../support/databases.ts"

const january: Period = {
  from: DateTime.makeUnsafe("2026-01-01T00:00:00Z"),
  until: DateTime.makeUnsafe("2026-02-01T00:00:00Z")
}
const counted = { read: 2, unchanged: 1, entries: 1, parked: 0 }
const none = { read: 0, unchanged: 0, entries: 0, parked: 0 }

const begin = Effect.fnUntraced(function* (pipeline: string, holder: string, again = false) {
  const begun = yield* (yield* Backfills).begin(pipeline, january, { again, holder })
  return Option.getOrUndefined(begun)
})

const page = (pipeline: string, backfill: NonNullable<IntakePage["backfill"]>): IntakePage => ({
  pipeline,
  records: [],
  entries: [],
  superseded: [],
  errors: [],
  settled: [],
  audit: [],
  tasks: [],
  basis: [],
  backfill
})

describeOnDatabases("Backfills", (it) => {
  it.effect("a page moves the place and the counts, and no live cursor", () =>
    Effect.gen(function* () {
      const backfills = yield* Backfills
      const store = yield* IntakeStore
      const { id = 0 } = (yield* begin("moves", "a")) ?? {}
      yield* store.commit(page("moves", { id, holder: "a", before: null, after: { from: "x" }, counted }))
      yield* store.commit(page("moves", { id, holder: "a", before: { from: "x" }, after: 2, counted }))
      assert.strictEqual(yield* backfills.place(id), 2)
      const found = Option.getOrUndefined(yield* backfills.find("moves", january))
      assert.deepInclude(found, { read: 4, unchanged: 2, entries: 2, parked: 0, state: "reading" })
      assert.isFalse((yield* store.cursors).has("moves"))
    })
  )

  it.effect("a page from a place that has moved, or of a process that was replaced, is not stored", () =>
    Effect.gen(function* () {
      const store = yield* IntakeStore
      const { id = 0 } = (yield* begin("guarded", "a")) ?? {}
      yield* store.commit(page("guarded", { id, holder: "a", before: null, after: 1, counted: none }))
      const steps = [
        { id, holder: "a", before: null, after: 2, counted: none },
        { id, holder: "b", before: 1, after: 2, counted: none }
      ]
      for (const step of steps) {
        const refused = yield* Effect.flip(store.commit(page("guarded", step)))
        assert.strictEqual(refused._tag, "Overtaken")
      }
      assert.strictEqual(yield* (yield* Backfills).place(id), 1)
    })
  )

  it.effect("given again it is the same one, and goes on where it was; again means from its beginning", () =>
    Effect.gen(function* () {
      const backfills = yield* Backfills
      const store = yield* IntakeStore
      const { id = 0 } = (yield* begin("again", "a")) ?? {}
      yield* store.commit(page("again", { id, holder: "a", before: null, after: 1, counted }))
      yield* backfills.finish(id, "a")
      yield* backfills.release(id, "a")
      assert.deepInclude(yield* begin("again", "b"), { id, read: 2, state: "read" })
      assert.strictEqual(yield* backfills.place(id), 1)
      assert.deepInclude(yield* begin("again", "b", true), { id, read: 0, state: "reading" })
      assert.isNull(yield* backfills.place(id))
    })
  )

  it.effect("one process holds it at a time, until it lets go or gives no sign of life", () =>
    Effect.gen(function* () {
      const backfills = yield* Backfills
      const sql = yield* SqlClient.SqlClient
      const [{ server } = { server: false }] = yield* sql<{ readonly server: boolean }>`
        SELECT inet_server_addr() IS NOT NULL AS server`
      const { id = 0 } = (yield* begin("held", "a")) ?? {}
      // An embedded database has one process, so whoever held it before is gone.
      if (!server) return assert.isDefined(yield* begin("held", "b"))
      assert.isUndefined(yield* begin("held", "b"))
      assert.isFalse(yield* backfills.hold(id, "b"))
      assert.isTrue(yield* backfills.hold(id, "a"))
      yield* sql`UPDATE backfill SET held_until = present() WHERE id = ${id}`
      assert.isDefined(yield* begin("held", "b"))
      assert.isFalse(yield* backfills.hold(id, "a"))
      yield* backfills.release(id, "a")
      assert.isTrue((yield* backfills.all).find((one) => one.id === id)?.isHeld)
      yield* backfills.release(id, "b")
      assert.isDefined(yield* begin("held", "a"))
    })
  )
})
