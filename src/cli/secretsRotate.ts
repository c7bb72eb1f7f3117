/**
 * secretsRotate: other keys over the same credentials, while everything runs on.
 */
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { DataKeys } from "../store/DataKeys.ts"
import { SecretVault } from "../store/SecretVault.ts"
import { actor, actorFlag } from "./actor.ts"
import { configuredVault } from "./configuredVault.ts"
import { SomethingLeft } from "./exitCode.ts"
import { flags } from "./flags.ts"
import { counted } from "./loadPlan.ts"

/** `ledgerline secrets rotate`. */
export const secretsRotate = Command.make(
  "rotate",
  {
    dataKey: Flag.Boolean("data-key").pipe(
      Flag.withDescription("make a new data key too, and encrypt every value anew under it"),
      Flag.withDefault(false)
    ),
    actor: actorFlag,
    format: flags.format
  },
  Effect.fn("secrets.rotate")(function* ({ actor: given, dataKey, format }) {
    const who = yield* actor(given)
    const rewrapped = yield* (yield* DataKeys).rewrap(who)
    const anew = dataKey ? yield* (yield* SecretVault).reencrypt(who) : undefined
    if (format === "json") {
      yield* Console.log(JSON.stringify({ ...rewrapped, ...(anew === undefined ? {} : { anew }) }, null, 2))
    } else {
      yield* Console.log(`${counted(rewrapped.dataKeys, "data key")} under master key ${rewrapped.masterKey}`)
      if (anew !== undefined) {
        yield* Console.log(`${counted(anew.secrets, "secret")} encrypted anew under data key ${anew.dataKey}`)
      }
    }
    if (anew !== undefined && anew.damaged.length > 0) {
      return yield* new SomethingLeft({
        message: `${anew.damaged.join(", ")} cannot be decrypted and stayed as it was: its row was changed, or moved from another name. Set it again: ledgerline secrets set ${anew.damaged[0] ?? ""}`
      })
    }
  }, Effect.provide(configuredVault))
).pipe(
  Command.withDescription(
    "Put the data keys under the master key that is set now; the one before is set as LEDGERLINE_MASTER_KEY_PREVIOUS"
  ),
  Command.withExamples([
    {
      command:
        "LEDGERLINE_MASTER_KEY_FILE=new.key LEDGERLINE_MASTER_KEY_PREVIOUS_FILE=old.key ledgerline secrets rotate",
      description: "With both set wherever ledgerline runs; afterwards the old one can go"
    },
    {
      command: "ledgerline secrets rotate --data-key",
      description: "Encrypt everything anew, for example after a backup was lost"
    }
  ])
)
