/**
 * firstLoad: customers of a shop that IFS does not have yet, one at a time and a few at a time, by turns.
 *
 * `node bench/firstLoad.ts [CUSTOMERS [MILLIS]]` lets both local systems take so
 * many milliseconds for each answer, as systems elsewhere do, creates so many
 * customers in IFS each way, on PostgreSQL, and prints customers a minute and
 * their ratio. Fails where a few at a time are not faster.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, FileSystem, Path, Redacted } from "effect"
import { contact } from "../src/cli/contact.ts"
import { loadPlan } from "../src/cli/loadPlan.ts"
import { pairsOf } from "../src/engine/customers/CustomerPair.ts"
import { syncPair } from "../src/engine/customers/syncPair.ts"
import { intake } from "../src/engine/intake.ts"
import { freshPaces } from "../src/engine/runOnce.ts"
import { Paces } from "../src/http/RateLimit.ts"
import { customerType } from "../src/sandbox/ifs/CustomerRegister.ts"
import { startSandbox } from "../src/sandbox/Sandbox.ts"
import { serverDatabase } from "../src/store/Database.ts"
import { storeLayerNoDeps } from "../src/store/Store.ts"
import { BenchFailed } from "./BenchFailed.ts"
import { freshDatabase } from "./endToEnd.ts"
import { figure } from "./figure.ts"
import { timed } from "./Measurement.ts"
import { shippedPipelines } from "./shippedPipelines.ts"

const [customersGiven = "200", millisGiven = "30"] = process.argv.slice(2)
const customers = Number(customersGiven)
const delayMillis = Number(millisGiven)
const atOnce = 4
const rounds = 2

let loads = 0

/** Seconds for all of them; the shop is read before. */
const load = Effect.fnUntraced(function* (customersAtOnce: number) {
  loads += 1
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-first-load-" })
  const { commerce, connections, ifs } = yield* startSandbox({
    folder,
    seed: 1,
    documents: 1,
    commercePort: 0,
    ifsPort: 0,
    ifsRequestsPerMinute: 0,
    keepsBooks: false
  })
  yield* commerce.update((shop) => ({
    ...shop,
    // People only: those of one company are one customer to IFS.
    customers: Array.from({ length: customers }, (_, index) => ({
      ...shop.customers[index % 7],
      id: index + 1,
      email: `customer${index + 1}@example.com`,
      lastname: `Sommer ${index + 1}`,
      taxvat: `DE${100_000_000 + index}`
    }))
  }))
  const plan = yield* loadPlan({
    paths: [path.join(yield* shippedPipelines, "customers", "shop-to-erp.yaml")],
    connections
  })
  const url = yield* freshDatabase(`ledgerline_first_load_${process.pid}_${loads}`)
  const before = ifs.customers.rows(customerType).length
  const seconds = yield* Effect.gen(function* () {
    yield* Effect.forEach(plan.customers, (pipeline) => intake(pipeline, "bench"))
    const slow = { match: "/", kind: "delay", delayMillis } as const
    if (delayMillis > 0) yield* Effect.all([ifs.faults.add(slow), commerce.faults.add(slow)])
    const passes = Effect.forEach(pairsOf(plan), (pair) => syncPair(pair, "bench", customersAtOnce))
    return (yield* timed(passes)).seconds
  }).pipe(
    Effect.provideServiceEffect(Paces, freshPaces),
    Effect.provide(storeLayerNoDeps),
    Effect.provide([serverDatabase(Redacted.make(url)), contact])
  )
  const created = ifs.customers.rows(customerType).length - before
  if (created === customers) return seconds
  return yield* new BenchFailed({ message: `${created} of ${customers} customers were created.` })
}, Effect.scoped)

/** Loads by turns and prints what it measured. */
export const firstLoad = Effect.gen(function* () {
  let one = 0
  let few = 0
  for (let round = 0; round < rounds; round++) {
    one += yield* load(1)
    few += yield* load(atOnce)
  }
  const perMinute = (seconds: number) => (60 * rounds * customers) / seconds
  const figures = {
    customers,
    delayMillis,
    atOnce,
    perMinuteOne: perMinute(one),
    perMinuteFew: perMinute(few),
    ratio: one / few
  }
  yield* Console.log(
    `one at a time ${figure(figures.perMinuteOne)} customers a minute, ${atOnce} at a time ${figure(figures.perMinuteFew)}: ${figure(figures.ratio)} times as many\n${JSON.stringify(figures)}`
  )
  if (figures.ratio <= 1) {
    return yield* new BenchFailed({ message: `${atOnce} at a time are not faster than one.` })
  }
})

NodeRuntime.runMain(
  firstLoad.pipe(
    Effect.tapError((error) => Console.error(String(error.message))),
    Effect.provide(NodeServices.layer)
  ),
  { disableErrorReporting: true }
)
