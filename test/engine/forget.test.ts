/*
 * A person with strings that stand nowhere else is read, posted, written about, and forgotten.
 */
import { assert } from "@effect/vitest"
import { BigDecimal, Data, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { JournalEntry } from "../../src/accounting/JournalEntry.ts"
import { findPerson, forget } from "../../src/engine/forget.ts"
import { sealAudit } from "../../src/engine/sealAudit.ts"
import { insertAudit } from "../../src/store/rows.ts"
import { Seals } from "../../src/store/Seals.ts"
import type { Verification } from "../../src/store/verifySeals.ts"
import { dump, linesWith, plantedStrings, plantPerson } from "../endToEnd/plantPerson.ts"
import { inScene } from "../endToEnd/scene.ts"
import { describeOnDatabases } from "../support/databases.ts"

/** Carries what was seen out of a transaction, and has it undone. */
class Undone extends Data.TaggedError("Undone")<{ readonly verification: Verification }> {}

const decodeEntry = Schema.decodeUnknownSync(JournalEntry)
/** Debit minus credit of each account, in our own journal. */
const journalBalances = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ readonly body: unknown }>`SELECT body FROM journal_entry`
  const sums = new Map<string, BigDecimal.BigDecimal>()
  for (const { account, accountingAmount, side } of rows.flatMap(({ body }) => decodeEntry(body).lines)) {
    const signed = side === "debit" ? accountingAmount : BigDecimal.negate(accountingAmount)
    sums.set(account, BigDecimal.sum(sums.get(account) ?? BigDecimal.fromBigInt(0n), signed))
  }
  return [...sums]
    .map(([account, sum]) => `${account} ${BigDecimal.format(BigDecimal.normalize(sum))}`)
    .toSorted()
})

describeOnDatabases("C4 forget", (it) => {
  it.effect(
    "leaves no trace of a person in any table, the balances as they were and the seals intact, and keeps him out",
    () =>
      inScene({ documents: 8 }, (scene) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const seals = yield* Seals
          yield* plantPerson(scene)
          yield* scene.run
          const [document] = yield* sql<{ readonly pipeline: string; readonly externalId: string }>`
            SELECT pipeline, external_id AS "externalId" FROM journal_entry
            WHERE body ->> 'text' LIKE '%Qvarnita%' LIMIT 1`
          if (document === undefined) return assert.fail("no entry names the person")
          const key = { ...document, resource: "invoice" }
          const problems = [
            { code: "mapping/no-row", message: "no row for customer.name = QVARNITA ZYXHOLM.", path: "" }
          ]
          yield* insertAudit(sql, [{ ...key, actor: "engine", action: "parked", detail: { problems } }])
          yield* sql`
            INSERT INTO error_item (pipeline, resource, external_id, number, revision, stage, plan_revision, problems, state)
            VALUES (${key.pipeline}, 'invoice', ${key.externalId}, '1', 1, 'map', 'x',
              ${JSON.stringify(problems)}::jsonb, 'resolved')`
          const [held] = yield* sql<{ readonly pipeline: string; readonly number: string }>`
            SELECT pipeline, number FROM source_record WHERE resource = 'customer' AND external_id = '6'`
          if (held === undefined) return assert.fail("the customer was not read")
          const bases = { left: { email: "qvarn.zyx@planted.example", name: "Qvarnita Zyxholm" }, right: {} }
          // The ledger knows him by other words, and only the link says that it is he; 901 is somebody else.
          for (const [id, email, street] of [
            ["900", "zyx@erp.example", "Erpstrasse 5"],
            ["901", "other@erp.example", "Otherstrasse 1"]
          ] as const) {
            const record = { id, number: id, name: "Z.", email, addresses: [{ street: [street] }] }
            yield* sql`
              INSERT INTO source_record
                (pipeline, resource, external_id, revision, number, origin, fingerprint, fingerprint_version, raw, normalised)
              VALUES ('ledger-customers', 'customer', ${id}, 1, ${id},
                ${JSON.stringify({ system: "ifs-cloud", resource: "customer", id, number: id, revision: "" })}::jsonb,
                'x', 1, ${JSON.stringify(record)}::jsonb, ${JSON.stringify({ _tag: "Record", record })}::jsonb)`
          }
          yield* sql`
            INSERT INTO customer_link (pair, left_id, right_id, state, bases, unclear, addresses, seen)
            VALUES ('pair', '6', '900', 'linked', ${JSON.stringify(bases)}::jsonb, '[]', '[]', '{}')`
          yield* sql`
            INSERT INTO customer_task (pair, side, external_id, pipeline, resource, number, revision)
            VALUES ('pair', 'left', '6', ${held.pipeline}, 'customer', ${held.number}, 1)`
          yield* sealAudit

          const before = yield* dump
          for (const text of plantedStrings)
            assert.isNotEmpty(linesWith(before, text), `${text} was not planted`)
          for (const table of ["source_record", "journal_entry", "audit", "error_item", "customer_link"]) {
            assert.isTrue(
              linesWith(before, "Qvarnita").some((line) => line.startsWith(`${table}:`)),
              table
            )
          }
          const balances = yield* journalBalances

          // To look changes nothing.
          const person = yield* findPerson("6")
          assert.deepStrictEqual(yield* dump, before)
          assert.deepStrictEqual([...person.traits.addresses], ["qvarn.zyx@planted.example"])

          const done = yield* forget("6", "anna")
          assert.deepStrictEqual(done.rows, person.rows)
          const after = yield* dump
          for (const text of plantedStrings) assert.deepStrictEqual(linesWith(after, text), [], text)
          assert.deepStrictEqual(yield* journalBalances, balances)
          // The link stays with its keys, closed: nobody is created anew from it.
          assert.deepStrictEqual(
            yield* sql`SELECT left_id, right_id, state FROM customer_link WHERE pair = 'pair'`,
            [{ left_id: "6", right_id: "900", state: "closed" }]
          )
          assert.isEmpty(yield* sql`SELECT 1 FROM customer_task WHERE pair = 'pair'`)
          // Others stand as they stood.
          assert.strictEqual(linesWith(after, "petra.lang").length, linesWith(before, "petra.lang").length)

          const verified = yield* seals.verify()
          assert.deepStrictEqual(verified.findings, [])
          // An invoice and the customer as read from both, the entry, and what was written about it.
          assert.strictEqual(verified.erased, 5)
          assert.isNotEmpty(linesWith(after, "other@erp.example"))
          assert.isFalse(verified.hasUnsealed)

          // Read again, as it was and changed: posted as ever, and without him.
          yield* scene.pass("2 days")
          yield* scene.changeInvoice(3, (one) => ({ ...one, state: 3 }))
          yield* scene.changeInvoice(2, (one) => one)
          const vouchers = (yield* scene.sandbox.ifs.books).vouchers.length
          yield* scene.run
          yield* sql`UPDATE cursor SET value = '{}'`
          yield* scene.run
          assert.lengthOf((yield* scene.sandbox.ifs.books).vouchers, vouchers + 1)
          const later = yield* dump
          for (const text of plantedStrings) assert.deepStrictEqual(linesWith(later, text), [], text)
          assert.strictEqual((yield* seals.verify()).differences, 0)

          // There is nothing left to be forgotten, and it does no harm.
          const again = yield* forget("6", "anna")
          assert.notProperty(again.rows, "journal_entry")
        })
      ),
    120_000
  )

  it.effect(
    "is the only way to change a sealed row, and whoever uses it for more than a person is found or refused",
    () =>
      inScene({ documents: 8 }, (scene) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const seals = yield* Seals
          yield* plantPerson(scene)
          yield* scene.run
          yield* forget("petra.lang@example.com", "anna")
          const [erased] = yield* sql<{ readonly id: number }>`
            SELECT row_id::int AS id FROM erasure WHERE book = 'source_record' ORDER BY id DESC LIMIT 1`
          const id = erased?.id ?? 0

          const refused = (change: Effect.Effect<unknown, unknown>) =>
            Effect.map(Effect.flip(sql.withTransaction(change)), (error) => assert.isDefined(error))
          // Not even what may be lost may be lost without a note of it.
          yield* refused(sql`UPDATE source_record SET raw = '{}', salt = NULL WHERE id = ${id}`)
          yield* refused(sql`SELECT erase_person('audit', jsonb_build_array(
            jsonb_build_object('id', (SELECT max(id) FROM audit), 'detail', '{}'::jsonb)))`)
          yield* refused(sql`DELETE FROM erasure`)
          // An entry loses texts only, whatever is noted.
          const noted = (book: string, row: number) => sql`
            INSERT INTO erasure (forgetting, actor, book, row_id, sealed_as, stands_as)
            VALUES ('x', 'x', ${book}, ${row}, '', '')`
          yield* refused(
            Effect.andThen(
              noted("journal_entry", 1),
              sql`SELECT erase_person('journal_entry', (SELECT jsonb_build_array(jsonb_build_object(
                'id', position, 'body', jsonb_set(body, '{lines,0,amount}', '"1.00"')))
                FROM journal_entry ORDER BY position LIMIT 1))`
            )
          )
          yield* refused(
            Effect.andThen(
              noted("source_record", id),
              sql`UPDATE source_record SET revision = 9, salt = NULL WHERE id = ${id}`
            )
          )
          assert.strictEqual((yield* seals.verify()).differences, 0)

          // Somebody who may do everything changes an erased row once more, and another one.
          const { findings } = yield* Effect.gen(function* () {
            yield* sql`SET LOCAL session_replication_role = replica`
            yield* sql`UPDATE source_record SET normalised = '{}' WHERE id = ${id}`
            return yield* new Undone({ verification: yield* seals.verify() })
          }).pipe(
            sql.withTransaction,
            Effect.catchIf(
              (error) => error instanceof Undone,
              ({ verification }) => Effect.succeed(verification)
            )
          )
          assert.deepStrictEqual(
            findings.map(({ book, id, what }) => ({ book, id, what })),
            [{ book: "source_record", id, what: "changed" }]
          )
        })
      ),
    120_000
  )

  it.effect(
    "finds a guest by the e-mail address, and says when nothing is stored of somebody",
    () =>
      inScene({ documents: 8 }, (scene) =>
        Effect.gen(function* () {
          yield* plantPerson(scene)
          yield* scene.run
          const guest = yield* forget("Emil.Roth@example.com", "anna")
          assert.deepStrictEqual(guest.traits.customers, [])
          assert.deepStrictEqual(linesWith(yield* dump, "emil.roth"), [])
          const nobody = yield* Effect.flip(findPerson("nobody@example.com"))
          assert.include(nobody.message, "nothing is stored of a customer nobody@example.com")
        })
      ),
    120_000
  )
})
