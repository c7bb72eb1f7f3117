/*
 * Customers of a past period, by real processes that are killed on the way.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Schedule, Schema, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { BackfillOutput } from "../../src/cli/backfillOutput.ts"
import { customerType } from "../../src/sandbox/ifs/CustomerRegister.ts"
import { embeddedDatabase } from "../../src/store/Database.ts"
import { assertEnded, type Ended, ledgerline, start, type Surroundings } from "../cli/ledgerline.ts"
import { databases, type TestDatabase } from "../support/databases.ts"
import { impatient, openSandbox } from "./scene.ts"
import { variablesOf } from "./variablesOf.ts"

const shippedCustomers = new URL("../../pipelines/customers", import.meta.url).pathname
const august = ["--from", "2026-08-01", "--to", "2026-08-31"]
const command = ["backfill", "customers-shop-to-erp", ...august, "--pipelines", "customers"]

const Output = Schema.fromJsonString(BackfillOutput)
const outputOf = ({ output }: Ended) => Schema.decodeUnknownEffect(Output)(output)

/** A shop whose nine customers were last changed in August, but for two. */
const setUp = Effect.fn("setUp")(function* (database: TestDatabase) {
  const files = yield* FileSystem.FileSystem
  const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-customers-" })
  const sandbox = yield* openSandbox(folder, { documents: 1 })
  for (const id of ["1", "2"]) {
    yield* sandbox.commerce.editCustomer(id, (customer) => ({
      ...customer,
      updated_at: "2026-09-05 09:00:00"
    }))
  }
  yield* files.copy(shippedCustomers, `${folder}/customers`)
  yield* files.writeFileString(
    `${folder}/customers/connections.yaml`,
    impatient(yield* files.readFileString(sandbox.connections))
  )
  const variables = yield* variablesOf(database)
  const surroundings: Surroundings = { folder, variables }
  /** As if an hour had passed. */
  const age = Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`UPDATE customer_link SET marked_at = marked_at - interval '1 hour'`
    yield* sql`UPDATE customer_task SET due_at = due_at - interval '1 hour'`
  })
  const later =
    variables.LEDGERLINE_FOLDER === undefined
      ? age
      : Effect.provide(age, embeddedDatabase(variables.LEDGERLINE_FOLDER))
  const register = sandbox.ifs.customers
  const ofShop = () =>
    register
      .rows(customerType)
      .map(({ values }) => String(values["AssociationNo"] ?? ""))
      .filter((key) => key !== "")
      .toSorted()
  return {
    surroundings,
    later,
    ofShop,
    call: (...args: ReadonlyArray<string>) => ledgerline(surroundings, ...args)
  }
})

/** The seven of August. */
const inAugust = ["3", "4", "5", "6", "7", "8", "9"]

describe.each(databases)("a backfill of customers on $name", (database) => {
  it.live(
    "previews whom it would create; killed and given again it has each one looked at, and created once",
    () =>
      Effect.gen(function* () {
        const { call, later, ofShop, surroundings } = yield* setUp(database)
        const before = ofShop()
        const created = () => ofShop().filter((key) => !before.includes(key))

        const dry = yield* call(...command, "--dry-run", "--format", "json")
        assertEnded(dry, 0)
        const { preview } = yield* outputOf(dry).pipe(
          Effect.flatMap(Schema.decodeUnknownEffect(Schema.Struct({ preview: Schema.Json })))
        )
        assert.deepInclude(preview, {
          documents: 7,
          unchanged: 0,
          entries: 0,
          parked: 0,
          customers: { create: 7, change: 0, nothing: 0 }
        })
        assert.deepStrictEqual(ofShop(), before, "a dry run writes nothing")

        // Once when the page was read, and twice in the middle of creating.
        for (const reached of [0, 2, 4]) {
          yield* Effect.gen(function* () {
            const running = yield* start(surroundings, command)
            if (reached === 0) {
              yield* Stream.decodeText(running.stderr).pipe(
                Stream.splitLines,
                Stream.filter((line) => /7 of 7 read/u.test(line)),
                Stream.take(1),
                Stream.runDrain
              )
            } else {
              yield* Effect.sync(() => created().length).pipe(
                Effect.repeat({
                  until: (count) => count >= reached,
                  schedule: Schedule.spaced("5 millis")
                })
              )
            }
            yield* running.kill({ killSignal: "SIGKILL" })
          }).pipe(Effect.scoped)
        }
        // Who was being created in the moment of a kill is looked for again when that can no longer be under way.
        const first = yield* call(...command)
        assert.include([0, 4], first.code, first.messages)
        if (first.code === 4) assert.match(first.messages, /^\d customers? still to be looked at, which/mu)
        yield* later
        const ended = yield* call(...command, "--format", "json")
        assertEnded(ended, 0)
        const output = yield* outputOf(ended)
        if (!("backfill" in output)) return assert.fail(ended.output)
        assert.deepInclude(output.backfill, { state: "read", expected: 7, read: 7, entries: 0, parked: 0 })
        assert.strictEqual(output.waiting, 0)
        assert.deepStrictEqual(created(), inAugust)

        for (const more of [[], ["--again"]]) {
          assertEnded(yield* call(...command, ...more), 0)
          assert.deepStrictEqual(created(), inAugust)
        }
        const known = yield* call(...command, "--dry-run")
        assertEnded(known, 0)
        assert.match(known.output, /customers-shop-to-erp +7 +7 +0 +0\n/u)
        assert.match(known.output, /customers to create +to change +nothing to write\n +0 +0 +0\n/u)
        // The others are left to the live flow, which begins where it would have begun.
        assertEnded(yield* call("run", "customers", "--once"), 0)
        assert.deepStrictEqual(created(), ["1", "2", ...inAugust])
      }).pipe(Effect.scoped, Effect.provide([NodeServices.layer, database.layer])),
    300_000
  )
})
