/**
 * exitCode: what the shell is told, decided in one place.
 *
 * 0 done · 1 a bug · 2 the configuration or the command line is wrong · 3 the
 * environment is (unreachable, unauthorised, database) · 4 done, but something
 * is parked or differs.
 */
import { Cause, Exit, Predicate, Schema } from "effect"

/** The files are wrong; what is wrong has been printed already. */
export class ConfigurationWrong extends Schema.TaggedError<ConfigurationWrong>()("ConfigurationWrong", {
  message: Schema.String
}) {}

/** The command did its work, and something is left for a person. */
export class SomethingLeft extends Schema.TaggedError<SomethingLeft>()("SomethingLeft", {
  message: Schema.String
}) {}

/** The surroundings are not as they must be. */
export class EnvironmentWrong extends Schema.TaggedError<EnvironmentWrong>()("EnvironmentWrong", {
  message: Schema.String
}) {}

const codes: Readonly<Record<string, number>> = {
  ConfigurationWrong: 2,
  ConnectionMoved: 2,
  NoPeriod: 2,
  NobodyToForget: 2,
  // A mistake on the command line, or a request for help, which carries no errors.
  ShowHelp: 2,
  AllowedHostsWrong: 3,
  BackfillHeld: 3,
  ConfigError: 3,
  ConnectorError: 3,
  EnvironmentWrong: 3,
  FolderLocked: 3,
  PlatformError: 3,
  SecretMissing: 3,
  StoreError: 3,
  VaultClosed: 3,
  SomethingLeft: 4,
  // A person left a question unanswered.
  QuitError: 2
}

/** The exit code of a finished program. A failure that is not in the table is a bug. */
export const exitCode = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit)) return 0
  if (Cause.hasInterruptsOnly(exit.cause)) return 0
  const failure = exit.cause.reasons.find(Cause.isFailReason)
  if (failure === undefined || !Predicate.hasProperty(failure.error, "_tag")) return 1
  const { error } = failure
  if (Predicate.hasProperty(error, "errors") && Array.isArray(error.errors) && error.errors.length === 0)
    return 0
  return codes[String(error._tag)] ?? 1
}
