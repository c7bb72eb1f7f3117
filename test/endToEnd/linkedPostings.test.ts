/*
 * Invoices whose entry needs to know who their customer is in the ledger: the
 * shipped invoice pipeline with a look-up by link, beside the shipped one that
 * brings customers to IFS, between the local Commerce and the local IFS.
 */
import { NodeServices } from "@effect/platform-node"
import { assert } from "@effect/vitest"
import { Clock, Effect, FileSystem, Layer } from "effect"
import { contact } from "../../src/cli/contact.ts"
import { loadPlan } from "../../src/cli/loadPlan.ts"
import { retry } from "../../src/engine/retry.ts"
import { runForever, type Round } from "../../src/engine/runForever.ts"
import { runOnce } from "../../src/engine/runOnce.ts"
import type { Plan, PlannedLookUp } from "../../src/plan/Plan.ts"
import type { PayloadObject } from "../../src/sandbox/commerce/Payload.ts"
import { timestamp } from "../../src/sandbox/commerce/timestamp.ts"
import { customerType } from "../../src/sandbox/ifs/CustomerRegister.ts"
import type { Values } from "../../src/sandbox/ifs/EntityType.ts"
import { ErrorQueue } from "../../src/store/ErrorQueue.ts"
import { WorkQueue } from "../../src/store/WorkQueue.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { linkedPipelines, type LinkedPolicy } from "./linkedPipelines.ts"
import { isDanish, openSandbox } from "./scene.ts"

/** Counts the scenes: tests of a suite share a database and keep apart by names. */
let opened = 0

const open = (given: LinkedPolicy) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-linked-" })
    const sandbox = yield* openSandbox(folder, { documents: 16 })
    const { pipelines, say } = yield* linkedPipelines(folder, sandbox, given)
    opened += 1
    const suffix = opened
    const renamed = <Stage extends { readonly name: string; readonly sourceConnection: string }>(
      pipeline: Stage & { readonly sinkConnection: string; readonly lookUps: ReadonlyArray<PlannedLookUp> }
    ) => ({
      ...pipeline,
      name: `${pipeline.name}-linked-${suffix}`,
      sourceConnection: `${pipeline.sourceConnection}-linked-${suffix}`,
      sinkConnection: `${pipeline.sinkConnection}-linked-${suffix}`,
      lookUps: pipeline.lookUps.map((lookUp) => ({
        ...lookUp,
        connection: `${lookUp.connection}-linked-${suffix}`,
        sourceConnection: `${lookUp.sourceConnection}-linked-${suffix}`
      }))
    })
    const plan = loadPlan({ paths: [pipelines], connections: undefined }).pipe(
      Effect.map((loaded): Plan => ({
        ...loaded,
        pipelines: loaded.pipelines.map(renamed),
        customers: loaded.customers.map(renamed)
      }))
    )
    const register = sandbox.ifs.customers
    const texts = Effect.map(sandbox.ifs.books, ({ vouchers }) =>
      vouchers.map(({ text }) => (text ?? "").split(" |")[0] ?? "").toSorted()
    )
    /** Cost centres of shipping, by what the voucher says whose it is. */
    const costCentres = Effect.map(
      sandbox.ifs.books,
      ({ vouchers }) =>
        new Map(
          vouchers.flatMap(({ rows, text }) =>
            rows
              .filter(({ account }) => account === "4100")
              .map(({ codeParts }) => [(text ?? "").includes("of guest") ? "guest" : "known", codeParts["B"]])
          )
        )
    )
    const inIfs = (associationNumber: string) =>
      register.rows(customerType).find(({ values }) => values["AssociationNo"] === associationNumber)?.values
    /** What the vouchers must say, by the customers that IFS has. */
    const owed = Effect.map(sandbox.commerce.shop, (shop) =>
      shop.invoices
        .filter((invoice) => !isDanish(shop, invoice))
        .map((invoice) => {
          const key = buyerOf(shop.orders, invoice)
          const buyer = key === undefined ? "guest" : String(inIfs(key)?.["CustomerId"])
          return `Invoice ${String(invoice["increment_id"])} of ${buyer}`
        })
        .toSorted()
    )
    const buyers = Effect.map(
      sandbox.commerce.shop,
      (shop) => new Set(shop.invoices.flatMap((invoice) => buyerOf(shop.orders, invoice) ?? []))
    )
    const waiting = Effect.gen(function* () {
      const { customers: own, pipelines: posting } = yield* plan
      const names = [...own, ...posting].map(({ name }) => name)
      return (yield* (yield* ErrorQueue).list()).filter(({ pipeline }) => names.includes(pipeline))
    })
    const codes = Effect.map(waiting, (items) =>
      items.flatMap(({ problems }) => problems.map(({ code }) => code)).toSorted()
    )
    const editShop = (id: string, fields: Readonly<Record<string, string>>) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        sandbox.commerce.editCustomer(id, (customer) => ({
          ...customer,
          ...fields,
          updated_at: timestamp(Math.floor(now / 1000))
        }))
      )
    const addToIfs = (values: Values) =>
      register.insert(customerType, { DefaultDomain: true, PartyType: "Customer", ...values })
    const run = Effect.flatMap(plan, runOnce)
    return {
      sandbox,
      plan,
      run,
      say,
      register,
      inIfs,
      texts,
      costCentres,
      owed,
      buyers,
      waiting,
      codes,
      editShop,
      addToIfs
    }
  })
type Linked = Effect.Success<ReturnType<typeof open>>

const buyerOf = (orders: ReadonlyArray<PayloadObject>, invoice: PayloadObject) => {
  const order = orders.find((one) => one["entity_id"] === invoice["order_id"])
  const key = order?.["customer_id"]
  return key === undefined || key === null ? undefined : String(key)
}

const surroundings = contact.pipe(Layer.provideMerge(NodeServices.layer))

const play = <A, E, R>(given: Parameters<typeof open>[0], test: (scene: Linked) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(open(given), test).pipe(Effect.scoped, Effect.provide(surroundings))

describeOnDatabases("C4 B7 an invoice that needs its linked customer", (it) => {
  it.effect(
    "has him created first, and nobody else, and is posted with his number in the same run",
    () =>
      play({ policy: { missing: "create", guests: "continue" }, create: false }, (scene) =>
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
      play({ policy: { missing: "wait", guests: "continue" }, create: false }, (scene) =>
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
      play({ policy: { missing: "continue", guests: "continue" }, create: false }, (scene) =>
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
      play({ policy: { missing: "create", guests: "continue" }, create: false }, (scene) =>
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
      play({ policy: { missing: "wait", guests: "park" }, create: true }, (scene) =>
        Effect.gen(function* () {
          const { codes, owed, plan, run, say, texts, waiting } = scene
          yield* run
          const guests = (yield* waiting).filter(({ problems }) => problems[0]?.code === "lookup/missing")
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
      play({ policy: { missing: "create", guests: "continue" }, create: false }, (scene) =>
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
