/**
 * crashPoints: one document's life, with a kill at every await of it.
 *
 * Nothing else goes wrong, so that every await is met, and every pair of them.
 */
import { makeDraw } from "./Draw.ts"
import { type History, playScenario } from "./playHistory.ts"
import type { Scenario } from "./Scenario.ts"
import type { StrategyName } from "./SimulatedLedger.ts"

const second = 1_000
const content = { account: "4000", isCancelled: false }

/** Created, changed, changed twice within a second, cancelled; read and posted in between. */
const life = (strategy: StrategyName): Scenario => ({
  strategy,
  mix: {},
  happenings: [
    { _tag: "Write", at: second, document: 1, content: { ...content, grand: 1 }, takesMillis: 10 },
    { _tag: "Write", at: 100 * second, document: 1, content: { ...content, grand: 2 }, takesMillis: 10 },
    { _tag: "Write", at: 200 * second, document: 1, content: { ...content, grand: 3 }, takesMillis: 10 },
    {
      _tag: "Write",
      at: 200 * second + 300,
      document: 1,
      content: { ...content, grand: 4 },
      takesMillis: 10
    },
    {
      _tag: "Write",
      at: 300 * second,
      document: 1,
      content: { ...content, grand: 4, isCancelled: true },
      takesMillis: 10
    }
  ],
  calmAt: 500 * second,
  settings: { onChange: "reverse-and-repost", reversalStyle: "swap-sides", closedPeriod: "hold" },
  machines: 1,
  isQueued: true,
  concurrency: 1,
  pageSize: 10,
  pace: {
    readMillis: 40 * second,
    hintMillis: 5 * second,
    postMillis: 30 * second,
    retryMillis: 200 * second
  },
  unmapped: [],
  hasReports: false
})

const play = (strategy: StrategyName, crashAt: ReadonlySet<number>) =>
  playScenario(life(strategy), makeDraw(1), { crashAt })

/** A history, and the awaits at which its machine was killed. */
export interface Crashed {
  readonly at: ReadonlyArray<number>
  readonly history: History
}

/** How many awaits after the first kill the second one of a pair may come. */
const reach = 120

/** Every await alone, or every so manieth; with `stride` also a second one after it, in such steps. */
export function* crashPoints(
  strategy: StrategyName,
  { everyManieth = 1, stride }: { readonly everyManieth?: number; readonly stride?: number | undefined } = {}
): Generator<Crashed> {
  const { awaits } = play(strategy, new Set())
  for (let first = 1; first <= awaits; first += everyManieth) {
    const single = play(strategy, new Set([first]))
    yield { at: [first], history: single }
    if (stride === undefined) continue
    for (let second = first + 1; second <= Math.min(first + reach, single.awaits); second += stride) {
      yield { at: [first, second], history: play(strategy, new Set([first, second])) }
    }
  }
}

/** The same history again, with its log. */
export const replayCrash = (
  strategy: StrategyName,
  at: ReadonlyArray<number>,
  onLine: (line: string) => void
): History => playScenario(life(strategy), makeDraw(1), { crashAt: new Set(at), onLine })
