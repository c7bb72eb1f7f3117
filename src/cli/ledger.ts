/**
 * ledger: what a person says about a ledger connection.
 */
import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { LedgerGate } from "../store/LedgerGate.ts"
import { actor, actorFlag } from "./actor.ts"
import { configuredStore } from "./configuredStore.ts"
import { ConfigurationWrong } from "./exitCode.ts"

const accept = Command.make(
  "accept",
  {
    connection: Argument.String("connection").pipe(
      Argument.withDescription("name of the ledger connection, as in connections.yaml")
    ),
    reason: Flag.String("reason").pipe(Flag.withDescription("why; kept in the audit log")),
    actor: actorFlag
  },
  Effect.fn("ledger.accept")(function* ({ actor: given, connection, reason }) {
    if (reason.trim() === "") {
      return yield* new ConfigurationWrong({
        message: "--reason is empty. An auditor will ask; write a sentence."
      })
    }
    const gates = yield* LedgerGate
    const gate = Option.isSome(yield* gates.standing(connection)) ? yield* gates.look(connection) : undefined
    if (gate?.state !== "copied") {
      return yield* new ConfigurationWrong({
        message:
          gate === undefined
            ? `this database has never posted to ${connection}. See the names in: ledgerline status`
            : `there is nothing to accept: this database is the one that posts to ${connection}.`
      })
    }
    yield* gates.accept(connection, { actor: yield* actor(given), reason })
    yield* Console.log(
      `${connection}  accepted: the next run compares the ledger with this database, and then posts`
    )
  }, Effect.provide(configuredStore))
).pipe(
  Command.withDescription(
    "Say that this database, restored or moved, takes the place of the one that posted; that one must never run again"
  ),
  Command.withExamples([
    {
      command: 'ledgerline ledger accept erp --reason "server moved, the old one is gone"',
      description: "The reason is kept in the audit log"
    }
  ])
)

/** `ledgerline ledger`. */
export const ledger = Command.make("ledger").pipe(
  Command.withDescription("Which database may post to a ledger"),
  Command.withSubcommands([accept])
)
