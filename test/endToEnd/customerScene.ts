/**
 * customerScene: two systems with customers and pipelines that keep them the same, in this process.
 *
 * People, and other programs, change customers in the systems themselves. Time
 * passes from run to run: the shop is read up to a minute before its present.
 */
import { NodeServices } from "@effect/platform-node"
import { assert } from "@effect/vitest"
import { Clock, type Duration, Effect, FileSystem, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { contact } from "../../src/cli/contact.ts"
import { loadPlan } from "../../src/cli/loadPlan.ts"
import { retry } from "../../src/engine/retry.ts"
import { runOnce } from "../../src/engine/runOnce.ts"
import type { Plan } from "../../src/plan/Plan.ts"
import { timestamp } from "../../src/sandbox/commerce/timestamp.ts"
import { customerType } from "../../src/sandbox/ifs/CustomerRegister.ts"
import type { Values } from "../../src/sandbox/ifs/EntityType.ts"
import type { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { ErrorQueue } from "../../src/store/ErrorQueue.ts"
import { movable, openSandbox } from "./scene.ts"

/** The shipped pipelines that keep customers the same. */
const shipped = new URL("../../pipelines/customers", import.meta.url).pathname

/** Counts the scenes: tests of a suite share a database and keep apart by names. */
let opened = 0

/** The files of a folder of pipelines by name, to be changed before a scene opens. */
export type Files = Readonly<Record<string, string>>

const shippedFiles = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const names = ["shop-to-erp.yaml", "erp-to-shop.yaml"]
  return Object.fromEntries(
    yield* Effect.forEach(names, (name) =>
      Effect.map(files.readFileString(`${shipped}/${name}`), (text) => [name, text] as const)
    )
  )
})

/** What people do in the systems of a sandbox. */
export const editing = (sandbox: Sandbox) => {
  const register = sandbox.ifs.customers
  const find = (name: string) => register.rows(customerType).find(({ values }) => values["Name"] === name)
  return {
    register,
    inIfs: (name: string) => find(name)?.values,
    editIfs: (name: string, changes: Values) => {
      const row = find(name)
      return row === undefined
        ? assert.fail(`IFS has no ${name}`)
        : register.update(customerType, row, changes)
    },
    inShop: (id: string) =>
      Effect.map(sandbox.commerce.shop, ({ customers }) => customers.find((one) => String(one["id"]) === id)),
    /** As somebody types it now, or at the instant that `updated_at` says. */
    editShop: (id: string, fields: Readonly<Record<string, string>>) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        sandbox.commerce.editCustomer(id, (customer) => ({
          ...customer,
          updated_at: timestamp(Math.floor(now / 1000)),
          ...fields
        }))
      )
  }
}

const open = Effect.fn("customerScene.open")(function* (
  given: (files: Files) => Files,
  pass: (duration: Duration.Input) => Effect.Effect<void>
) {
  const files = yield* FileSystem.FileSystem
  const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-customers-" })
  const sandbox = yield* openSandbox(folder, { documents: 1 })
  const pipelines = `${folder}/customers`
  yield* files.makeDirectory(pipelines)
  const connections = yield* files.readFileString(sandbox.connections)
  const all = { ...(yield* shippedFiles), "connections.yaml": connections }
  const write = (texts: Files) =>
    Effect.forEach(Object.entries(texts), ([name, text]) =>
      files.writeFileString(`${pipelines}/${name}`, text)
    )
  /** The files as `change` makes those that are shipped. */
  const changePipelines = (change: (files: Files) => Files) => write(change(all))
  yield* changePipelines(given)
  opened += 1
  const suffix = opened
  const plan = loadPlan({ paths: [pipelines], connections: undefined }).pipe(
    Effect.map((loaded): Plan => ({
      ...loaded,
      customers: loaded.customers.map((pipeline) => ({
        ...pipeline,
        name: `${pipeline.name}-${suffix}`,
        sourceConnection: `${pipeline.sourceConnection}-${suffix}`,
        sinkConnection: `${pipeline.sinkConnection}-${suffix}`
      }))
    }))
  )
  const waiting = Effect.gen(function* () {
    const own = (yield* plan).customers.map(({ name }) => name)
    return (yield* (yield* ErrorQueue).list()).filter(({ pipeline }) => own.includes(pipeline))
  })
  const run = pass("2 minutes").pipe(Effect.andThen(plan), Effect.flatMap(runOnce))
  return { folder, sandbox, connections, changePipelines, plan, run, waiting, ...editing(sandbox) }
})
/** What a test has in its hands. */
export type CustomerScene = Effect.Success<ReturnType<typeof open>>

const surroundings = contact.pipe(Layer.provideMerge(NodeServices.layer))

/** Opens a scene with the shipped pipelines as `change` makes them, plays in it, and closes it. */
export const inCustomerScene = <A, E, R>(
  change: (files: Files) => Files,
  play: (scene: CustomerScene) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const { clock, pass } = yield* movable
    return yield* Effect.flatMap(open(change, pass), play).pipe(
      Effect.scoped,
      Effect.provide(surroundings),
      Effect.provideService(Clock.Clock, clock)
    )
  })

/** The pipelines as they are shipped. */
export const asShipped = (files: Files): Files => files

/** Customers created and changed in a run, in both systems. */
export const written = ({ customers }: Effect.Success<CustomerScene["run"]>): number =>
  customers.reduce((all, { changed, created }) => all + changed + created, 0)

/** The problems of items, each as its code and what it is about. */
export const codesOf = (items: Effect.Success<CustomerScene["waiting"]>) =>
  items.flatMap(({ problems }) => problems.map(({ code, path }) => `${code} ${path}`))

/** The only item that waits. */
export const only = Effect.fnUntraced(function* ({ waiting }: Pick<CustomerScene, "waiting">) {
  const [item, ...others] = yield* waiting
  if (item === undefined) return assert.fail("nothing waits")
  assert.isEmpty(others)
  return item
})

/** A person asks for the only item that waits to be looked at again. */
export const retried = Effect.fnUntraced(function* (scene: Pick<CustomerScene, "plan" | "waiting">) {
  const item = yield* only(scene)
  assert.strictEqual(yield* retry(yield* scene.plan, item, "anna"), "to be looked at")
})

/** What waits for an answer that was lost is looked at now, and not after three minutes. */
export const laterInDatabase = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`UPDATE customer_link SET marked_at = marked_at - interval '1 hour'`
  yield* sql`UPDATE customer_task SET due_at = present()`
})

/** The files with one text in place of another. */
export const replaced =
  (before: string, after: string) =>
  (files: Files): Files =>
    Object.fromEntries(
      Object.entries(files).map(([name, text]) => [name, text.replace(before, after)] as const)
    )
