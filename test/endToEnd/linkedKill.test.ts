/*
 * A process that dies while it creates customers for invoices that wait for them.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import { customerType } from "../../src/sandbox/ifs/CustomerRegister.ts"
import { assertEnded, ledgerline, start } from "../cli/ledgerline.ts"
import { databases } from "../support/databases.ts"
import { linkedPipelines } from "./linkedPipelines.ts"
import { isDanish, openSandbox } from "./scene.ts"
import { variablesOf } from "./variablesOf.ts"

// The fastest there is: that each database keeps the same is proved elsewhere.
describe.each(databases.slice(-1))("C4 run --once on $name, with invoices by link,", (database) => {
  it.live(
    "killed again and again, creates every customer once and posts every invoice once, with his number",
    () =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const sql = yield* SqlClient.SqlClient
        const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-linked-kill-" })
        const sandbox = yield* openSandbox(folder, { documents: 24 })
        const policy = { missing: "create", guests: "continue" } as const
        yield* linkedPipelines(folder, sandbox, { policy, create: false })
        const surroundings = { folder, variables: yield* variablesOf(database) }

        const keysInIfs = () =>
          sandbox.ifs.customers
            .rows(customerType)
            .flatMap(({ values }) => (values["AssociationNo"] === undefined ? [] : [values]))
        const texts = Effect.map(sandbox.ifs.books, ({ vouchers }) =>
          vouchers.map(({ text }) => (text ?? "").split(" |")[0] ?? "")
        )
        const ofCustomers = Effect.map(texts, (all) => all.filter((text) => !text.endsWith("of guest")))
        const once = (is: Effect.Effect<boolean>) =>
          Effect.repeat(is, { schedule: Schedule.spaced("2 millis"), until: (isSo) => isSo })
        // At the first customer; with some of them created; with some of their invoices posted.
        const moments = [
          once(Effect.sync(() => keysInIfs().length >= 1)),
          once(Effect.sync(() => keysInIfs().length >= 3)),
          once(Effect.map(ofCustomers, ({ length }) => length >= 2))
        ]
        for (const moment of moments) {
          yield* Effect.gen(function* () {
            const running = yield* start(surroundings, ["run", "--once"])
            yield* moment
            yield* running.kill({ killSignal: "SIGKILL" })
          }).pipe(Effect.scoped)
          // What was being sent is looked for only once IFS can no longer be at work on it.
          yield* sql`UPDATE customer_link SET marked_at = marked_at - interval '4 minutes'`
        }
        const shop = yield* sandbox.commerce.shop
        const owed = shop.invoices.filter((invoice) => !isDanish(shop, invoice))
        assert.isBelow((yield* texts).length, owed.length, "killed too late to prove anything")

        const last = yield* ledgerline(surroundings, "run", "--once")
        // The one document that is parked on purpose is still there to be seen to.
        assertEnded(last, 4)
        const numberOf = new Map(
          keysInIfs().map((values) => [String(values["AssociationNo"]), String(values["CustomerId"])])
        )
        assert.strictEqual(keysInIfs().length, numberOf.size, "a customer was created twice")
        const expected = owed.map((invoice) => {
          const order = shop.orders.find((one) => one["entity_id"] === invoice["order_id"])
          const key = order?.["customer_id"]
          const buyer = key === undefined || key === null ? "guest" : numberOf.get(String(key))
          return `Invoice ${String(invoice["increment_id"])} of ${buyer}`
        })
        assert.deepStrictEqual((yield* texts).toSorted(), expected.toSorted())
      }).pipe(Effect.scoped, Effect.provide([NodeServices.layer, database.layer])),
    180_000
  )
})
