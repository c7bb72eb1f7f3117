/**
 * errors: the error queue, and what people do about it.
 */
import { Command } from "effect/cli"
import { errorsClose } from "./errorsClose.ts"
import { errorsList } from "./errorsList.ts"
import { errorsRetry } from "./errorsRetry.ts"
import { errorsShow } from "./errorsShow.ts"

/** `ledgerline errors`. */
export const errors = Command.make("errors").pipe(
  Command.withDescription("Documents that wait for a person"),
  Command.withSubcommands([
    errorsList,
    errorsShow,
    errorsRetry,
    errorsClose({
      name: "resolve",
      state: "resolved",
      description: "Say that a waiting document was dealt with by hand; it is not posted by ledgerline",
      example: 'ledgerline errors resolve 3 --reason "entered by hand as 2026000123"'
    }),
    errorsClose({
      name: "ignore",
      state: "ignored",
      description: "Say that a waiting document is not to be posted; a later change of it waits anew",
      example: 'ledgerline errors ignore 3 --reason "test order of the shop"'
    })
  ])
)
