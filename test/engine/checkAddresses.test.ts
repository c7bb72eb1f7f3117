import { assert } from "@effect/vitest"
import { Duration, Effect, Stream } from "effect"
import { checkAddresses } from "../../src/engine/checkAddresses.ts"
import type { Plan, ReadingPipeline } from "../../src/plan/Plan.ts"
import { ConnectionAddresses } from "../../src/store/ConnectionAddresses.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { freshNames } from "../support/examples.ts"

const customersOf = (connection: string): ReadingPipeline => ({
  _tag: "Reading",
  lookUps: [],
  name: "customers",
  file: "pipelines/customers.yaml",
  contentHash: "plan-1",
  sourceType: "shop/customers",
  sourceConnection: connection,
  pollEvery: Duration.minutes(5),
  source: {
    open: Effect.succeed({ read: () => Stream.empty, fetch: () => Effect.never }),
    fixture: () => []
  },
  process: () => Effect.succeed({ _tag: "Record", record: {} })
})

/** A pipeline reads through `used`; nothing uses the other connection. */
const planOf = (used: string, address: string): Plan => ({
  pipelines: [],
  doors: [],
  customers: [],
  readings: [customersOf(used)],
  connections: [used, `${used}-idle`].map((name) => ({
    name,
    type: "shop",
    address,
    probe: Effect.succeed([])
  }))
})

describeOnDatabases("checkAddresses", (it) => {
  it.effect("a connection that is only read from is bound to the system of its first use", () =>
    Effect.gen(function* () {
      const { connection } = yield* freshNames
      yield* checkAddresses(planOf(connection, "shop.example.com"))
      yield* checkAddresses(planOf(connection, "shop.example.com"))
      const error = yield* Effect.flip(checkAddresses(planOf(connection, "other.example.com")))
      assert.include(error.message, `${connection} led to shop.example.com until now`)
      assert.include(error.message, "leads to other.example.com")
    })
  )

  it.effect("a connection that nothing uses is bound to nothing", () =>
    Effect.gen(function* () {
      const { connection } = yield* freshNames
      yield* checkAddresses(planOf(connection, "shop.example.com"))
      const addresses = yield* ConnectionAddresses
      assert.isTrue((yield* addresses.of(`${connection}-idle`))._tag === "None")
    })
  )

  it.effect("a system that a person says has moved is the same one at its new address only", () =>
    Effect.gen(function* () {
      const { connection } = yield* freshNames
      const addresses = yield* ConnectionAddresses
      yield* checkAddresses(planOf(connection, "old.example.com"))
      yield* addresses.move(
        { connection, address: "new.example.com" },
        { actor: "ada", reason: "moved", before: "old.example.com" }
      )
      yield* checkAddresses(planOf(connection, "new.example.com"))
      yield* Effect.flip(checkAddresses(planOf(connection, "old.example.com")))
    })
  )
})
