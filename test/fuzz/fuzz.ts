/**
 * fuzz: gives a target many inputs, and says what must not have happened.
 */
import { Cause, Clock, Effect } from "effect"
import { makeDraw } from "../simulation/Draw.ts"
import { mutate } from "./mutate.ts"
import { isPolluted, type Target } from "./targets.ts"

/** Milliseconds of processor time that one input may take: how busy the machine is says nothing of the input. */
const slowMillis = 2_000

const processorMillis = Effect.sync(() => {
  const { system, user } = process.cpuUsage()
  return Math.round((user + system) / 1_000)
})

/** Stands in for a credential that somebody wrote into a file by mistake. */
const secret = "canary-7c1f-never-shown"

/** What came of a run; a finding names the input, which can be made again. */
export interface Fuzzed {
  readonly words: ReadonlyMap<string, number>
  readonly findings: ReadonlyArray<{ readonly input: number; readonly what: string; readonly text: string }>
  readonly slowestMillis: number
  readonly tookMillis: number
}

/** Input `number` of a run with this seed. */
export const inputOf = (target: Target, seed: number, number: number): string => {
  const draw = makeDraw(seed * 1_000_003 + number)
  const one = () => target.seeds[draw.between(0, target.seeds.length - 1)] ?? ""
  return mutate(one(), one(), draw)
}

/** Runs inputs `from` to `from + inputs - 1`. */
export const fuzz = Effect.fn("fuzz")(function* (
  target: Target,
  options: { readonly seed: number; readonly from: number; readonly inputs: number }
) {
  const words = new Map<string, number>()
  const findings: Array<Fuzzed["findings"][number]> = []
  const startedAt = yield* Clock.currentTimeMillis
  let slowestMillis = 0
  for (let input = options.from; input < options.from + options.inputs; input++) {
    const text = inputOf(target, options.seed, input)
    const find = (what: string) => void findings.push({ input, what, text })
    const before = yield* processorMillis
    const exit = yield* Effect.exit(Effect.suspend(() => target.take(text, secret)))
    const millis = (yield* processorMillis) - before
    slowestMillis = Math.max(slowestMillis, millis)
    if (millis > slowMillis) find(`took ${millis} ms of processor time`)
    if (exit._tag === "Failure") find(`a defect: ${Cause.pretty(exit.cause)}`)
    else {
      words.set(exit.value.word, (words.get(exit.value.word) ?? 0) + 1)
      if (exit.value.finding !== undefined) find(exit.value.finding)
      if (exit.value.shown.includes(secret)) find(`shows a secret: ${exit.value.shown.slice(0, 300)}`)
      if (exit.value.shown.length > 500_000) find(`says ${exit.value.shown.length} characters`)
    }
    if (isPolluted()) {
      find("changed the prototype of all objects")
      break
    }
    if (findings.length >= 20) break
  }
  const tookMillis = (yield* Clock.currentTimeMillis) - startedAt
  return { words, findings, slowestMillis, tookMillis } satisfies Fuzzed
})
