/*
 * How often another system is asked for the same answer, and what is taken for
 * the customer whom a record's own is linked to.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { contact } from "../../src/cli/contact.ts"
import { completeAll, openLookUpsOver } from "../../src/engine/openLookUps.ts"
import { ConnectorError, Unreachable } from "../../src/pipeline/ConnectorError.ts"
import { fieldsOf, type SourceRecord } from "../../src/pipeline/SourceRecord.ts"
import type { PlannedLookUp } from "../../src/plan/Plan.ts"
import type { CustomerLink } from "../../src/store/CustomerLink.ts"

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

const emptyLink: Omit<CustomerLink, "leftId" | "rightId" | "state"> = {
  id: 1,
  pair: "erp/shop",
  bases: { left: {}, right: {} },
  unclear: [],
  addresses: [],
  seen: { left: null, right: null },
  intent: null,
  parked: null,
  markedMillisAgo: null,
  recent: []
}

/** Customer 1 of the shop is linked, 2 is being created, 3 is gone, 4 is linked to one whom the ledger has no more. */
const links: ReadonlyArray<CustomerLink> = [
  { ...emptyLink, leftId: "901", rightId: "1", state: "linked" },
  { ...emptyLink, leftId: null, rightId: "2", state: "creating" },
  { ...emptyLink, leftId: "903", rightId: "3", state: "closed" },
  { ...emptyLink, leftId: "904", rightId: "4", state: "linked" }
]

type Policy = Pick<PlannedLookUp, "missing" | "guests">
const create: Policy = { missing: "create", guests: "park" }
const wait: Policy = { missing: "wait", guests: "continue" }

/** By policy and customer: what is found, or why nothing is. */
const answers: ReadonlyArray<
  readonly [string, Policy, { readonly id?: string; readonly isForgotten?: boolean }, string]
> = [
  ["is the one whom he is linked to", create, { id: "1" }, "Mug Ltd"],
  ["is waited for while he is being created", wait, { id: "2" }, "lookup/not-linked, awaits 2"],
  ["is waited for when nobody has linked him", wait, { id: "5" }, "lookup/not-linked, awaits 5"],
  ["is created when the pipeline says so", create, { id: "5" }, "lookup/not-linked, creates 5"],
  ["is gone without being created again", create, { id: "3" }, "lookup/nobody"],
  ["is gone, and the record goes on where guests do", wait, { id: "3" }, "nothing"],
  ["is gone when the other system has him no more", create, { id: "4" }, "lookup/nobody"],
  ["who was forgotten is neither waited for", wait, { id: "5", isForgotten: true }, "nothing"],
  ["who was forgotten is nor created", create, { id: "5", isForgotten: true }, "lookup/nobody"],
  ["of a guest is nobody, and parks the record", create, {}, "lookup/nobody"],
  ["of a guest is nobody, and the record goes on", wait, {}, "nothing"],
  ["may be missing", { missing: "continue", guests: "continue" }, { id: "5" }, "nothing"],
  ["may be missing, but not of a guest", { missing: "continue", guests: "park" }, {}, "lookup/nobody"],
  ["is left to a person", { missing: "park", guests: "park" }, { id: "5" }, "lookup/missing"],
  ["of a guest goes on where others are parked", { missing: "park", guests: "continue" }, {}, "nothing"]
]

describe("C4 the linked customer of a record", () => {
  it.effect.each(answers)("%s (%j, %j): %s", ([, policy, { id, isForgotten = false }, expected]) =>
    Effect.gen(function* () {
      const asked = new Array<string>()
      const lookUp: PlannedLookUp = {
        ...ledger().lookUp,
        ...policy,
        match: [{ field: "link", path: "customer" }],
        open: Effect.succeed({
          find: (field, value) =>
            Effect.sync(() => {
              asked.push(`${field} ${value}`)
              return value === "901" ? [{ name: "Mug Ltd" }] : []
            })
        })
      }
      const opened = yield* openLookUpsOver(
        (pair, side, key) =>
          Effect.sync(() => {
            assert.deepStrictEqual([pair, side], ["erp/shop", "right"])
            return Option.fromUndefinedOr(links.find(({ rightId }) => rightId === key))
          }),
        [lookUp]
      )
      const { normalised } = yield* opened.complete(orderOf(id ?? ""), { isForgotten })
      if (normalised._tag !== "Record") return assert.fail("no record")
      const { looked = {}, missed = [] } = normalised
      const [problem] = missed
      const answer = looked["customer"]
      const { awaits } = problem ?? {}
      assert.strictEqual(
        answer === null
          ? "nothing"
          : (answer?.["name"] ??
              [
                problem?.code,
                ...(awaits === undefined ? [] : [`${awaits.create ? "creates" : "awaits"} ${awaits.id}`])
              ].join(", ")),
        expected
      )
      if (awaits !== undefined) assert.deepInclude(awaits, { pair: "erp/shop", side: "right" })
      // The ledger is asked for the linked one by his key there, and for nobody else.
      assert.deepStrictEqual(asked, id === "1" ? ["id 901"] : id === "4" ? ["id 904"] : [])
    }).pipe(Effect.scoped, Effect.provide(surroundings))
  )

  it.effect.each([
    ["of a guest is the one whom the guest is linked to", "guest-1", "Mug Ltd", {}],
    [
      "of a guest is waited for in the pair of guests",
      "guest-7",
      "lookup/not-linked",
      { awaits: { pair: "erp/shop/guests", side: "right", id: "guest-7", create: true } }
    ]
  ] as const)("%s (%s)", ([, guestId, expected, problem]) =>
    Effect.gen(function* () {
      const lookUp: PlannedLookUp = {
        ...ledger().lookUp,
        ...create,
        match: [
          { field: "link", path: "customer.id" },
          { field: "guestLink", path: "customer.guestId" }
        ],
        open: Effect.succeed({
          find: (_, value) => Effect.succeed(value === "901" ? [{ name: "Mug Ltd" }] : [])
        })
      }
      const [link] = links
      const opened = yield* openLookUpsOver(
        (pair, _, key) =>
          Effect.succeed(
            pair === "erp/shop/guests" && key === "guest-1" ? Option.fromUndefinedOr(link) : Option.none()
          ),
        [lookUp]
      )
      const record: SourceRecord = {
        ...orderOf("1"),
        normalised: { _tag: "Record", record: { customer: { kind: "guest", guestId } } }
      }
      const { normalised } = yield* opened.complete(record)
      if (normalised._tag !== "Record") return assert.fail("no record")
      const { looked = {}, missed = [] } = normalised
      assert.strictEqual(looked["customer"]?.["name"] ?? missed[0]?.code, expected)
      assert.deepInclude(missed[0] ?? {}, problem)
    }).pipe(Effect.scoped, Effect.provide(surroundings))
  )
})
