/**
 * connection: what a person says about a connection.
 */
import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { ConnectionAddresses } from "../store/ConnectionAddresses.ts"
import { actor, actorFlag } from "./actor.ts"
import { configuredStore } from "./configuredStore.ts"
import { ConfigurationWrong } from "./exitCode.ts"
import { flags } from "./flags.ts"
import { loadPlan } from "./loadPlan.ts"

const moved = Command.make(
  "moved",
  {
    connection: Argument.String("connection").pipe(
      Argument.withDescription("name of the connection, as in connections.yaml")
    ),
    reason: Flag.String("reason").pipe(Flag.withDescription("why; kept in the audit log")),
    pipelines: flags.pipelines,
    connections: flags.connections,
    actor: actorFlag
  },
  Effect.fn("connection.moved")(function* ({ actor: given, connection, connections, pipelines, reason }) {
    if (reason.trim() === "") {
      return yield* new ConfigurationWrong({
        message: "--reason is empty. An auditor will ask; write a sentence."
      })
    }
    const plan = yield* loadPlan({ paths: [pipelines], connections: Option.getOrUndefined(connections) })
    const now = plan.connections.find(({ name }) => name === connection)?.address
    const addresses = yield* ConnectionAddresses
    const before = yield* addresses.of(connection)
    if (now === undefined || Option.isNone(before)) {
      return yield* new ConfigurationWrong({
        message:
          now === undefined
            ? `there is no connection ${connection}. There is: ${plan.connections.map(({ name }) => name).join(", ")}.`
            : `${connection} was never used with this database, so it cannot have moved.`
      })
    }
    if (now === before.value) {
      return yield* new ConfigurationWrong({ message: `${connection} has not moved: it leads to ${now}.` })
    }
    yield* addresses.move(
      { connection, address: now },
      { actor: yield* actor(given), reason, before: before.value }
    )
    yield* Console.log(`${connection}  ${before.value} is now ${now}`)
  }, Effect.provide(configuredStore))
).pipe(
  Command.withDescription("Say that a system has moved to another address and is still the same one"),
  Command.withExamples([
    {
      command: 'ledgerline connection moved shop --reason "new domain since 1 December"',
      description: "The reason is kept in the audit log"
    }
  ])
)

/** `ledgerline connection`. */
export const connection = Command.make("connection").pipe(
  Command.withDescription("Which system a connection leads to"),
  Command.withSubcommands([moved])
)
