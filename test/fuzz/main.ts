/**
 * main: fuzzing as a command.
 *
 * Prints for each target how many inputs were taken, what became of them and how
 * fast; each finding with the command that makes its input again.
 */
import { parseArgs } from "node:util"
import { NodeRuntime } from "@effect/platform-node"
import { Cause, Console, Effect, Schema } from "effect"
import { fuzz, inputOf } from "./fuzz.ts"
import { targets } from "./targets.ts"

const usage = `npm run fuzz -- [--target NAME] [--inputs N] [--seed S] [--input I]
  --target  ${[...targets().keys()].join(", ")} or all (default all)
  --inputs  inputs for each target (default 100000)
  --seed    which inputs (default 1); the same seed makes the same ones
  --input   prints one input of a target and takes only that`

class FuzzingFailed extends Schema.TaggedError<FuzzingFailed>()("FuzzingFailed", {
  message: Schema.String
}) {}

const Whole = Schema.FiniteFromString.check(Schema.isInt(), Schema.isGreaterThanOrEqualTo(0))
const Flags = Schema.Struct({
  target: Schema.String,
  inputs: Whole,
  seed: Whole,
  input: Schema.optionalKey(Whole),
  help: Schema.Boolean
})

const program = Effect.gen(function* () {
  const given = yield* Effect.try({
    try: () =>
      parseArgs({
        options: {
          target: { type: "string", default: "all" },
          inputs: { type: "string", default: "100000" },
          seed: { type: "string", default: "1" },
          input: { type: "string" },
          help: { type: "boolean", default: false }
        }
      }).values,
    catch: (cause) => new FuzzingFailed({ message: `${String(cause)}\n${usage}` })
  })
  const flags = yield* Schema.decodeUnknownEffect(Flags)({ ...given }).pipe(
    Effect.mapError(({ message }) => new FuzzingFailed({ message: `${message}\n${usage}` }))
  )
  if (flags.help) return yield* Console.log(usage)
  const chosen = [...targets()].filter(([name]) => flags.target === "all" || flags.target === name)
  if (chosen.length === 0) return yield* new FuzzingFailed({ message: usage })
  let found = 0
  for (const [name, target] of chosen) {
    if (flags.input !== undefined) yield* Console.log(inputOf(target, flags.seed, flags.input))
    const { findings, slowestMillis, tookMillis, words } = yield* fuzz(target, {
      seed: flags.seed,
      from: flags.input ?? 0,
      inputs: flags.input === undefined ? flags.inputs : 1
    })
    const taken = [...words.values()].reduce((sum, count) => sum + count, 0)
    const became = [...words].map(([word, count]) => `${count} ${word}`).join(", ")
    yield* Console.log(
      `${name}: ${taken} inputs (${became}), ${Math.round((taken * 1000) / Math.max(1, tookMillis))} a second, slowest ${slowestMillis} ms, ${findings.length} findings`
    )
    for (const { input, what } of findings) {
      yield* Console.log(
        `  ${what}\n  npm run fuzz -- --target ${name} --seed ${flags.seed} --input ${input}`
      )
    }
    found += findings.length
  }
  if (found > 0) return yield* new FuzzingFailed({ message: `${found} findings` })
})

program.pipe(
  Effect.tapCause((cause) => Console.error(Cause.pretty(cause))),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
