/**
 * scene: a shop, a ledger and the shipped pipelines between them, in this process.
 *
 * Both systems are real servers, so waiting is real. The time of day is not: it
 * can be moved on, which the shop, the tokens and the pipelines see alike.
 */
import { NodeServices } from "@effect/platform-node"
import { assert } from "@effect/vitest"
import { BigDecimal, Clock, Duration, Effect, FileSystem, Layer, Path } from "effect"
import { contact } from "../../src/cli/contact.ts"
import { loadPlan } from "../../src/cli/loadPlan.ts"
import { runOnce } from "../../src/engine/runOnce.ts"
import type { Plan } from "../../src/plan/Plan.ts"
import { payloadAt, payloadsAt, type PayloadObject } from "../../src/sandbox/commerce/Payload.ts"
import type { Shop } from "../../src/sandbox/commerce/Shop.ts"
import { timestamp } from "../../src/sandbox/commerce/timestamp.ts"
import type { BooksContent, Voucher } from "../../src/sandbox/ifs/Voucher.ts"
import type { TenantNames } from "../../src/sandbox/ifs/TenantNames.ts"
import { type Sandbox, startSandbox } from "../../src/sandbox/Sandbox.ts"

/** The shipped pipelines. */
export const shippedPipelines = new URL("../../pipelines", import.meta.url).pathname

const zero = BigDecimal.fromBigInt(0n)
const print = (amount: BigDecimal.BigDecimal) => BigDecimal.format(BigDecimal.normalize(amount))

/** A connections file of the sandbox that waits seconds where a real one waits minutes. */
export const impatient = (connections: string) =>
  connections
    .replace("timeout: 10 seconds", "timeout: 1 second")
    .replace("statementTimeout: 10 seconds", "statementTimeout: 1 second")

/** Copies the shipped pipelines to `folder`/pipelines, and lets them lead to the sandbox. */
export const pipelinesFor = Effect.fn("pipelinesFor")(function* (folder: string, sandbox: Sandbox) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const pipelines = path.join(folder, "pipelines")
  yield* files.copy(shippedPipelines, pipelines)
  const connections = yield* files.readFileString(sandbox.connections)
  yield* files.writeFileString(path.join(pipelines, "connections.yaml"), impatient(connections))
  return pipelines
})

/** Starts a sandbox on free ports; its books are in memory. */
export const openSandbox = (
  folder: string,
  given: { readonly documents: number; readonly seed?: number; readonly ifsNames?: TenantNames }
) =>
  startSandbox({
    ...(given.ifsNames === undefined ? {} : { ifsNames: given.ifsNames }),
    folder: `${folder}/sandbox`,
    seed: given.seed ?? 7,
    documents: given.documents,
    commercePort: 0,
    ifsPort: 0,
    ifsRequestsPerMinute: 0,
    keepsBooks: false
  })

/** The order of an invoice or credit memo. */
const orderOf = (shop: Shop, document: PayloadObject) =>
  shop.orders.find((order) => order["entity_id"] === document["order_id"])

/** Whether the shipped tables have no row for it: Danish VAT, on purpose. */
export const isDanish = (shop: Shop, document: PayloadObject) =>
  payloadsAt(orderOf(shop, document), "extension_attributes", "applied_taxes").some(
    ({ code }) => code === "DK-25"
  )

const amountAt = (document: PayloadObject, field: string) => {
  const value = payloadAt(document, field)
  return BigDecimal.isBigDecimal(value) ? value : zero
}

/** What the ledger must hold of the shop, one line a document: "Invoice 000000001 84.79". */
export const owed = (shop: Shop): ReadonlyArray<string> =>
  [
    ...shop.invoices.map((document) => ({ document, name: "Invoice" })),
    ...shop.creditmemos.map((document) => ({ document, name: "Credit note" }))
  ]
    .filter(({ document }) => !isDanish(shop, document))
    .map(
      ({ document, name }) =>
        `${name} ${String(document["increment_id"])} ${print(amountAt(document, "base_grand_total"))}`
    )
    .toSorted()

const receivable = (voucher: Voucher) =>
  BigDecimal.sumAll(
    voucher.rows
      .filter(({ account }) => account === "1510")
      .map(({ credit, debit }) => debit ?? credit ?? zero)
  )

/** What the ledger holds, in the same words: its own voucher texts, and its own amounts on receivables. */
export const held = (books: BooksContent): ReadonlyArray<string> =>
  books.vouchers
    .map((voucher) => `${(voucher.text ?? "").split(" |")[0] ?? ""} ${print(receivable(voucher))}`)
    .toSorted()

/** Debit minus credit of each account, without those that are even. */
export const balances = (vouchers: ReadonlyArray<Voucher>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [
      ...Map.groupBy(
        vouchers.flatMap(({ rows }) => rows),
        ({ account }) => account
      )
    ]
      .map(([account, rows]) => {
        const of = (side: "debit" | "credit") => BigDecimal.sumAll(rows.map((row) => row[side] ?? zero))
        return [account, BigDecimal.subtract(of("debit"), of("credit"))] as const
      })
      .filter(([, balance]) => !BigDecimal.isZero(balance))
      .map(([account, balance]) => [account, print(balance)])
  )

/** Says that every document which can be posted stands in the ledger, and stands there once. */
export const assertPostedOnce = (sandbox: Sandbox) =>
  Effect.gen(function* () {
    assert.deepStrictEqual(held(yield* sandbox.ifs.books), owed(yield* sandbox.commerce.shop))
  })

/** What a test has in its hands. */
export interface Scene {
  readonly sandbox: Sandbox
  /** The folder of the pipelines, to change what is in it. */
  readonly pipelines: string
  /** The plan as the folder stands now, its names made unlike those of every other scene. */
  readonly plan: Effect.Effect<Plan, unknown, FileSystem.FileSystem | Path.Path>
  /** One pass over the plan. */
  readonly run: ReturnType<typeof runPlan>
  /** Lets the time of day be later from now on. */
  readonly pass: (duration: Duration.Input) => Effect.Effect<void>
  /** Changes the invoice at `position` in the shop, which touches its `updated_at` as Commerce does. */
  readonly changeInvoice: (
    position: number,
    change: (invoice: PayloadObject) => PayloadObject
  ) => Effect.Effect<void>
}

const runPlan = (plan: Scene["plan"]) => Effect.flatMap(plan, runOnce)

/** The clock of this machine, whose time of day can be moved on. */
export const movable = Effect.map(Clock.Clock, (real) => {
  let ahead = 0
  const millis = () => real.currentTimeMillisUnsafe() + ahead
  const nanos = () => real.currentTimeNanosUnsafe() + BigInt(ahead) * 1_000_000n
  const clock: Clock.Clock = {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: () => real.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: real.monotonicTimeNanos,
    sleep: (duration) => real.sleep(duration)
  }
  return {
    clock,
    pass: (duration: Duration.Input) =>
      Effect.sync(() => void (ahead += Duration.toMillis(Duration.fromInputUnsafe(duration))))
  }
})

/** Counts the scenes: tests of a suite share a database and keep apart by names. */
let opened = 0

const openScene = Effect.fn("openScene")(function* (
  given: { readonly documents: number; readonly seed?: number },
  pass: Scene["pass"]
) {
  const files = yield* FileSystem.FileSystem
  const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-scene-" })
  const sandbox = yield* openSandbox(folder, given)
  const pipelines = yield* pipelinesFor(folder, sandbox)
  opened += 1
  const suffix = opened
  const plan = loadPlan({ paths: [pipelines], connections: undefined }).pipe(
    Effect.map((loaded): Plan => ({
      ...loaded,
      doors: loaded.doors.map((door) => ({ ...door, connection: `${door.connection}-${suffix}` })),
      pipelines: loaded.pipelines.map((pipeline) => ({
        ...pipeline,
        name: `${pipeline.name}-${suffix}`,
        sourceConnection: `${pipeline.sourceConnection}-${suffix}`,
        sinkConnection: `${pipeline.sinkConnection}-${suffix}`
      }))
    }))
  )
  const changeInvoice: Scene["changeInvoice"] = (position, change) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      sandbox.commerce.update((shop) => ({
        ...shop,
        invoices: shop.invoices.map((invoice, index) =>
          index === position ? { ...change(invoice), updated_at: timestamp(Math.floor(now / 1000)) } : invoice
        )
      }))
    )
  const scene: Scene = { sandbox, pipelines, plan, run: runPlan(plan), pass, changeInvoice }
  return scene
})

const surroundings = contact.pipe(Layer.provideMerge(NodeServices.layer))

/** Opens a scene, plays in it, and closes it. */
export const inScene = <A, E, R>(
  given: { readonly documents: number; readonly seed?: number },
  play: (scene: Scene) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const { clock, pass } = yield* movable
    return yield* Effect.flatMap(openScene(given, pass), play).pipe(
      Effect.scoped,
      Effect.provide(surroundings),
      Effect.provideService(Clock.Clock, clock)
    )
  })
