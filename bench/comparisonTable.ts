/**
 * comparisonTable: comparisons as people read them.
 */
import { columns } from "../src/cli/columns.ts"
import { type Comparison, median, ratio, verdict } from "./Comparison.ts"
import { figure } from "./figure.ts"

const spread = (values: ReadonlyArray<number>): string =>
  values.length < 2 ? "" : `${figure(Math.min(...values))}–${figure(Math.max(...values))}`

/** Medians, the range of the rounds, the ratio, and whether that is won or lost. */
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
