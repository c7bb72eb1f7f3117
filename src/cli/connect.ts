/**
 * connect: takes new credentials from a system that hands them to a callback of ours.
 *
 * Everything that could fail is tried before the person is asked to press the
 * button, because pressing it ends the old credentials. What is posted by others
 * is said and changes nothing.
 */
import { Console, Deferred, Effect, Option, Queue, Result } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { connectors } from "../connectors/registry.ts"
import type { Handshake } from "../pipeline/Handshake.ts"
import type { PlannedConnection } from "../plan/Plan.ts"
import { suggest } from "../pipeline/Shape.ts"
import { actor, actorFlag } from "./actor.ts"
import { configuredStore } from "./configuredStore.ts"
import { configuredVault } from "./configuredVault.ts"
import { contactOnStore } from "./contact.ts"
import { ConfigurationWrong, EnvironmentWrong } from "./exitCode.ts"
import { flags } from "./flags.ts"
import { loadPlan } from "./loadPlan.ts"
import { receiveCallback } from "./receiveCallback.ts"
import { checkReplaceable, replaceCredentials } from "./replaceCredentials.ts"

const listen = Flag.String("listen").pipe(
  Flag.withDescription("host and port the callback is listened on (default: 127.0.0.1:4030)"),
  Flag.withDefault("127.0.0.1:4030")
)

const callbackUrl = Flag.String("callback-url").pipe(
  Flag.withDescription(
    "address under which the system reaches what is listened on, where a proxy stands between (default: http:// and --listen)"
  ),
  Flag.optional
)

const wait = Flag.Int("wait-minutes").pipe(
  Flag.withDescription("how long to wait for somebody to press the button (default: 15)"),
  Flag.withDefault(15)
)

const placeOf = (
  text: string
): Effect.Effect<{ readonly host: string; readonly port: number }, ConfigurationWrong> => {
  const [, host, port] = /^(\[[0-9a-f:]+\]|[\w.-]+):(\d{1,5})$/iu.exec(text) ?? []
  return host === undefined || Number(port) > 65_535
    ? Effect.fail(
        new ConfigurationWrong({
          message: `--listen ${text} is no host and port. Write it as 127.0.0.1:4030, or 0.0.0.0:4030 for all networks.`
        })
      )
    : Effect.succeed({ host: host.replace(/^\[|\]$/gu, ""), port: Number(port) })
}

/** The handshake of the connection named, or why it has none. */
const handshakeOf = (
  connections: ReadonlyArray<PlannedConnection>,
  options: { readonly name: string; readonly type: string; readonly verb: string }
): Effect.Effect<Handshake, ConfigurationWrong> => {
  const { name, type, verb } = options
  const fitting = connections.filter((connection) => connection.type === type).map((one) => one.name)
  const found = connections.find((connection) => connection.name === name)
  const wrong = (message: string) => Effect.fail(new ConfigurationWrong({ message }))
  if (found === undefined || found.type !== type) {
    const meant = suggest(name, fitting)
    return wrong(
      `there is no connection ${name} that connect ${verb} could serve. ${fitting.length === 0 ? `None has the type ${type}.` : `There is: ${fitting.join(", ")}.`}${meant === undefined ? "" : `\ndid you mean: ${meant}`}`
    )
  }
  const { handshake } = found
  if (handshake === undefined) return wrong(`${name} has nothing to connect.`)
  return typeof handshake === "string" ? wrong(handshake) : Effect.succeed(handshake)
}

const connectTo = (options: { readonly type: string; readonly verb: string; readonly summary: string }) =>
  Command.make(
    options.verb,
    {
      connection: Argument.String("connection").pipe(
        Argument.withDescription("its name in connections.yaml")
      ),
      listen,
      callbackUrl,
      wait,
      pipelines: flags.pipelines,
      connections: flags.connections,
      actor: actorFlag
    },
    Effect.fn("connect")(function* (given) {
      const name = given.connection
      const plan = yield* loadPlan({
        paths: [given.pipelines],
        connections: Option.getOrUndefined(given.connections)
      })
      const handshake = yield* handshakeOf(plan.connections, { ...options, name })
      const place = yield* placeOf(given.listen)
      const who = yield* actor(given.actor)

      yield* Effect.gen(function* () {
        yield* checkReplaceable(name, { places: handshake.replaces, actor: who })
        const done = yield* Deferred.make<void>()
        const { port, posted } = yield* receiveCallback({ ...place, done, returnTo: handshake.returnTo })
        const address = Option.getOrElse(given.callbackUrl, () => `http://${place.host}:${port}/`)
        const steps = handshake.steps(address).map((step, index) => `${index + 1}. ${step}`)
        yield* Console.log(
          [...steps, `Waiting on ${place.host}:${port} for ${given.wait} minutes; Ctrl-C gives up.`].join(
            "\n"
          )
        )
        // Anybody can post here, so a failure is told and the waiting goes on.
        const received = Effect.gen(function* () {
          while (true) {
            const result = yield* Effect.result(
              Effect.scoped(Effect.flatMap(Queue.take(posted), handshake.exchange))
            )
            if (Result.isSuccess(result)) return result.success
            yield* Console.error(`${result.failure.message}\nNothing was replaced; still waiting.`)
          }
        })
        const credentials = yield* Effect.timeoutOption(received, `${given.wait} minutes`)
        if (Option.isNone(credentials)) {
          return yield* new EnvironmentWrong({
            message: `nothing usable was posted within ${given.wait} minutes. Check that the system reaches ${address}; if the button was pressed, the old credentials have ended.`
          })
        }
        yield* replaceCredentials({ connection: name, credentials: credentials.value, actor: who })
        yield* Deferred.succeed(done, undefined)
        yield* Console.log(
          `${name} is connected: ${credentials.value.map(({ field }) => field).join(", ")} were replaced. A running service takes them with its next request.`
        )
        // Lets a browser that waits be sent back before we stop listening.
        yield* Effect.sleep("2 seconds")
      }).pipe(Effect.scoped, Effect.provide([configuredStore, configuredVault, contactOnStore]))
    })
  ).pipe(
    Command.withDescription(options.summary),
    Command.withExamples([
      {
        command: `ledgerline connect ${options.verb} shop --listen 0.0.0.0:4030 --callback-url https://hooks.example.com/connect`,
        description: "Behind a proxy that ends TLS"
      }
    ])
  )

/** `ledgerline connect`, with a command for each connector that has a handshake. */
export const connect = Command.make("connect").pipe(
  Command.withDescription("Take new credentials from a system that hands them out itself"),
  Command.withSubcommands(
    connectors.flatMap(({ handshake, name }) =>
      handshake === undefined
        ? []
        : [connectTo({ type: name, verb: handshake.verb, summary: handshake.summary })]
    )
  )
)
