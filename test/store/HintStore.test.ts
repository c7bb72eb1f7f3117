import { assert } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { AuditLog } from "../../src/store/AuditLog.ts"
import { type DueHint, HintStore, type ReportedHint } from "../../src/store/HintStore.ts"
import { describeOnDatabases } from "../support/databases.ts"

/** A report about invoice 1 of the pipeline, due at once. */
const report = (pipeline: string, more: Partial<ReportedHint> = {}): ReportedHint => ({
  pipeline,
  connection: "shop",
  resource: "invoice",
  externalId: "1",
  settleMillis: 0,
  ...more
})
const step = (hint: DueHint) => ({ ...hint, actor: "test", action: "reported", detail: {} })

/** Takes the waiting of the pipeline's hints back by so many seconds. */
const age = (pipeline: string, seconds: number) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`
      UPDATE hint SET received_at = received_at - ${seconds}::float8 * interval '1 second',
        not_before = not_before - ${seconds}::float8 * interval '1 second' WHERE pipeline = ${pipeline}`
  )

describeOnDatabases("A6 HintStore", (it) => {
  it.effect("many reports of one record are one hint, a repeated report is none", () =>
    Effect.gen(function* () {
      const store = yield* HintStore
      yield* store.add([report("once", { eventId: "once-1" }), report("once", { eventId: "once-1" })])
      yield* store.add([report("once", { eventId: "once-1" })])
      yield* store.add([report("once", { eventId: "once-2" }), report("once"), report("once")])
      const due = yield* store.due("once", 10)
      assert.deepStrictEqual(
        due.map(({ eventId, externalId, reports }) => ({ eventId, externalId, reports })),
        [{ eventId: "once-2", externalId: "1", reports: 5 }]
      )
    })
  )

  it.effect("a repeated report does not come back after its record was read", () =>
    Effect.gen(function* () {
      const store = yield* HintStore
      yield* store.add([report("read", { eventId: "read-1" })])
      yield* Effect.forEach(yield* store.due("read", 10), (hint) => store.settle(hint, step(hint)))
      yield* store.add([report("read", { eventId: "read-1" })])
      assert.deepStrictEqual(yield* store.due("read", 10), [])
      yield* store.add([report("read", { eventId: "read-2" })])
      assert.lengthOf(yield* store.due("read", 10), 1)
    })
  )

  it.effect("one report may concern several pipelines, and the same name another connection", () =>
    Effect.gen(function* () {
      const store = yield* HintStore
      yield* store.add([
        report("both-a", { eventId: "both-1" }),
        report("both-b", { eventId: "both-1" }),
        report("both-c", { eventId: "both-1", connection: "other" })
      ])
      for (const pipeline of ["both-a", "both-b", "both-c"]) {
        assert.lengthOf(yield* store.due(pipeline, 10), 1, pipeline)
      }
    })
  )

  it.effect("a record reported again while it was read stays, and its reading is in the log", () =>
    Effect.gen(function* () {
      const store = yield* HintStore
      yield* store.add([report("again")])
      const [seen] = yield* store.due("again", 10)
      yield* store.add([report("again")])
      if (seen !== undefined) yield* store.settle(seen, step(seen))
      const [still] = yield* store.due("again", 10)
      assert.strictEqual(still?.reports, 2)
      if (still !== undefined) yield* store.settle(still, step(still))
      assert.deepStrictEqual(yield* store.due("again", 10), [])
      const log = yield* (yield* AuditLog).of({ pipeline: "again", resource: "invoice", externalId: "1" })
      assert.deepStrictEqual(
        log.map(({ action }) => action),
        ["reported", "reported"]
      )
    })
  )

  it.effect("a record settles after its last report, but not for ever", () =>
    Effect.gen(function* () {
      const store = yield* HintStore
      const settleMillis = 60_000
      yield* store.add([report("settle", { settleMillis })])
      yield* age("settle", 59)
      yield* store.add([report("settle", { settleMillis })])
      yield* age("settle", 2)
      assert.deepStrictEqual(yield* store.due("settle", 10), [])
      yield* age("settle", 230)
      yield* store.add([report("settle", { settleMillis })])
      yield* age("settle", 10)
      assert.lengthOf(yield* store.due("settle", 10), 1)
    })
  )

  it.effect("a hint that is postponed waits, and a new report brings it forward", () =>
    Effect.gen(function* () {
      const store = yield* HintStore
      yield* store.add([report("later")])
      const [hint] = yield* store.due("later", 10)
      if (hint !== undefined) yield* store.postpone(hint, { wait: Duration.minutes(5), isAttempt: true })
      assert.deepStrictEqual(yield* store.due("later", 10), [])
      yield* age("later", 301)
      assert.strictEqual((yield* store.due("later", 10))[0]?.attempts, 1)
      yield* store.postponeAll("later", Duration.minutes(5))
      assert.deepStrictEqual(yield* store.due("later", 10), [])
      yield* store.add([report("later")])
      assert.strictEqual((yield* store.due("later", 10))[0]?.attempts, 0)
    })
  )

  it.effect("says how many wait and how long the oldest does", () =>
    Effect.gen(function* () {
      const store = yield* HintStore
      yield* store.add([report("count"), report("count", { externalId: "2" })])
      yield* age("count", 100)
      const waiting = (yield* store.waiting).get("count")
      assert.strictEqual(waiting?.hints, 2)
      assert.isAtLeast(waiting?.oldestMillis ?? 0, 100_000)
    })
  )

  it.effect("forgets names that no sender repeats any more, and only those", () =>
    Effect.gen(function* () {
      const store = yield* HintStore
      const sql = yield* SqlClient.SqlClient
      yield* store.add([report("old", { eventId: "old-1" }), report("old", { eventId: "old-2" })])
      yield* sql`UPDATE hint_event SET received_at = received_at - interval '49 hours' WHERE event_id = 'old-1'`
      yield* store.forget
      const left = yield* sql`SELECT event_id FROM hint_event WHERE event_id LIKE 'old-%'`
      assert.deepStrictEqual(left, [{ event_id: "old-2" }])
    })
  )

  it.effect("two processes that store the same records at once do not stand in each other's way", () =>
    Effect.gen(function* () {
      const store = yield* HintStore
      const ids = [...Array.from({ length: 50 }).keys()].map(String)
      yield* Effect.forEach(
        [ids, ids.toReversed(), ids, ids.toReversed()],
        (list, round) =>
          store.add(
            list.map((externalId) => report("crowd", { externalId, eventId: `crowd-${round}-${externalId}` }))
          ),
        { concurrency: "unbounded", discard: true }
      )
      const due = yield* store.due("crowd", 100)
      assert.deepStrictEqual(new Set(due.map(({ reports }) => reports)), new Set([4]))
      assert.lengthOf(due, 50)
    })
  )
})
