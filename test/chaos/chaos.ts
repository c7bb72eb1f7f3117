/**
 * chaos: several engines on one PostgreSQL, whose life is made hard while they work.
 *
 * The shop and the ledger stand in this process and are asked at the end what
 * really happened; the engines are processes of their own, as `ledgerline run`
 * starts them, each with a cable to the database and one to the ledger.
 */
import { Clock, Effect, Option, Schedule } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { makeDraw } from "../../src/sandbox/commerce/Draw.ts"
import { changeOne } from "./changes.ts"
import { makeFaultSource } from "./faults.ts"
import type { Machine } from "./machine.ts"
import { addressOf, serverUrl } from "./server.ts"
import { openSurroundings } from "./surroundings.ts"
import { isClean, judge, type Verdict } from "./verdict.ts"

/**
 * What is done to the engines, mostly to the one that writes:
 * - `kill`: SIGKILL; it is started again a moment later;
 * - `sleep`: SIGSTOP, and SIGCONT once another has written;
 * - `terminate`: PostgreSQL ends every connection;
 * - `cut`: its cable to the database is cut for three seconds;
 * - `silence`: nothing passes its cable to the database for three seconds, and nobody is told;
 * - `ledger-cut`: its cable to the ledger is cut for two seconds;
 * - `restart`: PostgreSQL is stopped without waiting for anybody, and started ten seconds later.
 */
export type Incident = "kill" | "sleep" | "terminate" | "cut" | "silence" | "ledger-cut" | "restart"

/** A run. */
export interface ChaosOptions {
  readonly documents: number
  readonly processes: number
  readonly seed: number
  /** In the order in which they happen, spread evenly over the vouchers. */
  readonly incidents: ReadonlyArray<Incident>
  /** Is told what happens, as it happens. */
  readonly tell?: (text: string) => Effect.Effect<void>
}

/** What came of it. */
export interface ChaosReport {
  readonly verdict: Verdict
  readonly seconds: number
  readonly incidents: Readonly<Record<string, number>>
  /** Requests that went wrong on purpose, by kind. */
  readonly faults: Readonly<Record<string, number>>
  /** Invoices that were changed in the shop meanwhile. */
  readonly changes: number
  /** From the kill of the writer to the next voucher. */
  readonly takeoverSeconds: ReadonlyArray<number>
  /** Engines that ended although nobody killed them; they were started again. */
  readonly endedByThemselves: number
  /** Documents in the error queue: those with Danish tax, and others, which should be none. */
  readonly parked: ReadonlyArray<string>
  /** What the engines printed last. */
  readonly said: ReadonlyArray<string>
}

/** Longest time without a new voucher after which a run is given up. */
const patienceMillis = 150_000

const isSettled = (states: ReadonlyMap<string, number>) =>
  [...states.keys()].every((state) => state === "posted" || state === "superseded")

/** The cluster of this machine that listens where the databases are. */
const restartPostgres = Effect.gen(function* () {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const { port } = addressOf(yield* serverUrl, 5432)
  const clusters = yield* spawner.lines(ChildProcess.make("pg_lsclusters", ["--no-header"]))
  const [version = "", name = ""] =
    clusters.map((line) => line.split(/\s+/u)).find((columns) => columns[2] === `${port}`) ?? []
  const control = (...what: ReadonlyArray<string>) =>
    spawner.exitCode(ChildProcess.make("pg_ctlcluster", [version, name, ...what]))
  yield* control("stop", "-m", "immediate")
  yield* Effect.sleep("10 seconds")
  yield* control("start")
})

/** Runs it to the end, and says what the books say. */
export const chaos = Effect.fn("chaos")(function* (options: ChaosOptions) {
  const draw = makeDraw(options.seed)
  const { database, machines, sandbox, vouchers } = yield* openSurroundings(options)
  const startedAt = yield* Clock.currentTimeMillis
  const elapsed = Effect.map(Clock.currentTimeMillis, (now) => (now - startedAt) / 1000)
  const tell = (text: string) =>
    Effect.flatMap(
      Effect.all([elapsed, vouchers]),
      ([seconds, count]) =>
        options.tell?.(`${seconds.toFixed(1).padStart(6)} s  ${count} vouchers  ${text}`) ?? Effect.void
    )
  const [first] = machines
  if (first === undefined) return yield* Effect.die("there is no machine")

  /** Waits for so many vouchers; none if nothing has come for too long. */
  const wait = (count: number) =>
    Effect.gen(function* () {
      let last = { count: yield* vouchers, at: yield* Clock.currentTimeMillis }
      while (true) {
        const now = { count: yield* vouchers, at: yield* Clock.currentTimeMillis }
        if (now.count >= count) return Option.some(now.at)
        if (now.count > last.count) last = now
        if (now.at - last.at > patienceMillis) return Option.none<number>()
        yield* Effect.sleep(20)
      }
    })
  const writer = (): Machine =>
    machines
      .filter((machine) => machine.isRunning())
      .reduce((a, b) => (b.ledger.usedAtMillis() > a.ledger.usedAtMillis() ? b : a), first)

  const takeoverSeconds: Array<number> = []
  let kills = 0

  const takeover = Effect.fnUntraced(function* (since: number) {
    // What the old writer had sent is still carried out.
    yield* Effect.sleep(300)
    return Option.map(yield* wait((yield* vouchers) + 1), (at) => (at - since) / 1000)
  })
  const perform = Effect.fnUntraced(function* (incident: Incident) {
    const machine = writer()
    yield* tell(`${incident} ${incident === "terminate" || incident === "restart" ? "" : machine.name}`)
    const since = yield* Clock.currentTimeMillis
    switch (incident) {
      case "kill": {
        kills += 1
        yield* machine.send("SIGKILL")
        const seconds = yield* takeover(since)
        takeoverSeconds.push(...Option.toArray(seconds))
        return yield* tell(`${writer().name} goes on`)
      }
      case "sleep":
        yield* machine.send("SIGSTOP")
        yield* takeover(since)
        yield* tell(`${writer().name} goes on, ${machine.name} wakes up`)
        return yield* machine.send("SIGCONT")
      case "terminate":
        return yield* Effect.asVoid(database.terminateAll)
      case "cut":
        return yield* Effect.andThen(machine.database.cut, Effect.delay(machine.database.mend, "3 seconds"))
      case "silence":
        return yield* Effect.andThen(
          machine.database.silence,
          Effect.delay(machine.database.mend, "3 seconds")
        )
      case "ledger-cut":
        return yield* Effect.andThen(machine.ledger.cut, Effect.delay(machine.ledger.mend, "2 seconds"))
      case "restart":
        return yield* restartPostgres
    }
  })

  const faults = makeFaultSource(sandbox, draw)
  let changes = 0
  let faultedAt = 0
  const badDays = Effect.gen(function* () {
    const count = yield* vouchers
    // Where nothing is asked, faults would only pile up.
    if (count > faultedAt) yield* faults.one
    faultedAt = count
    if (draw.between(1, 4) === 1) {
      changes += 1
      yield* changeOne(sandbox, draw)
    }
  }).pipe(Effect.repeat(Schedule.spaced("400 millis")))
  const supervise = Effect.forEach(machines, ({ boot }) => boot).pipe(
    Effect.repeat(Schedule.spaced("1 second")),
    Effect.orDie
  )

  yield* tell(`${options.processes} engines start`)
  yield* Effect.forkScoped(supervise)
  const total = (yield* judge(sandbox)).documents
  yield* Effect.gen(function* () {
    for (const [index, incident] of options.incidents.entries()) {
      const due = Math.floor((total * (index + 0.5)) / (options.incidents.length + 0.5))
      if (Option.isNone(yield* wait(due))) return yield* tell("nothing moves any more")
      yield* perform(incident)
    }
    yield* wait(total)
  }).pipe(Effect.raceFirst(Effect.andThen(badDays, Effect.never)))
  const hit = yield* faults.end
  yield* Effect.forEach(machines, ({ database, ledger }) => Effect.all([database.mend, ledger.mend]))
  yield* tell("from here on nothing is in the way")

  let count = -1
  let quietSince = yield* Clock.currentTimeMillis
  while (true) {
    const now = yield* Clock.currentTimeMillis
    const isDone = isClean(yield* judge(sandbox)) && isSettled(yield* database.states)
    if (isDone || now - quietSince > patienceMillis) break
    if (count !== (yield* vouchers)) quietSince = now
    count = yield* vouchers
    yield* Effect.sleep("500 millis")
  }
  // Whatever would come late comes now.
  yield* Effect.sleep("7 seconds")

  const report: ChaosReport = {
    verdict: yield* judge(sandbox),
    seconds: yield* elapsed,
    incidents: Object.fromEntries(
      [...Map.groupBy(options.incidents, (incident) => incident)].map(([name, all]) => [name, all.length])
    ),
    faults: hit,
    changes,
    takeoverSeconds,
    endedByThemselves: machines.reduce((all, { pids }) => all + pids.length, 0) - machines.length - kills,
    parked: yield* database.problems,
    said: machines.flatMap(({ name, said }) => said.slice(-15).map((line) => `${name}: ${line}`))
  }
  return report
}, Effect.scoped)
