import { assert, describe, it as plain } from "@effect/vitest"
import { Data, Deferred, Effect, Exit, Fiber, Option } from "effect"
import { SqlClient } from "effect/sql"
import { IntakeStore } from "../../src/store/IntakeStore.ts"
import { insertAudit } from "../../src/store/rows.ts"
import { Seals } from "../../src/store/Seals.ts"
import type { Verification } from "../../src/store/verifySeals.ts"
import { databases, describeOnDatabases } from "../support/databases.ts"
import {
  exampleJournalRecord,
  examplePage,
  exampleStoredRecord,
  freshNames,
  type Names
} from "../support/examples.ts"

/** Reads, maps and logs invoices, one transaction each. */
const write = Effect.fn("write")(function* (names: Names, ids: ReadonlyArray<string>) {
  const store = yield* IntakeStore
  for (const id of ids) {
    yield* store.commit(
      examplePage(names, {
        records: [exampleStoredRecord(names, id)],
        entries: [exampleJournalRecord(names, id)],
        audit: [
          {
            pipeline: names.pipeline,
            resource: "invoice",
            externalId: id,
            actor: "engine",
            action: "mapped",
            detail: { id }
          }
        ]
      })
    )
  }
})

/** The ids of a pipeline's rows, in order. */
const idsOf = (names: Names, table: "audit" | "source_record") =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const rows = yield* sql<{ readonly id: number }>`
      SELECT id::int AS id FROM ${sql(table)} WHERE pipeline = ${names.pipeline} ORDER BY id`
    return rows.map(({ id }) => id)
  })

/** Carries what was seen out of a transaction, and has it undone. */
class Undone extends Data.TaggedError("Undone")<{ readonly verification: Verification }> {}

/** What verify says after a superuser tampered with the triggers kept quiet; all of it is undone. */
const verdict = Effect.fn("verdict")(function* (
  tamper: (sql: SqlClient.SqlClient) => Effect.Effect<unknown, unknown>,
  root?: string
) {
  const sql = yield* SqlClient.SqlClient
  const seals = yield* Seals
  return yield* Effect.gen(function* () {
    yield* sql`SET LOCAL session_replication_role = replica`
    yield* tamper(sql)
    return yield* new Undone({ verification: yield* seals.verify(root) })
  }).pipe(
    sql.withTransaction,
    Effect.catchIf(
      (error) => error instanceof Undone,
      ({ verification }) => Effect.succeed(verification)
    )
  )
})

/** The findings without their times. */
const found = (verification: Verification) =>
  verification.findings.map(({ book, id, what }) => ({ what, book, id }))

describeOnDatabases("Seals", (it) => {
  it.effect("rows that were sealed and left alone verify, and what came later is said to be unsealed", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const seals = yield* Seals
      yield* write(names, ["1", "2", "3"])
      const sealed = yield* seals.seal
      assert.isTrue(sealed.isComplete)
      assert.isAtLeast(sealed.rows, 9)
      const verified = yield* seals.verify(sealed.root)
      assert.deepInclude(verified, { differences: 0, hasUnsealed: false })
      assert.strictEqual(verified.root, sealed.root)
      yield* write(names, ["4"])
      assert.deepInclude(yield* seals.verify(sealed.root), { differences: 0, hasUnsealed: true })
    })
  )

  it.effect("sealing again with nothing new makes no seal", () =>
    Effect.gen(function* () {
      const seals = yield* Seals
      yield* write(yield* freshNames, ["1"])
      const first = yield* seals.seal
      assert.deepStrictEqual(yield* seals.seal, { ...first, seals: 0, rows: 0 })
    })
  )

  it.effect("names a row whose content was changed, and its document", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      yield* write(names, ["1", "2", "3"])
      yield* (yield* Seals).seal
      const [, second = 0] = yield* idsOf(names, "audit")
      const verification = yield* verdict(
        (sql) => sql`UPDATE audit SET detail = '{"id":"9"}' WHERE id = ${second}`
      )
      assert.deepStrictEqual(found(verification), [{ what: "changed", book: "audit", id: second }])
      assert.include(verification.findings[0]?.message, `about invoice/2 through ${names.pipeline}`)
    })
  )

  it.effect.each([
    { what: "the actor", set: "actor = 'someone else'" },
    { what: "the time", set: "at = at + interval '1 microsecond'" },
    { what: "the document", set: "external_id = '99'" }
  ])("notices that $what of a step was changed", ({ set }) =>
    Effect.gen(function* () {
      const names = yield* freshNames
      yield* write(names, ["1"])
      yield* (yield* Seals).seal
      const [id = 0] = yield* idsOf(names, "audit")
      const verification = yield* verdict((sql) => sql.unsafe(`UPDATE audit SET ${set} WHERE id = ${id}`))
      assert.deepStrictEqual(found(verification), [{ what: "changed", book: "audit", id }])
    })
  )

  it.effect("notices a changed payload and a changed amount of an entry", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const sql = yield* SqlClient.SqlClient
      yield* write(names, ["1"])
      yield* (yield* Seals).seal
      const [record = 0] = yield* idsOf(names, "source_record")
      const [entry] = yield* sql<{ readonly id: number }>`
        SELECT position::int AS id FROM journal_entry WHERE pipeline = ${names.pipeline}`
      const verification = yield* verdict(() =>
        Effect.andThen(
          sql`UPDATE source_record SET raw = '{"id":"1","grand":"118.00"}' WHERE id = ${record}`,
          sql`UPDATE journal_entry SET body = jsonb_set(body, '{lines,0,amount}', '"118.00"') WHERE position = ${entry?.id ?? 0}`
        )
      )
      assert.sameDeepMembers(found(verification), [
        { what: "changed", book: "journal_entry", id: entry?.id },
        { what: "changed", book: "source_record", id: record }
      ])
    })
  )

  it.effect("names a row that was removed, and says when it was written", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const sql = yield* SqlClient.SqlClient
      yield* write(names, ["1", "2", "3"])
      yield* (yield* Seals).seal
      const [, second = 0] = yield* idsOf(names, "audit")
      const around = yield* sql<{ readonly at: string }>`
        SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at FROM audit
        WHERE pipeline = ${names.pipeline} AND id <> ${second} ORDER BY id`
      const verification = yield* verdict(() => sql`DELETE FROM audit WHERE id = ${second}`)
      assert.deepStrictEqual(found(verification), [{ what: "removed", book: "audit", id: second }])
      assert.include(
        verification.findings[0]?.message,
        `between ${around[0]?.at ?? "?"} and ${around[1]?.at ?? "?"}`
      )
    })
  )

  it.effect("names both rows that exchanged their places", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      yield* write(names, ["1", "2", "3"])
      yield* (yield* Seals).seal
      const [first = 0, , third = 0] = yield* idsOf(names, "audit")
      const verification = yield* verdict(
        (sql) => sql`
          UPDATE audit SET at = other.at, external_id = other.external_id, detail = other.detail,
            salt = other.salt
          FROM audit other
          WHERE audit.id IN (${first}, ${third}) AND other.id IN (${first}, ${third}) AND audit.id <> other.id`
      )
      assert.deepStrictEqual(found(verification), [
        { what: "exchanged", book: "audit", id: first },
        { what: "exchanged", book: "audit", id: third }
      ])
    })
  )

  it.effect("names a row that was put in between sealed ones, and one before the first", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const sql = yield* SqlClient.SqlClient
      yield* write(names, ["1"])
      const gap = Effect.gen(function* () {
        yield* insertAudit(sql, [{ actor: "x", action: "x", detail: {} }])
        return yield* Effect.fail("rolled back")
      }).pipe(sql.withTransaction, Effect.exit)
      assert.isTrue(Exit.isFailure(yield* gap))
      yield* write(names, ["2"])
      yield* (yield* Seals).seal
      const [, after = 0] = yield* idsOf(names, "audit")
      const verification = yield* verdict(
        () => sql`
          INSERT INTO audit (id, actor, action, detail) OVERRIDING SYSTEM VALUE
          VALUES (${after - 1}, 'x', 'x', '{}'), (-5, 'x', 'x', '{}')`
      )
      assert.sameDeepMembers(found(verification), [
        { what: "added", book: "audit", id: -5 },
        { what: "added", book: "audit", id: after - 1 }
      ])
    })
  )

  it.effect("names the rows of a tail that was cut off", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      yield* write(names, ["1", "2", "3"])
      yield* (yield* Seals).seal
      const [first = 0, ...tail] = yield* idsOf(names, "audit")
      const verification = yield* verdict((sql) => sql`DELETE FROM audit WHERE id > ${first}`)
      assert.deepStrictEqual(
        found(verification),
        tail.map((id) => ({ what: "removed", book: "audit", id }))
      )
    })
  )

  it.effect("a tail that was cut off with its seals is noticed by a root that was kept elsewhere", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const seals = yield* Seals
      yield* write(names, ["1"])
      const before = yield* seals.seal
      yield* write(names, ["2"])
      const { root } = yield* seals.seal
      const [first = 0] = yield* idsOf(names, "audit")
      const cut = (sql: SqlClient.SqlClient) =>
        Effect.gen(function* () {
          yield* sql`DELETE FROM audit WHERE id > ${first}`
          yield* sql`DELETE FROM source_record WHERE pipeline = ${names.pipeline} AND external_id = '2'`
          yield* sql`DELETE FROM journal_entry WHERE pipeline = ${names.pipeline} AND external_id = '2'`
          yield* sql`DELETE FROM seal WHERE id > (SELECT id FROM seal WHERE root = decode(${before.root ?? ""}, 'hex'))`
        })
      assert.strictEqual((yield* verdict(cut, before.root)).differences, 0)
      assert.deepStrictEqual(found(yield* verdict(cut, root)), [
        { what: "root unknown", book: "seal", id: undefined }
      ])
    })
  )

  it.effect("names a seal that was changed, and not the one after it", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const seals = yield* Seals
      yield* write(names, ["1"])
      yield* seals.seal
      const changed = Option.getOrThrow(yield* seals.newest).id
      yield* write(names, ["2"])
      yield* seals.seal
      const finding = { what: "changed", book: "seal", id: changed } as const
      const ofRoot = yield* verdict((sql) => sql`UPDATE seal SET root = sha256('x') WHERE id = ${changed}`)
      assert.deepStrictEqual(found(ofRoot), [finding])
      assert.include(ofRoot.findings[0]?.message, "nothing vouches for rows")
      const ofLeaves = yield* verdict(
        (sql) => sql`UPDATE seal SET leaves = sha256('x') WHERE id = ${changed}`
      )
      assert.deepStrictEqual(found(ofLeaves), [finding])
      assert.include(ofLeaves.findings[0]?.message, "the rows it covers are as they were")
    })
  )

  it.effect("names the gap that a removed seal leaves", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const seals = yield* Seals
      yield* write(names, ["1"])
      yield* seals.seal
      const removed = Option.getOrThrow(yield* seals.newest)
      yield* write(names, ["2"])
      yield* seals.seal
      const verification = yield* verdict((sql) => sql`DELETE FROM seal WHERE id = ${removed.id}`)
      assert.include(verification.findings[0]?.message, `does not follow seal ${removed.id - 1}`)
    })
  )

  it.effect("the database itself refuses to change, remove or empty seals", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* write(yield* freshNames, ["1"])
      yield* (yield* Seals).seal
      for (const statement of ["UPDATE seal SET book = 'x'", "DELETE FROM seal", "TRUNCATE seal"]) {
        assert.isTrue(Exit.isFailure(yield* Effect.exit(sql.unsafe(statement))), statement)
      }
    })
  )
})

const servers = databases.filter(({ name }) => name !== "the embedded database")

describe.each(servers)("Seals on $name, with several connections", (database) => {
  plain.live("a row is not sealed while a transaction may still bring one before it", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const sql = yield* SqlClient.SqlClient
      const seals = yield* Seals
      const [written, release] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const slow = yield* insertAudit(sql, [{ ...names, actor: "slow", action: "x", detail: {} }]).pipe(
        Effect.andThen(Deferred.succeed(written, undefined)),
        Effect.andThen(Deferred.await(release)),
        sql.withTransaction,
        Effect.forkChild
      )
      yield* Deferred.await(written)
      yield* insertAudit(sql, [{ ...names, actor: "quick", action: "x", detail: {} }])
      assert.deepInclude(yield* seals.seal, { seals: 0, isComplete: false })
      yield* Deferred.succeed(release, undefined)
      yield* Fiber.join(slow)
      assert.deepInclude(yield* seals.seal, { rows: 2, isComplete: true })
      const actors = yield* sql<{ readonly actor: string }>`SELECT actor FROM audit ORDER BY id`
      assert.deepStrictEqual(
        actors.map(({ actor }) => actor),
        ["slow", "quick"]
      )
      assert.strictEqual((yield* seals.verify()).differences, 0)
    }).pipe(Effect.provide(database.layer))
  )

  plain.live("processes that seal at once make one chain", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const seals = yield* Seals
      yield* write(names, ["1", "2", "3", "4"])
      yield* Effect.all([seals.seal, write(names, ["5", "6"]), seals.seal, seals.seal], {
        concurrency: "unbounded"
      })
      yield* seals.seal
      assert.deepInclude(yield* seals.verify(), { differences: 0, rows: 18, hasUnsealed: false })
    }).pipe(Effect.provide(database.layer))
  )
})
