/**
 * secretsSet: stores a credential. Its value is never an argument, where the machine's other users would see it.
 */
import { Console, Effect, Option, Redacted, Schema, Stdio, Stream } from "effect"
import { Argument, Command, Prompt } from "effect/cli"
import { SecretName } from "../pipeline/Secrets.ts"
import { SecretVault } from "../store/SecretVault.ts"
import { actor, actorFlag } from "./actor.ts"
import { configuredVault } from "./configuredVault.ts"
import { ConfigurationWrong } from "./exitCode.ts"
import { flags } from "./flags.ts"

/** No credential is longer; a file given by mistake is. */
const valueMaximum = 65_536

/** The argument that names a secret. */
export const secretNameArgument = Argument.String("name").pipe(
  Argument.withDescription("connection/field, for example erp/clientSecret")
)

/** A name as connections.yaml may hold it, or what is wrong with it. */
export const secretNameOf = (given: string): Effect.Effect<string, ConfigurationWrong> =>
  Schema.decodeEffect(SecretName)(given).pipe(
    Effect.mapError(
      // What was given is not repeated: it may be the value, by mistake.
      () =>
        new ConfigurationWrong({
          message: `that is no name of a secret. Write connection/field, for example erp/clientSecret: letters, digits, dots, hyphens and underscores around one slash.`
        })
    )
  )

const readValue = Effect.fn("secrets.readValue")(function* (name: string) {
  const stdio = yield* Stdio.Stdio
  if (yield* stdio.stdinIsTerminal) return yield* Prompt.Hidden({ message: `value of ${name}` })
  const text = yield* stdio.stdin.pipe(
    Stream.decodeText(),
    Stream.scan(
      () => "",
      (all, part) => all + part
    ),
    Stream.takeUntil((all) => all.length > valueMaximum),
    Stream.runLast
  )
  return Redacted.make(Option.getOrElse(text, () => "").replace(/\r?\n$/u, ""))
})

/** `ledgerline secrets set`. */
export const secretsSet = Command.make(
  "set",
  { name: secretNameArgument, actor: actorFlag, format: flags.format },
  Effect.fn("secrets.set")(function* ({ actor: given, format, name: written }) {
    const name = yield* secretNameOf(written)
    const value = yield* readValue(name)
    const { length } = Redacted.value(value)
    if (length === 0 || length > valueMaximum) {
      return yield* new ConfigurationWrong({
        message:
          length === 0
            ? `no value was given for ${name}, and nothing was changed. Type it, or give it on standard input: ledgerline secrets set ${name} < file`
            : `the value given for ${name} is longer than ${valueMaximum} characters, and nothing was changed. Check what stands on standard input.`
      })
    }
    // Only now: who types a value must not hold the database meanwhile.
    const entry = yield* Effect.gen(function* () {
      return yield* (yield* SecretVault).set(name, value, yield* actor(given))
    }).pipe(Effect.provide(configuredVault))
    yield* Console.log(
      format === "json"
        ? JSON.stringify(entry, null, 2)
        : `${name}  set (version ${entry.version}); in connections.yaml: { secret: ${name} }`
    )
  })
).pipe(
  Command.withDescription("Store a credential; its value comes from standard input, or is asked for unseen"),
  Command.withExamples([
    { command: "ledgerline secrets set erp/clientSecret", description: "Asks for the value" },
    {
      command: "vault read -field=value ifs | ledgerline secrets set erp/clientSecret",
      description: "From another program; a final line break is left out"
    }
  ])
)
