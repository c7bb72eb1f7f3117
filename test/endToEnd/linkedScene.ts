/**
 * linkedScene: the shipped invoice pipeline with a look-up by link, beside the shipped one that brings customers to
 * IFS, between the local Commerce and the local IFS.
 */
import { NodeServices } from "@effect/platform-node"
import { Clock, Effect, FileSystem, Layer } from "effect"
import { contact } from "../../src/cli/contact.ts"
import { loadPlan } from "../../src/cli/loadPlan.ts"
import { runOnce } from "../../src/engine/runOnce.ts"
import type { Plan, PlannedLookUp } from "../../src/plan/Plan.ts"
import type { PayloadObject } from "../../src/sandbox/commerce/Payload.ts"
import { timestamp } from "../../src/sandbox/commerce/timestamp.ts"
import { customerType } from "../../src/sandbox/ifs/CustomerRegister.ts"
import type { Values } from "../../src/sandbox/ifs/EntityType.ts"
import { ErrorQueue } from "../../src/store/ErrorQueue.ts"
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
          const key = buyerOf(shop.orders, invoice, given)
          const buyer = key === undefined ? "guest" : String(inIfs(key)?.["CustomerId"])
          return `Invoice ${String(invoice["increment_id"])} of ${buyer}`
        })
        .toSorted()
    )
    const buyers = Effect.map(
      sandbox.commerce.shop,
      (shop) => new Set(shop.invoices.flatMap((invoice) => buyerOf(shop.orders, invoice, given) ?? []))
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
      pipelines,
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
/** The scene, open. */
export type Linked = Effect.Success<ReturnType<typeof open>>

const buyerOf = (
  orders: ReadonlyArray<PayloadObject>,
  invoice: PayloadObject,
  { withGuests = false }: LinkedPolicy
) => {
  const order = orders.find((one) => one["entity_id"] === invoice["order_id"])
  if (withGuests && order?.["customer_is_guest"] === 1) {
    const under = orders.filter((one) => one["customer_email"] === order["customer_email"])
    return `guest-${Math.min(...under.map((one) => Number(one["entity_id"])))}`
  }
  const key = order?.["customer_id"]
  return key === undefined || key === null ? undefined : String(key)
}

const surroundings = contact.pipe(Layer.provideMerge(NodeServices.layer))

/** Plays a test in a scene of its own. */
export const linkedScene = <A, E, R>(
  given: Parameters<typeof open>[0],
  test: (scene: Linked) => Effect.Effect<A, E, R>
) => Effect.flatMap(open(given), test).pipe(Effect.scoped, Effect.provide(surroundings))
