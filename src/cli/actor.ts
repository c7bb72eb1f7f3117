/**
 * actor: who does it, for the audit log.
 */
import { Config, Effect, Option } from "effect"
import { Flag } from "effect/cli"

/** A name that takes the place of the user of the machine. */
export const actorFlag = Flag.String("actor").pipe(
  Flag.withDescription("who does it, for the audit log (default: the user of this machine)"),
  Flag.optional
)

/** The name given, else that of the machine's user, else `operator`. */
export const actor = (given: Option.Option<string>) =>
  Option.isSome(given)
    ? Effect.succeed(given.value)
    : Effect.orElseSucceed(Config.String("USER"), () => "operator")
