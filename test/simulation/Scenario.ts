/**
 * Scenario: what happens to a shop, a ledger and some machines, decided beforehand.
 */
import type { PostingPipeline } from "../../src/plan/Plan.ts"
import type { Draw } from "./Draw.ts"
import { type StrategyName, strategyNames } from "./SimulatedLedger.ts"
import { type Content, transactionMaximumMillis } from "./SimulatedShop.ts"
import { type Fault, faults, type Mix } from "./World.ts"

/** Something that people do, `at` milliseconds after the beginning. */
export type Happening = { readonly at: number } & (
  | {
      readonly _tag: "Write"
      readonly document: number
      /** The same as before when absent: only touched. */
      readonly content?: Content
      readonly takesMillis: number
    }
  | { readonly _tag: "ClosePeriod"; readonly forMillis: number }
  | { readonly _tag: "StopMachine" }
  | { readonly _tag: "CompleteMapping" }
)

/** How often a machine does what. */
export interface Pace {
  readonly readMillis: number
  readonly hintMillis: number
  readonly postMillis: number
  readonly retryMillis: number
}

export interface Scenario {
  readonly strategy: StrategyName
  readonly mix: Mix
  readonly happenings: ReadonlyArray<Happening>
  /** When faults end and everything must come to rest. */
  readonly calmAt: number
  readonly settings: Pick<PostingPipeline, "onChange" | "reversalStyle" | "closedPeriod">
  readonly machines: number
  readonly isQueued: boolean
  readonly concurrency: number
  readonly pageSize: number
  readonly pace: Pace
  /** Whether the shop reports what it writes. */
  readonly hasReports: boolean
  /** Payment methods without an account until the mapping is completed. */
  readonly unmapped: ReadonlyArray<string>
}

const minute = 60_000
const accounts = ["4000", "4010", "4020"] as const

/** The highest rate at which a fault strikes a call; where none is given, 0.15. */
const highest: Partial<Readonly<Record<Fault, number>>> = {
  killed: 0.004,
  asleep: 0.004,
  "clock set": 0.5,
  slow: 0.3,
  "database away": 0.02,
  "commit unknown": 0.03,
  "commit late": 0.03,
  "page stale": 0.3,
  "report lost": 0.5,
  "report twice": 0.5,
  "report late": 0.5,
  "moved meanwhile": 0.5
}

/** Half of the faults are possible in a history, each at its own rate. */
const drawMix = (draw: Draw): Mix =>
  Object.fromEntries(
    faults
      .filter(() => draw.chance(0.5))
      .map((fault) => [fault, draw.fraction() * (highest[fault] ?? 0.15)] as const)
  )

const drawContent = (draw: Draw): Content => ({
  grand: draw.chance(0.05) ? 0 : draw.between(1, 9),
  account: draw.pick(accounts),
  isCancelled: draw.chance(0.12)
})

const drawLife = (draw: Draw, document: number, activeMillis: number): ReadonlyArray<Happening> => {
  const takes = () =>
    draw.chance(0.15) ? draw.between(1_000, transactionMaximumMillis) : draw.between(1, 300)
  let at = draw.between(1, activeMillis)
  const life: Array<Happening> = [
    {
      _tag: "Write",
      at,
      document,
      content: { ...drawContent(draw), isCancelled: false },
      takesMillis: takes()
    }
  ]
  while (draw.chance(0.55)) {
    // Often within the same second, else any time later.
    const later = draw.chance(0.25) ? draw.between(1, 900) : draw.between(1_000, Math.ceil(activeMillis / 4))
    at = Math.min(at + later, activeMillis + 10 * minute)
    life.push({
      _tag: "Write",
      at,
      document,
      ...(draw.chance(0.2) ? {} : { content: drawContent(draw) }),
      takesMillis: takes()
    })
  }
  return life
}

/** A scenario of its own for each state of `draw`. */
export const drawScenario = (draw: Draw, given: StrategyName | undefined): Scenario => {
  const drawn = draw.pick(strategyNames)
  // A busy quarter of an hour, or a slow hour.
  const activeMillis = draw.pick([draw.between(3, 10), draw.between(20, 60)]) * minute
  const someTime = () => draw.between(1, activeMillis)
  const documents = Array.from({ length: draw.between(6, 14) }, (_, index) => index + 1)
  return {
    strategy: given ?? drawn,
    mix: drawMix(draw),
    settings: {
      onChange: draw.chance(0.7) ? "reverse-and-repost" : "delta",
      reversalStyle: draw.chance(0.5) ? "swap-sides" : "storno",
      closedPeriod: draw.chance(0.5) ? "hold" : "next-open"
    },
    machines: draw.between(1, 3),
    isQueued: draw.chance(0.5),
    hasReports: draw.chance(0.6),
    concurrency: draw.between(1, 4),
    pageSize: draw.between(2, 6),
    pace: {
      readMillis: draw.between(5, 60) * 1_000,
      hintMillis: draw.between(1, 10) * 1_000,
      postMillis: draw.between(2, 15) * 1_000,
      retryMillis: draw.between(5, 120) * 1_000
    },
    unmapped: draw.chance(0.5) ? ["4020"] : [],
    calmAt: activeMillis + 12 * minute,
    happenings: [
      ...documents.flatMap((document) => drawLife(draw, document, activeMillis)),
      { _tag: "CompleteMapping", at: someTime() },
      ...(draw.chance(0.4)
        ? [{ _tag: "ClosePeriod", at: someTime(), forMillis: draw.between(1, 20) * minute } as const]
        : []),
      ...(draw.chance(0.3) ? [{ _tag: "StopMachine", at: someTime() } as const] : [])
    ]
  }
}
