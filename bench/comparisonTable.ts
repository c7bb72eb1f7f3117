/**
 * report: comparisons as people and as machines read them.
 */
import { columns } from "../src/cli/render.ts"
import { type Comparison, median, ratio, verdict } from "./Comparison.ts"
import type { Run } from "./endToEnd.ts"

const figure = (value: number): string =>
  value.toLocaleString("en", { maximumSignificantDigits: value >= 100 ? 4 : 3 })

const spread = (values: ReadonlyArray<number>): string =>
  values.length < 2 ? "" : `${figure(Math.min(...values))}–${figure(Math.max(...values))}`

/** Medians, the range of the rounds, and the ratio; a ratio that is worse than the baseline's says lost. */
export const comparisonTable = (comparisons: ReadonlyArray<Comparison>): string =>
  columns(
    ["", "", "Ledgerline", "range", "baseline", "range", "ratio", ""],
    comparisons.map((comparison) => [
      comparison.what,
      comparison.unit,
      figure(median(comparison.ledgerline)),
      spread(comparison.ledgerline),
      figure(median(comparison.baseline)),
      spread(comparison.baseline),
      ratio(comparison).toFixed(2),
      verdict(comparison)
    ]),
    [2, 3, 4, 5, 6]
  )

/** Heap after a collection at each quarter of the work, and the most the process ever held. */
export const memoryTable = (runs: Readonly<Record<"ledgerline" | "baseline", Run>>): string => {
  const percents = [0, 25, 50, 75, 100]
  return columns(
    ["MB", ...percents.map((percent) => `heap at ${percent} %`), "peak resident"],
    (["ledgerline", "baseline"] as const).map((side) => {
      const { heapMegabytes, peakResidentMegabytes } = runs[side].measurement
      return [
        side === "ledgerline" ? "Ledgerline" : "baseline",
        ...percents.map((percent) =>
          figure(heapMegabytes.find((taken) => taken.percent === percent)?.megabytes ?? 0)
        ),
        figure(peakResidentMegabytes)
      ]
    }),
    [1, 2, 3, 4, 5, 6]
  )
}

/** A comparison with its medians and ratio, for the line of JSON. */
export const asJson = (comparison: Comparison) => ({
  what: comparison.what,
  unit: comparison.unit,
  ledgerline: median(comparison.ledgerline),
  baseline: median(comparison.baseline),
  ratio: ratio(comparison),
  verdict: verdict(comparison)
})
