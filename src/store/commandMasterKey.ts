/**
 * commandMasterKey: a master key that a program keeps, in front of a key management service.
 *
 * The program is started without a shell, with the words of the command and
 * then `wrap` or `unwrap`; it reads base64 from standard input and answers with
 * base64 on standard output. What it says on standard error is nobody's, for a
 * program that traces itself would print the key there.
 */
import type { KeyObject } from "node:crypto"
import { Duration, Effect, Option, Stream } from "effect"
import { ChildProcess, type ChildProcessSpawner } from "effect/process"
import { keyFrom, type MasterKey, VaultClosed } from "./MasterKey.ts"

/** A key management service that is asked over the network answers within a second; this is for its worst day. */
const patience = Duration.seconds(20)
/** A wrapped key is a few hundred bytes, whoever wrapped it. */
const answerMaximum = 8192

const isBase64 = (text: string) => /^[A-Za-z\d+/]+={0,2}$/u.test(text)

/** The master key behind `command`, words parted by blanks. `variable` is where it was given, for messages. */
export const commandMasterKey = (options: {
  readonly command: string
  readonly variable: string
  readonly spawner: ChildProcessSpawner.ChildProcessSpawner["Service"]
}): MasterKey => {
  const [program = "", ...words] = options.command.trim().split(/\s+/u)
  const failed = (verb: string, what: string) =>
    new VaultClosed({
      message: `the command ${program} of ${options.variable} ${what} when it was asked to ${verb} a key. Try it by hand: it is started as \`${options.command.trim()} ${verb}\`, reads base64 and answers base64.`
    })

  const ask = Effect.fnUntraced(function* (verb: "wrap" | "unwrap", input: string) {
    const { answer, code } = yield* Effect.gen(function* () {
      const running = yield* options.spawner.spawn(
        ChildProcess.make(program, [...words, verb], {
          stdin: Stream.encodeText(Stream.make(`${input}\n`)),
          stderr: "ignore",
          forceKillAfter: "1 second"
        })
      )
      const answer = yield* running.stdout.pipe(
        Stream.decodeText(),
        Stream.scan(
          () => "",
          (all, part) => all + part
        ),
        Stream.takeUntil((all) => all.length > answerMaximum),
        Stream.runLast
      )
      return { answer: Option.getOrElse(answer, () => "").trim(), code: yield* running.exitCode }
    }).pipe(
      Effect.scoped,
      Effect.mapError(() => failed(verb, "could not be run")),
      Effect.timeoutOrElse({
        duration: patience,
        orElse: () => Effect.fail(failed(verb, `did not answer within ${Duration.format(patience)}`))
      })
    )
    if (code !== 0) return yield* failed(verb, `ended with exit code ${code}`)
    if (answer.length > answerMaximum || !isBase64(answer)) {
      return yield* failed(verb, "answered something that is not base64")
    }
    return answer
  })

  return {
    id: "command",
    wrap: Effect.fnUntraced(function* (_dataKeyId, key: KeyObject) {
      const plain = key.export().toString("base64")
      const wrapped = yield* ask("wrap", plain)
      // A program that hands its input on would put the key into the database in clear.
      if (wrapped.includes(plain)) return yield* failed("wrap", "gave the key back as it was")
      return wrapped
    }),
    unwrap: Effect.fnUntraced(function* (_dataKeyId, wrapped) {
      const key = keyFrom(yield* ask("unwrap", wrapped))
      if (Option.isSome(key)) return key.value
      return yield* failed("unwrap", "answered something that is not a key of ours")
    })
  }
}
