/*
 * One database with two shops that give the same key to different people.
 */
import { assert } from "@effect/vitest"
import { BigDecimal, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { findPerson, forget, type KeyScope } from "../../src/engine/forget.ts"
import { runOnce } from "../../src/engine/runOnce.ts"
import type { Plan } from "../../src/plan/Plan.ts"
import type { PayloadObject } from "../../src/sandbox/commerce/Payload.ts"
import { Seals } from "../../src/store/Seals.ts"
import { dump, linesWith, plantPerson } from "../endToEnd/plantPerson.ts"
import { inScene, type Scene } from "../endToEnd/scene.ts"
import { describeOnDatabases } from "../support/databases.ts"

/** The plan again, as that of another shop that is posted to the same ledger. */
const ofSecondShop = (plan: Plan): Plan => ({
  ...plan,
  readings: plan.readings.map((one) => ({
    ...one,
    name: `${one.name}-second`,
    sourceConnection: `${one.sourceConnection}-second`
  })),
  pipelines: plan.pipelines.map((one) => ({
    ...one,
    name: `${one.name}-second`,
    sourceConnection: `${one.sourceConnection}-second`
  }))
})

const scopeOf = (plan: Plan, connection: string): KeyScope => ({
  connection,
  pipelines: [...plan.pipelines, ...plan.readings]
    .filter(({ sourceConnection }) => sourceConnection === connection)
    .map(({ name }) => name)
})

const replaced = (value: unknown, email: string): unknown => {
  if (typeof value === "string") return value.replaceAll("qvarn.zyx@planted.example", email)
  if (Array.isArray(value)) return value.map((inner) => replaced(inner, email))
  if (typeof value !== "object" || value === null || BigDecimal.isBigDecimal(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaced(inner, email)]))
}
const isPayload = (value: unknown): value is PayloadObject => typeof value === "object" && value !== null

/** The shop with another address for customer 6, so that he is another person, while `effect` runs. */
const withAddress = <A, E, R>(scene: Scene, email: string, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const before = yield* scene.sandbox.commerce.shop
    const change = (payload: PayloadObject): PayloadObject => {
      const made = replaced(payload, email)
      return isPayload(made) ? made : payload
    }
    yield* scene.sandbox.commerce.update((shop) => ({
      ...shop,
      orders: shop.orders.map(change),
      customers: shop.customers.map(change)
    }))
    const done = yield* effect
    yield* scene.sandbox.commerce.update(() => before)
    return done
  })

/** As it stands in tables that hold customers. */
const standing = (email: string) => Effect.map(dump, (lines) => linesWith(lines, email).length)

describeOnDatabases("forgetting a customer of one of two shops", (it) => {
  it.effect(
    "takes him out, leaves whoever has his key in the other one as he was, says so, and knows the two apart later",
    () =>
      inScene({ documents: 8 }, (scene) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* plantPerson(scene)
          const loaded = yield* scene.plan
          const [shop] = loaded.pipelines.map(({ sourceConnection }) => sourceConnection)
          if (shop === undefined) return assert.fail("there is no pipeline")
          const plan: Plan = {
            ...loaded,
            readings: loaded.readings.map((one) => ({ ...one, sourceConnection: shop }))
          }
          const second = ofSecondShop(plan)
          yield* runOnce(plan)
          yield* withAddress(scene, "other@second.example", runOnce(second))
          const others = yield* standing("other@second.example")
          assert.isAbove(others, 1)

          // Without a connection both are meant, which is what is warned of.
          assert.include((yield* findPerson("6")).traits.addresses, "other@second.example")

          // Their links have a name in common.
          for (const connection of [shop, `${shop}-second`]) {
            yield* sql`
              INSERT INTO customer_link (pair, left_id, right_id, state, bases, unclear, addresses, seen)
              VALUES (${`${connection}/zz`}, '6', '900', 'linked', '{"left":{"lastName":"Zyxholm"},"right":{}}',
                '[]', '[]', '{}')`
          }
          const scope = scopeOf(plan, shop)
          const whole = yield* dump
          const person = yield* findPerson("6", scope)
          assert.deepStrictEqual(yield* dump, whole, "to look changes nothing")
          assert.deepStrictEqual(person.traits.addresses, ["qvarn.zyx@planted.example"])
          const invoices = second.pipelines.find(({ name }) => name.startsWith("invoices"))
          assert.deepStrictEqual(
            person.leftAlone.map(({ pipeline }) => pipeline),
            [...second.readings.map(({ name }) => name), invoices?.name].toSorted()
          )
          const done = yield* forget("6", "anna", scope)
          assert.deepStrictEqual([done.rows, done.leftAlone], [person.rows, person.leftAlone])
          assert.strictEqual(yield* standing("qvarn.zyx@planted.example"), 0)
          assert.strictEqual(yield* standing("other@second.example"), others)
          assert.deepStrictEqual(
            yield* sql`SELECT pair, state FROM customer_link WHERE left_id = '6' ORDER BY pair`,
            [
              { pair: `${shop}-second/zz`, state: "linked" },
              { pair: `${shop}/zz`, state: "closed" }
            ]
          )
          assert.deepStrictEqual((yield* (yield* Seals).verify()).findings, [])

          // Read again from their beginning, changed, his address too: he is known by his key, and the other is not he.
          yield* sql`UPDATE cursor SET value = '{}'`
          yield* scene.sandbox.commerce.update((one) => ({
            ...one,
            invoices: one.invoices.map((invoice) => ({ ...invoice, state: 3 }))
          }))
          yield* withAddress(scene, "moved@planted.example", runOnce(plan))
          assert.strictEqual(yield* standing("planted.example"), 0)
          yield* withAddress(scene, "other@second.example", runOnce(second))
          assert.isAbove(yield* standing("other@second.example"), others)
        })
      ),
    120_000
  )
})
