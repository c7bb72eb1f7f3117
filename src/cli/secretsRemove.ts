/**
 * secretsRemove: takes a credential out of the database.
 */
import { Console, Effect } from "effect"
import { Command } from "effect/cli"
import { SecretVault } from "../store/SecretVault.ts"
import { actor, actorFlag } from "./actor.ts"
import { configuredVault } from "./configuredVault.ts"
import { ConfigurationWrong } from "./exitCode.ts"
import { flags } from "./flags.ts"
import { secretNameArgument, secretNameOf } from "./secretsSet.ts"

/** `ledgerline secrets remove`. */
export const secretsRemove = Command.make(
  "remove",
  { name: secretNameArgument, actor: actorFlag, format: flags.format },
  Effect.fn("secrets.remove")(function* ({ actor: given, format, name: written }) {
    const name = yield* secretNameOf(written)
    if (!(yield* (yield* SecretVault).remove(name, yield* actor(given)))) {
      return yield* new ConfigurationWrong({
        message: `there is no secret ${name}; see: ledgerline secrets list`
      })
    }
    yield* Console.log(
      format === "json" ? JSON.stringify({ name, removed: true }, null, 2) : `${name}  removed`
    )
  }, Effect.provide(configuredVault))
).pipe(
  Command.withDescription("Remove a stored credential, and the access tokens that were got with it"),
  Command.withExamples([
    { command: "ledgerline secrets remove erp/clientSecret", description: "Kept in the audit log" }
  ])
)
