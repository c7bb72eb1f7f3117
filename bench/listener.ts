/**
 * listener: how many signed events a second are stored and acknowledged, and whether kill -9 loses one.
 *
 * `npm run bench:listener`. Listener, load and PostgreSQL share the machine, over
 * the loopback. First as many as it takes, then half of that evenly, for the
 * times of answers; last the listener is killed under load, and what it had
 * acknowledged is looked for in the database.
 */
import { execFile, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { availableParallelism, loadavg } from "node:os"
import { createInterface } from "node:readline"
import { promisify } from "node:util"
import { PgClient } from "@effect/sql-pg"
import { NodeRuntime } from "@effect/platform-node"
import { Config, Console, Effect, Redacted, Schedule, Schema } from "effect"
import { SqlClient } from "effect/sql"

const seconds = 8
const connections = 64
const secret = randomUUID()

const Figures = Schema.fromJsonString(
  Schema.Struct({
    acknowledged: Schema.Int,
    failed: Schema.Int,
    perSecond: Schema.Int,
    p50: Schema.Finite,
    p99: Schema.Finite,
    longest: Schema.Finite,
    ids: Schema.optionalKey(Schema.Array(Schema.Int))
  })
)

const file = (name: string) => new URL(name, import.meta.url).pathname

const startServer = (url: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const child = spawn(process.execPath, [file("listenerServer.ts")], {
        env: { ...process.env, BENCH_SECRET: secret, BENCH_DATABASE_URL: url },
        stdio: ["ignore", "pipe", "inherit"]
      })
      const [port]: ReadonlyArray<unknown> = await once(createInterface({ input: child.stdout }), "line")
      return { child, port: String(port) }
    }),
    ({ child }) => Effect.sync(() => void child.kill("SIGKILL"))
  )

const load = (
  port: string,
  given: { readonly seconds: number; readonly rate: number; readonly prefix: string; readonly ids?: true }
) =>
  Effect.promise(() =>
    promisify(execFile)(
      process.execPath,
      [
        file("listenerLoad.ts"),
        port,
        `${given.seconds}`,
        `${connections}`,
        `${given.rate}`,
        given.prefix,
        given.ids === true ? "ids" : ""
      ],
      { env: { ...process.env, BENCH_SECRET: secret }, maxBuffer: 64 * 1024 * 1024 }
    )
  ).pipe(Effect.flatMap(({ stdout }) => Schema.decodeEffect(Figures)(stdout)))

/** Processor time of a process in milliseconds, as Linux counts it: in hundredths of a second. */
const processorMillis = (pid: number | undefined) =>
  Effect.promise(() => readFile(`/proc/${pid ?? 0}/stat`, "utf8")).pipe(
    Effect.map((text) => {
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
      return (Number(fields[11]) + Number(fields[12])) * 10
    })
  )

const clientOf = (url: string) => PgClient.layer({ url: Redacted.make(url), maxConnections: 1 })

const program = Effect.gen(function* () {
  const server = yield* Config.withDefault(
    Config.String("LEDGERLINE_TEST_DATABASE_URL"),
    "postgres://postgres@127.0.0.1:5432/postgres"
  )
  const name = `ledgerline_bench_${randomUUID().replaceAll("-", "")}`
  const administer = (statement: string) =>
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement)).pipe(Effect.provide(clientOf(server)))
  yield* Effect.acquireRelease(administer(`CREATE DATABASE ${name}`), () =>
    Effect.orDie(administer(`DROP DATABASE ${name} WITH (FORCE)`))
  )
  const own = new URL(server)
  own.pathname = `/${name}`
  const machine = () =>
    `load average ${loadavg()[0]?.toFixed(1) ?? ""} on ${availableParallelism()} processors`

  const storedOf = (prefix: string) =>
    Effect.flatMap(
      SqlClient.SqlClient,
      (sql) => sql<{ readonly id: string }>`
        SELECT event_id AS id FROM hint_event WHERE event_id LIKE ${`${prefix}-%`}`
    ).pipe(Effect.provide(clientOf(own.href)))

  const first = yield* startServer(own.href)
  yield* load(first.port, { seconds: 2, rate: 0, prefix: "warm" })
  const before = yield* processorMillis(first.child.pid)
  const most = yield* load(first.port, { seconds, rate: 0, prefix: "most" })
  const spent = (yield* processorMillis(first.child.pid)) - before
  yield* Console.log(
    `acknowledged, as many as it takes: ${most.perSecond}/s, p50 ${most.p50} ms, p99 ${most.p99} ms, failed ${most.failed}; ${(spent / most.acknowledged).toFixed(2)} ms of processor time of the listener each; ${machine()}`
  )
  for (const rate of [1_000, Math.floor(most.perSecond / 2)]) {
    const half = yield* load(first.port, { seconds, rate, prefix: `rate-${rate}` })
    yield* Console.log(
      `evenly ${rate}/s: ${half.perSecond}/s, p50 ${half.p50} ms, p99 ${half.p99} ms, longest ${half.longest} ms, failed ${half.failed}; ${machine()}`
    )
  }

  const second = yield* startServer(own.href)
  const killed = yield* Effect.all(
    [
      load(second.port, { seconds: 6, rate: 0, prefix: "killed", ids: true }),
      // Killed in the middle of it: once some hundreds are stored.
      storedOf("killed").pipe(
        Effect.repeat({ until: ({ length }) => length > 300, schedule: Schedule.spaced("20 millis") }),
        Effect.andThen(Effect.sync(() => void second.child.kill("SIGKILL")))
      )
    ],
    { concurrency: 2 }
  ).pipe(Effect.map(([figures]) => figures))
  const stored = yield* storedOf("killed")
  const kept = new Set(stored.map(({ id }) => id))
  const lost = (killed.ids ?? []).filter((id) => !kept.has(`killed-${id}`)).length
  yield* Console.log(
    `kill -9 under load: ${killed.acknowledged} acknowledged, ${kept.size} stored, ${lost} of the acknowledged lost`
  )
  if (lost > 0 || killed.acknowledged === 0) return yield* Effect.die("acknowledged events were lost")
})

program.pipe(Effect.scoped, NodeRuntime.runMain)
