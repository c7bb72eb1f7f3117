/*
 * Invoices whose entry needs to know who their customer is in the ledger.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { nextStep } from "../../src/engine/nextStep.ts"
import { retry } from "../../src/engine/retry.ts"
import { runForever, type Round } from "../../src/engine/runForever.ts"
import { customerType } from "../../src/sandbox/ifs/CustomerRegister.ts"
import { WorkQueue } from "../../src/store/WorkQueue.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { linkedScene } from "./linkedScene.ts"

describeOnDatabases("C4 B7 an invoice that needs its linked customer", (it) => {
  it.effect(
    "has him created first, and nobody else, and is posted with his number in the same run",
    () =>
      linkedScene({ policy: { missing: "create", guests: "continue" }, create: false }, (scene) =>
        Effect.gen(function* () {
          const { buyers, codes, costCentres, owed, register, run, texts } = scene
          const before = register.rows(customerType).length
          const summary = yield* run
          const size = (yield* buyers).size
          assert.isAbove(size, 1)
          assert.deepInclude(summary.customers[0], { created: size, parked: 0, waiting: 0 })
          assert.strictEqual(register.rows(customerType).length, before + size)
          assert.deepStrictEqual(yield* texts, yield* owed)
          assert.deepStrictEqual(
            yield* costCentres,
            new Map([
              ["guest", "100"],
              ["known", "110"]
            ])
          )
          assert.deepStrictEqual([...new Set(yield* codes)], ["mapping/no-row"])
          assert.isAbove(summary.resumed[0]?.entries ?? 0, 1)
          const again = yield* run
          assert.deepStrictEqual(again.resumed, [])
          assert.deepStrictEqual(yield* texts, yield* owed)
        })
      ),
    60_000
  )

  it.effect(
    "waits where the pipeline says so, in the error queue, and goes on by itself once he is linked",
    () =>
      linkedScene({ policy: { missing: "wait", guests: "continue" }, create: false }, (scene) =>
        Effect.gen(function* () {
          const { addToIfs, buyers, codes, owed, plan, register, run, texts, waiting } = scene
          const before = register.rows(customerType).length
          yield* run
          assert.strictEqual(register.rows(customerType).length, before)
          assert.deepStrictEqual(
            new Set((yield* texts).map((text) => text.split(" of ")[1])),
            new Set(["guest"])
          )
          const [first] = [...(yield* buyers)]
          if (first === undefined) return assert.fail("nobody buys")
          const [item] = (yield* waiting).filter(({ problems }) => problems[0]?.awaits?.id === first)
          assert.include(item?.problems[0]?.message, `Customer ${first} of shop`)
          if (item === undefined) return
          assert.match(nextStep(item, []), /^Nothing in the pipeline: it is tried again by itself/u)
          yield* addToIfs({ Name: "Known by key", AssociationNo: first })
          assert.strictEqual(yield* retry(yield* plan, item, "anna"), "still parked")
          const summary = yield* run
          assert.isAbove(summary.resumed[0]?.entries ?? 0, 0)
          assert.deepStrictEqual(
            yield* texts,
            (yield* owed).filter((text) => !text.endsWith("of undefined"))
          )
          assert.include(yield* codes, "lookup/not-linked")
          assert.isFalse((yield* waiting).some(({ problems }) => problems[0]?.awaits?.id === first))
        })
      ),
    60_000
  )

  it.effect(
    "is posted without him where the pipeline says so, and nobody is created for it",
    () =>
      linkedScene({ policy: { missing: "continue", guests: "continue" }, create: false }, (scene) =>
        Effect.gen(function* () {
          const { codes, owed, register, run, texts } = scene
          const before = register.rows(customerType).length
          const summary = yield* run
          assert.deepStrictEqual(summary.resumed, [])
          assert.strictEqual(register.rows(customerType).length, before)
          assert.deepStrictEqual(
            yield* texts,
            (yield* owed).map((text) => text.replace("of undefined", "of guest"))
          )
          assert.deepStrictEqual([...new Set(yield* codes)], ["mapping/no-row"])
        })
      ),
    60_000
  )

  it.effect(
    "waits beside him when he cannot be created, both with their reasons, and goes on when a person has settled him",
    () =>
      linkedScene({ policy: { missing: "create", guests: "continue" }, create: false }, (scene) =>
        Effect.gen(function* () {
          const { addToIfs, buyers, codes, editShop, owed, plan, register, run, texts, waiting } = scene
          const [first] = [...(yield* buyers)]
          if (first === undefined) return assert.fail("nobody buys")
          yield* editShop(first, { taxvat: "DE999000111" })
          const one = yield* addToIfs({ Name: "One", IdentifierReference: "DE999000111" })
          yield* addToIfs({ Name: "Other", IdentifierReference: "DE999000111" })
          yield* run
          const found = yield* codes
          assert.includeMembers(found, ["customer/ambiguous", "lookup/not-linked"])
          const late = found.filter((code) => code === "lookup/not-linked").length
          assert.strictEqual((yield* texts).length, (yield* owed).length - late)

          yield* register.update(customerType, one, { IdentifierReference: null, AssociationNo: null })
          const customers = (yield* waiting).filter(({ resource }) => resource === "customer")
          const outcomes = yield* Effect.forEach(customers, (item) =>
            Effect.flatMap(plan, (plan) => retry(plan, item, "anna"))
          )
          assert.deepStrictEqual(outcomes, ["to be looked at"])
          yield* run
          // The two of him have different names, which a person decides; his invoices need not wait for that.
          assert.deepStrictEqual([...new Set(yield* codes)], ["customer/conflict", "mapping/no-row"])
          assert.strictEqual((yield* texts).length, (yield* owed).length)
        })
      ),
    60_000
  )

  it.effect(
    "of a guest is parked where the pipeline says so, and a person who changes that and retries has it posted",
    () =>
      linkedScene({ policy: { missing: "wait", guests: "park" }, create: true }, (scene) =>
        Effect.gen(function* () {
          const { codes, owed, plan, run, say, texts, waiting } = scene
          yield* run
          const guests = (yield* waiting).filter(({ problems }) => problems[0]?.code === "lookup/nobody")
          assert.isAbove(guests.length, 0)
          assert.include(guests[0]?.problems[0]?.message, "set guests: continue")
          assert.strictEqual((yield* texts).length, (yield* owed).length - guests.length)
          yield* say({ missing: "wait", guests: "continue" })
          const outcomes = yield* Effect.forEach(guests, (item) =>
            Effect.flatMap(plan, (plan) => retry(plan, item, "anna"))
          )
          assert.deepStrictEqual([...new Set(outcomes)], ["to be posted"])
          yield* run
          assert.deepStrictEqual(yield* texts, yield* owed)
          assert.deepStrictEqual([...new Set(yield* codes)], ["mapping/no-row"])
        })
      ),
    60_000
  )

  it.effect(
    "goes on by itself in the service too",
    () =>
      linkedScene({ policy: { missing: "create", guests: "continue" }, create: false }, (scene) =>
        Effect.gen(function* () {
          const { owed, plan, texts } = scene
          const rounds = new Array<Round["_tag"]>()
          const isDone = Effect.gen(function* () {
            assert.deepStrictEqual(yield* texts, yield* owed)
          })
          yield* Effect.raceFirst(
            runForever(yield* plan, (round) => Effect.sync(() => rounds.push(round._tag))),
            isDone.pipe(
              Effect.catchDefect(() => Effect.fail("not yet")),
              Effect.eventually,
              Effect.timeout("40 seconds")
            )
          ).pipe(Effect.scoped, Effect.provide(WorkQueue.layerMemory))
          assert.includeMembers(rounds, ["Customers", "Resumed"])
          assert.notInclude(rounds, "Failed")
        })
      ),
    60_000
  )
})
