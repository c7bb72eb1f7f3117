/*
 * How often another system is asked for the same answer.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { contact } from "../../src/cli/contact.ts"
import { completeAll, openLookUpsOver } from "../../src/engine/openLookUps.ts"
import { ConnectorError, Unreachable } from "../../src/pipeline/ConnectorError.ts"
import { fieldsOf, type SourceRecord } from "../../src/pipeline/SourceRecord.ts"
import type { PlannedLookUp } from "../../src/plan/Plan.ts"

const orderOf = (customer: string): SourceRecord => ({
  origin: { system: "shop", resource: "order", id: customer, number: customer, revision: "1" },
  raw: {},
  normalised: { _tag: "Record", record: { customer } }
})

/** A ledger whose answers take a second, with a count of the questions that it was asked. */
const ledger = () => {
  const state = { asked: 0, name: "Mug Ltd", isDown: false }
  const lookUp: PlannedLookUp = {
    name: "customer",
    type: "ledger/customers",
    connection: "erp",
    match: [{ field: "number", path: "customer" }],
    missing: "park",
    guests: "park",
    sourceConnection: "shop",
    several: "park",
    cache: Duration.minutes(10),
    at: { file: "orders.yaml", line: 4 },
    open: Effect.succeed({
      find: () =>
        Effect.suspend(() => {
          state.asked++
          return state.isDown
            ? Effect.fail(
                new ConnectorError({ connection: "erp", reason: new Unreachable({ message: "down" }) })
              )
            : Effect.delay(Effect.succeed([{ name: state.name }]), "1 second")
        })
    })
  }
  return { state, lookUp }
}

const answersTo = (records: ReadonlyArray<SourceRecord>) =>
  records.map(({ normalised }) =>
    normalised._tag === "Record" ? normalised.looked?.["customer"] : undefined
  )

const later = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust("10 seconds")
    return yield* Fiber.join(fiber)
  })

const surroundings = contact.pipe(Layer.provideMerge(NodeServices.layer))

describe("an answer of another system", () => {
  it.effect(
    "is asked for once by many records at once, and again when it is older than the pipeline allows",
    () =>
      Effect.gen(function* () {
        const { lookUp, state } = ledger()
        const lookUps = yield* openLookUpsOver(() => Effect.succeedNone, [lookUp])
        const orders = Array.from({ length: 8 }, () => orderOf("7"))
        const first = yield* later(completeAll(lookUps, orders))
        assert.deepStrictEqual(new Set(answersTo(first).map((answer) => JSON.stringify(answer))).size, 1)
        assert.strictEqual(state.asked, 1)

        state.name = "Mug AG"
        yield* TestClock.adjust("9 minutes")
        assert.deepStrictEqual(answersTo(yield* later(completeAll(lookUps, [orderOf("7")]))), [
          { name: "Mug Ltd" }
        ])
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(answersTo(yield* later(completeAll(lookUps, [orderOf("7")]))), [
          { name: "Mug AG" }
        ])
        assert.strictEqual(state.asked, 2)
      }).pipe(Effect.scoped, Effect.provide(surroundings))
  )

  it.effect("that could not be had is not kept: the next record asks again", () =>
    Effect.gen(function* () {
      const { lookUp, state } = ledger()
      const lookUps = yield* openLookUpsOver(() => Effect.succeedNone, [lookUp])
      state.isDown = true
      const error = yield* Effect.flip(completeAll(lookUps, [orderOf("7")]))
      assert.include(error.message, "down")
      state.isDown = false
      const [record] = yield* later(completeAll(lookUps, [orderOf("7")]))
      assert.isDefined(record)
      assert.deepStrictEqual(answersTo([record]), [{ name: "Mug Ltd" }])
      assert.deepStrictEqual(fieldsOf(record.normalised), { customer: "7" })
    }).pipe(Effect.scoped, Effect.provide(surroundings))
  )
})
