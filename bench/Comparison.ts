/**
 * Comparison: the same figure of both sides, and their ratio.
 */

/** Figures of all rounds; the median of each side counts. */
export interface Comparison {
  readonly what: string
  readonly unit: string
  readonly better: "more" | "less"
  readonly ledgerline: ReadonlyArray<number>
  readonly baseline: ReadonlyArray<number>
}

/** The middle one of an odd number, the mean of the middle two of an even number; 0 of none. */
export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (index: number) => sorted[index] ?? 0
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2
}

/** Ledgerline through baseline, by their medians. */
export const ratio = (comparison: Comparison): number =>
  median(comparison.ledgerline) / median(comparison.baseline)

/** True when some round of one side lies among those of the other: the noise is as large as the difference. */
const overlap = ({ baseline, ledgerline }: Comparison): boolean =>
  Math.max(...ledgerline) >= Math.min(...baseline) && Math.max(...baseline) >= Math.min(...ledgerline)

/** Who is better; `unclear` when the rounds of the two overlap, or the medians differ by five percent at most. */
export const verdict = (comparison: Comparison): "won" | "unclear" | "lost" => {
  const value = ratio(comparison)
  if (overlap(comparison) || Math.abs(value - 1) <= 0.05) return "unclear"
  return value > 1 === (comparison.better === "more") ? "won" : "lost"
}

/** With medians and ratio in place of the rounds, for machines. */
export const summary = (comparison: Comparison) => ({
  what: comparison.what,
  unit: comparison.unit,
  ledgerline: median(comparison.ledgerline),
  baseline: median(comparison.baseline),
  ratio: ratio(comparison),
  verdict: verdict(comparison)
})
