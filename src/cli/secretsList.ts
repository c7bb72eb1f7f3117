/**
 * secretsList: which credentials are stored, and who set them when; never what they are.
 */
import { Console, Effect } from "effect"
import { Command } from "effect/cli"
import { SecretVault } from "../store/SecretVault.ts"
import { columns } from "./columns.ts"
import { configuredVault } from "./configuredVault.ts"
import { flags } from "./flags.ts"

/** `ledgerline secrets list`. */
export const secretsList = Command.make(
  "list",
  { format: flags.format },
  Effect.fn("secrets.list")(function* ({ format }) {
    const secrets = yield* (yield* SecretVault).list
    yield* Console.log(
      format === "json"
        ? JSON.stringify({ secrets }, null, 2)
        : secrets.length === 0
          ? "no secrets are stored"
          : columns(
              ["name", "version", "data key", "set", "by"],
              secrets.map(({ dataKey, name, setAt, setBy, version }) => [
                name,
                `${version}`,
                dataKey,
                setAt,
                setBy
              ]),
              [1]
            )
    )
  }, Effect.provide(configuredVault))
).pipe(
  Command.withDescription("Names of the stored credentials, their key, who set them when; never a value"),
  Command.withExamples([{ command: "ledgerline secrets list --format json", description: "For a program" }])
)
