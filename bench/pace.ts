/**
 * pace: how much of an allowed pace is used, where the ledger allows few requests.
 *
 * `node bench/pace.ts [DOCUMENTS [REQUESTS_PER_MINUTE]]` lets a process drain a
 * backlog into a local IFS that refuses more than so many requests in any sixty
 * seconds. The steady part is what lies between the first and the last tenth of
 * the requests: reading the shop and the last few vouchers are not a matter of
 * pace. Prints a table and a line of JSON; fails below 95 % or at any 429.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Clock, Console, Effect, FileSystem, Schedule, Stream } from "effect"
import { ChildProcess } from "effect/process"
import { columns } from "../src/cli/columns.ts"
import { startSandbox } from "../src/sandbox/Sandbox.ts"
import { BenchFailed } from "./BenchFailed.ts"
import { freshDatabase } from "./endToEnd.ts"
import { figure } from "./figure.ts"
import { shippedPipelines } from "./shippedPipelines.ts"

const [documentsGiven = "500", allowedGiven = "1000"] = process.argv.slice(2)
const documents = Number(documentsGiven)
const allowed = Number(allowedGiven)
const leastPercent = 95

interface Sample {
  readonly atMillis: number
  readonly requests: number
  readonly vouchers: number
}

/** Requests that count against the limit; a token is not one of them. */
const counted = (requests: Readonly<Record<string, number>>) =>
  Object.entries(requests)
    .filter(([route]) => !route.endsWith(" token"))
    .reduce((all, [, count]) => all + count, 0)

const perMinute = (samples: ReadonlyArray<Sample>, of: "requests" | "vouchers") => {
  const [first] = samples
  const last = samples.at(-1)
  if (first === undefined || last === undefined || last.atMillis === first.atMillis) return 0
  return (60_000 * (last[of] - first[of])) / (last.atMillis - first.atMillis)
}

const drain = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-pace-" })
  const { connections, ifs } = yield* startSandbox({
    folder,
    seed: 1,
    documents,
    commercePort: 0,
    ifsPort: 0,
    ifsRequestsPerMinute: allowed,
    keepsBooks: false
  })
  const url = yield* freshDatabase(`ledgerline_pace_${process.pid}`)
  const samples: Array<Sample> = []
  const sample = Effect.gen(function* () {
    samples.push({
      atMillis: yield* Clock.currentTimeMillis,
      requests: counted((yield* ifs.statistics).requests),
      vouchers: (yield* ifs.books).vouchers.length
    })
  })
  yield* Effect.forkScoped(Effect.repeat(sample, Schedule.spaced("200 millis")))

  const main = `${import.meta.dirname}/../src/main.ts`
  const running = yield* ChildProcess.make(
    process.execPath,
    [main, "run", "--once", yield* shippedPipelines, "--connections", connections],
    { cwd: folder, env: { LEDGERLINE_DATABASE_URL: url }, extendEnv: true }
  )
  const said = yield* Stream.mkString(Stream.decodeText(running.all))
  const { throttled } = yield* ifs.statistics
  yield* sample

  const end = samples.at(-1) ?? { atMillis: 0, requests: 0, vouchers: 0 }
  const steady = samples.filter(
    ({ requests }) => requests >= end.requests / 10 && requests <= (9 * end.requests) / 10
  )
  return {
    said,
    figures: {
      documents,
      allowed,
      vouchers: end.vouchers,
      requests: end.requests,
      requestsPerVoucher: end.requests / end.vouchers,
      requestsPerMinute: perMinute(steady, "requests"),
      percentOfAllowed: (100 * perMinute(steady, "requests")) / allowed,
      vouchersPerMinute: perMinute(steady, "vouchers"),
      throttled
    }
  }
}).pipe(Effect.scoped)

/** Drains once and prints what it measured. */
export const pace = Effect.gen(function* () {
  yield* Console.error(`${documents} documents at ${allowed} requests a minute`)
  const { figures, said } = yield* drain
  yield* Console.log(
    columns(
      [],
      [
        ["documents", `${figures.documents}`],
        ["vouchers", `${figures.vouchers}`],
        ["requests a voucher", figure(figures.requestsPerVoucher)],
        ["requests a minute, steady", figure(figures.requestsPerMinute)],
        ["of the allowed pace", `${figure(figures.percentOfAllowed)} %`],
        ["vouchers a minute, steady", figure(figures.vouchersPerMinute)],
        ["refused with 429", `${figures.throttled}`]
      ],
      [1]
    )
  )
  yield* Console.log(`\n${JSON.stringify(figures)}`)
  if (figures.percentOfAllowed >= leastPercent && figures.throttled === 0) return
  return yield* new BenchFailed({
    message: `less than ${leastPercent} % of the allowed pace was used, or the ledger refused requests.\n${said}`
  })
})

NodeRuntime.runMain(
  pace.pipe(
    Effect.tapError((error) => Console.error(`${error.message}`)),
    Effect.provide(NodeServices.layer)
  ),
  { disableErrorReporting: true }
)
