/**
 * MasterKeys: the keys outside the database that open those within.
 *
 * One of LEDGERLINE_MASTER_KEY (32 bytes in base64), LEDGERLINE_MASTER_KEY_FILE
 * (a file with the same) and LEDGERLINE_MASTER_KEY_COMMAND (a program that wraps
 * and unwraps, in front of a key management service). While keys are changed the
 * one before stands under the same names with LEDGERLINE_MASTER_KEY_PREVIOUS.
 * They are read whenever they are needed and not kept.
 */
import { Config, Context, Effect, FileSystem, Layer, Option, Redacted } from "effect"
import { ChildProcessSpawner } from "effect/process"
import { commandMasterKey } from "./commandMasterKey.ts"
import { keyBytes, keyFrom, localMasterKey, type MasterKey, VaultClosed } from "./MasterKey.ts"

/** Reads master keys from the environment. */
export class MasterKeys extends Context.Service<
  MasterKeys,
  {
    /** Whether there is a master key at all. */
    readonly isConfigured: Effect.Effect<boolean>
    /** The key that wraps. */
    readonly current: Effect.Effect<MasterKey, VaultClosed>
    /** The key before it, while keys are changed. */
    readonly previous: Effect.Effect<Option.Option<MasterKey>, VaultClosed>
  }
>()("ledgerline/store/MasterKeys") {
  /** From the variables named above, by the current ConfigProvider. */
  static readonly layerNoDeps = Layer.effect(
    MasterKeys,
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
      const text = (variable: string) =>
        Effect.map(
          Effect.orElseSucceed(Config.option(Config.Redacted(variable)), () =>
            Option.none<Redacted.Redacted>()
          ),
          Option.filter((value) => Redacted.value(value) !== "")
        )

      const read = Effect.fn("MasterKeys.read")(function* (
        variable: string
      ): Effect.fn.Return<Option.Option<MasterKey>, VaultClosed> {
        const given = {
          key: yield* text(variable),
          file: yield* text(`${variable}_FILE`),
          command: yield* text(`${variable}_COMMAND`)
        }
        if ([given.key, given.file, given.command].filter(Option.isSome).length > 1) {
          return yield* new VaultClosed({
            message: `more than one of ${variable}, ${variable}_FILE and ${variable}_COMMAND is set. Leave the one that is meant.`
          })
        }
        const isKey = (base64: string, from: string) =>
          Option.match(keyFrom(base64), {
            onNone: () =>
              Effect.fail(
                new VaultClosed({
                  message: `${from} does not hold ${keyBytes} bytes in base64. Make a key with: openssl rand -base64 ${keyBytes}`
                })
              ),
            onSome: (key) => Effect.succeedSome(localMasterKey(key))
          })
        if (Option.isSome(given.key)) return yield* isKey(Redacted.value(given.key.value), variable)
        if (Option.isSome(given.file)) {
          const file = Redacted.value(given.file.value)
          const content = yield* files.readFileString(file).pipe(
            Effect.mapError(
              () =>
                new VaultClosed({
                  message: `the file ${file}, which ${variable}_FILE names, cannot be read. Check its path and rights.`
                })
            )
          )
          return yield* isKey(content, `the file ${file}, which ${variable}_FILE names,`)
        }
        return Option.map(given.command, (command) =>
          commandMasterKey({ command: Redacted.value(command), variable: `${variable}_COMMAND`, spawner })
        )
      })

      return MasterKeys.of({
        isConfigured: Effect.map(
          Effect.all(["", "_FILE", "_COMMAND"].map((form) => text(`LEDGERLINE_MASTER_KEY${form}`))),
          (forms) => forms.some(Option.isSome)
        ),
        current: Effect.flatMap(
          read("LEDGERLINE_MASTER_KEY"),
          Option.match({
            onNone: () =>
              Effect.fail(
                new VaultClosed({
                  message:
                    "secrets in the database need a master key, and none is set. Make one with `openssl rand -base64 32`, keep it apart from the database, and set LEDGERLINE_MASTER_KEY, LEDGERLINE_MASTER_KEY_FILE or LEDGERLINE_MASTER_KEY_COMMAND."
                })
              ),
            onSome: (key) => Effect.succeed(key)
          })
        ),
        previous: read("LEDGERLINE_MASTER_KEY_PREVIOUS")
      })
    })
  )
}
