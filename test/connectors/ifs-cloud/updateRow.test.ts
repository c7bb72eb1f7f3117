import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Schema } from "effect"
import { ETag } from "../../../src/connectors/ifs-cloud/ETag.ts"
import type { RawRow } from "../../../src/connectors/ifs-cloud/IfsClient.ts"
import { odata } from "../../../src/connectors/ifs-cloud/odata.ts"
import { type Patch, type UpdateOf, updateRow } from "../../../src/connectors/ifs-cloud/updateRow.ts"
import { ConnectorError } from "../../../src/pipeline/ConnectorError.ts"
import { customerType } from "../../../src/sandbox/ifs/CustomerRegister.ts"
import { type IfsServer, ifsServer } from "../../../src/sandbox/ifs/ifsServer.ts"
import { inTestTime } from "./inTestTime.ts"
import { openClient } from "./openClient.ts"

const customer: UpdateOf = {
  entitySet: "CustomerHandling.svc/CustomerInfoSet",
  key: { CustomerId: odata.string("O'Neill/7") },
  select: ["CustomerId", "Name", "Country"]
}

/** A server with one customer, Acme of Sweden. */
const start = Effect.gen(function* () {
  const server = yield* ifsServer()
  yield* server.customers.insert(customerType, {
    CustomerId: "O'Neill/7",
    Name: "Acme",
    Country: "SE",
    PartyType: "Customer",
    DefaultDomain: true
  })
  return { server, client: yield* openClient(server, { timeout: "10 seconds" }) }
})

/** What somebody else does to the customer. */
const elsewhere = (server: IfsServer, changes: Record<string, string>) =>
  Effect.suspend(() => {
    const [row] = server.customers.rows(customerType)
    return row === undefined
      ? Effect.void
      : Effect.asVoid(server.customers.update(customerType, row, changes))
  })

const valuesOf = (server: IfsServer) => server.customers.rows(customerType)[0]?.values ?? {}

/** Renames to Acme AB, unless it is so named already. */
const rename = (row: RawRow): Patch | undefined =>
  row["Name"] === "Acme AB" ? undefined : { Name: "Acme AB" }

const patches = (server: IfsServer) =>
  Effect.map(server.statistics, ({ requests }) => requests["PATCH CustomerHandling.svc/CustomerInfoSet"] ?? 0)

const reasonOf = (error: unknown) => (error instanceof ConnectorError ? error.reason : undefined)

/** Decides as `rename` does, and lets somebody else act the first time, after the row was read. */
const meanwhile = Effect.fnUntraced(function* (act: Effect.Effect<void>) {
  const run = Effect.runSyncWith(yield* Effect.context<never>())
  let asked = 0
  const decide = (row: RawRow) => {
    if (asked++ === 0) run(act)
    return rename(row)
  }
  return { decide, asked: () => asked }
})

describe("B3 updateRow", () => {
  it.live("sends only what differs, with the ETag that was read, and gives the row as it is now", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start
      const now = yield* updateRow(client, customer, rename)
      assert.strictEqual(now["Name"], "Acme AB")
      assert.deepStrictEqual([valuesOf(server)["Name"], valuesOf(server)["Country"]], ["Acme AB", "SE"])
      assert.deepStrictEqual(yield* server.violations, [])
    })
  )

  it.live("writes nothing when nothing differs", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start
      yield* updateRow(client, customer, () => undefined)
      yield* updateRow(client, customer, () => ({}))
      assert.strictEqual(yield* patches(server), 0)
    })
  )

  it.live("a customer that is not there is not inserted", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start
      const other = { ...customer, key: { CustomerId: odata.string("8") } }
      const error = yield* Effect.flip(updateRow(client, other, rename))
      assert.strictEqual(reasonOf(error)?._tag, "NotFound")
      assert.strictEqual(server.customers.rows(customerType).length, 1)
      assert.deepStrictEqual(yield* server.violations, [])
    })
  )

  it.live("a customer that was removed between reading and writing is not inserted again", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start
      const [row] = server.customers.rows(customerType)
      const remove = row === undefined ? Effect.void : server.customers.remove(customerType, row)
      const { decide } = yield* meanwhile(remove)
      const error = yield* Effect.flip(updateRow(client, customer, decide))
      assert.strictEqual(reasonOf(error)?._tag, "NotFound")
      assert.strictEqual(server.customers.rows(customerType).length, 0)
    })
  )

  it.effect("a conflict is read again and decided again, and the other change stays", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start
      const { asked, decide } = yield* meanwhile(elsewhere(server, { Country: "NO" }))
      // A second later, so that the other change has a version of its own.
      yield* inTestTime(Effect.sleep("1 second"))
      yield* inTestTime(updateRow(client, customer, decide))
      assert.strictEqual(asked(), 2)
      assert.deepStrictEqual([valuesOf(server)["Name"], valuesOf(server)["Country"]], ["Acme AB", "NO"])
    })
  )

  it.effect("decides that nothing is left to do when the other change was the same", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start
      const { decide } = yield* meanwhile(elsewhere(server, { Name: "Acme AB" }))
      yield* inTestTime(Effect.sleep("1 second"))
      yield* inTestTime(updateRow(client, customer, decide))
      assert.strictEqual(yield* patches(server), 1)
    })
  )

  it.effect(
    "a change within the same second, which IFS does not refuse, is seen in the answer and decided on",
    () =>
      Effect.gen(function* () {
        const { client, server } = yield* start
        const { asked, decide } = yield* meanwhile(elsewhere(server, { Country: "NO" }))
        yield* inTestTime(updateRow(client, customer, decide), "1 millis")
        assert.isBelow(yield* Clock.currentTimeMillis, 1000)
        assert.strictEqual(asked(), 2)
        assert.deepStrictEqual([valuesOf(server)["Name"], valuesOf(server)["Country"]], ["Acme AB", "NO"])
      })
  )

  it.live(
    "a row that is to be changed as it was read, and has moved on since, is refused without a request to write",
    () =>
      Effect.gen(function* () {
        const { client, server } = yield* start
        const as = yield* client.row(`${customer.entitySet}${odata.key(customer.key)}`, customer.select)
        // Within the same second, so that the ETag is the same.
        yield* elsewhere(server, { Country: "NO" })
        const error = yield* Effect.flip(updateRow(client, { ...customer, as }, rename))
        const reason = reasonOf(error)
        assert.strictEqual(reason?._tag === "Rejected" ? reason.code : reason?._tag, "changed-meanwhile")
        assert.strictEqual(yield* patches(server), 0)
      })
  )

  it.live("gives up, and changes nothing, when others change the row each time", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start
      yield* server.faults.add({ match: "PATCH CustomerInfoSet", kind: "status", status: 412 })
      const error = yield* Effect.flip(updateRow(client, customer, rename))
      const reason = reasonOf(error)
      assert.strictEqual(reason?._tag === "Rejected" ? reason.code : reason?._tag, "changed-meanwhile")
      assert.strictEqual(valuesOf(server)["Name"], "Acme")
      assert.strictEqual(yield* patches(server), 4)
    })
  )

  it.live("a PATCH that took effect before its answer was lost is found by reading", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start
      yield* server.faults.add({ match: "PATCH CustomerInfoSet", kind: "after-commit", times: 1 })
      const now = yield* updateRow(client, customer, rename)
      assert.strictEqual(now["Name"], "Acme AB")
      assert.strictEqual(yield* patches(server), 1)
    })
  )

  it.live("a PATCH without an answer and without an effect is unknown: IFS may still be working on it", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start
      yield* server.faults.add({ match: "PATCH CustomerInfoSet", kind: "reset", times: 1 })
      const error = yield* Effect.flip(updateRow(client, customer, rename))
      assert.strictEqual(reasonOf(error)?._tag, "OutcomeUnknown")
      assert.strictEqual(yield* patches(server), 1)
    })
  )

  it.each(["*", "", '""', "W/", "1", 'W/"a", W/"b"', 'W/"a"\r\nX: y'])(
    "%j is no ETag, so it cannot be sent",
    (text) => {
      assert.isFalse(Schema.is(ETag)(text))
    }
  )
})
