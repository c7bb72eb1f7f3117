/**
 * secrets: credentials in our database, encrypted.
 */
import { Command } from "effect/cli"
import { secretsList } from "./secretsList.ts"
import { secretsRemove } from "./secretsRemove.ts"
import { secretsRotate } from "./secretsRotate.ts"
import { secretsSet } from "./secretsSet.ts"

/** `ledgerline secrets`. */
export const secrets = Command.make("secrets").pipe(
  Command.withDescription("Credentials in the database, encrypted; connections.yaml names them"),
  Command.withSubcommands([secretsSet, secretsList, secretsRemove, secretsRotate])
)
