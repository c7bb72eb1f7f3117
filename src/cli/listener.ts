/**
 * listener: takes events in while the service runs.
 */
import { Config, Console, Duration, Effect, Option, Queue } from "effect"
import { listen } from "../console/listen.ts"
import { trustedProxies } from "../console/sourceOf.ts"
import { type Plan, pipelinesOf } from "../plan/Plan.ts"
import { WorkQueue } from "../store/WorkQueue.ts"
import { EnvironmentWrong } from "./exitCode.ts"

/** "8080", "0.0.0.0:8080" or "[::]:8080". */
const addressOf = (text: string) => {
  const [, bracketed, host, port = ""] =
    /^(?:\[([0-9A-Fa-f:]+)\]:|([A-Za-z0-9.-]+):)?(\d{1,5})$/u.exec(text) ?? []
  return port === "" || Number(port) > 65_535
    ? Option.none()
    : Option.some({ host: bracketed ?? host ?? "127.0.0.1", port: Number(port) })
}

const perSecond = (name: string, usual: number) =>
  Effect.map(Config.withDefault(Config.Int(name), usual), (given) => ({
    perSecond: Math.max(1, given),
    burst: 2 * Math.max(1, given)
  }))

/**
 * Has a pipeline's hints read once they have settled. What comes in meanwhile is
 * read with them; what comes later has it read once more.
 */
const askSoon = Effect.fn("listener.askSoon")(function* (plan: Plan) {
  const queue = yield* WorkQueue
  const signals = new Map<string, Queue.Queue<void>>()
  for (const { name, webhook } of pipelinesOf(plan)) {
    if (webhook === undefined) continue
    const signal = yield* Queue.sliding<void>(1)
    signals.set(name, signal)
    // A little after they are due, so that the last of them is due as well.
    const wait = Duration.sum(webhook.settle, Duration.millis(50))
    yield* Queue.take(signal).pipe(
      Effect.andThen(Effect.sleep(wait)),
      // The schedule of the engine asks again.
      Effect.andThen(Effect.ignore(queue.ask({ kind: "hints", name }))),
      Effect.forever,
      Effect.forkScoped
    )
  }
  return (pipelines: ReadonlySet<string>) =>
    Effect.forEach(
      [...pipelines].flatMap((name) => signals.get(name) ?? []),
      (signal) => Queue.offer(signal, undefined),
      { discard: true }
    )
})

/** Listens at `given`, if it is given, as long as the scope is open; says where, and gives the port. */
export const listener = Effect.fn("listener")(function* (plan: Plan, given: Option.Option<string>) {
  if (Option.isNone(given)) return 0
  const address = addressOf(given.value)
  if (Option.isNone(address)) {
    return yield* new EnvironmentWrong({
      message: `"${given.value}" is no address to listen at. Write a port, such as 8080, or host and port, such as 0.0.0.0:8080.`
    })
  }
  const proxies = trustedProxies(yield* Config.withDefault(Config.String("LEDGERLINE_TRUSTED_PROXIES"), ""))
  if (Option.isNone(proxies)) {
    return yield* new EnvironmentWrong({
      message:
        "LEDGERLINE_TRUSTED_PROXIES must be addresses or networks with commas between them, such as 10.0.0.0/8, 192.168.1.5."
    })
  }
  const { host, port } = address.value
  const listening = yield* listen(plan, {
    host,
    port,
    proxies: proxies.value,
    perSource: yield* perSecond("LEDGERLINE_EVENTS_PER_SECOND_PER_SOURCE", 1_000),
    perDoor: yield* perSecond("LEDGERLINE_EVENTS_PER_SECOND_PER_DOOR", 5_000),
    onHints: yield* askSoon(plan),
    onTrouble: (message) => Console.error(message)
  }).pipe(
    Effect.catchTag("ServeError", () =>
      Effect.fail(
        new EnvironmentWrong({
          message: `${host}:${port} cannot be listened at. Stop what uses the port, or give another with --listen.`
        })
      )
    )
  )
  const doors = plan.doors.map(({ path }) => path).join(", ")
  yield* Console.error(
    `taking events at http://${host}:${listening.port}: ${doors === "" ? "no connection has any; see `events` in connections.yaml" : doors}`
  )
  return listening.port
})
