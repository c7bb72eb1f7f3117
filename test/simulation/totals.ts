/**
 * totals: many histories in one table.
 */
import type { Violation } from "./checkBooks.ts"
import type { History } from "./playHistory.ts"
import { type Fault, faults } from "./World.ts"

export interface Totals {
  readonly runs: number
  readonly bad: number
  readonly documents: number
  readonly vouchers: number
  readonly ambiguous: number
  readonly virtualMillis: number
  readonly faults: ReadonlyMap<Fault, number>
  /** Histories by what was wrong with them. */
  readonly violations: ReadonlyMap<Violation["kind"], number>
}

export const noTotals: Totals = {
  runs: 0,
  bad: 0,
  documents: 0,
  vouchers: 0,
  ambiguous: 0,
  virtualMillis: 0,
  faults: new Map(),
  violations: new Map()
}

const plus = <K>(a: ReadonlyMap<K, number>, b: ReadonlyMap<K, number>): ReadonlyMap<K, number> =>
  new Map([...a, ...[...b].map(([key, count]) => [key, count + (a.get(key) ?? 0)] as const)])

export const addHistory = (totals: Totals, history: History): Totals => ({
  runs: totals.runs + 1,
  bad: totals.bad + (history.violations.length > 0 ? 1 : 0),
  documents: totals.documents + history.documents,
  vouchers: totals.vouchers + history.vouchers,
  ambiguous: totals.ambiguous + history.ambiguous,
  virtualMillis: totals.virtualMillis + history.virtualMillis,
  faults: plus(totals.faults, history.faults),
  violations: plus(totals.violations, new Map(history.violations.map(({ kind }) => [kind, 1])))
})

/** The rows of the table that `npm run simulate` prints: a name and a figure. */
export const rowsOf = (totals: Totals): ReadonlyArray<readonly [string, string]> => {
  const wrong = (kind: Violation["kind"]) => totals.violations.get(kind) ?? 0
  const rows: ReadonlyArray<readonly [string, number]> = [
    ["histories", totals.runs],
    ["documents", totals.documents],
    ["vouchers", totals.vouchers],
    ["faults", [...totals.faults.values()].reduce((sum, count) => sum + count, 0)],
    ...faults.flatMap((fault) => {
      const count = totals.faults.get(fault)
      return count === undefined ? [] : [[`  ${fault}`, count] as const]
    }),
    ["outcomes not known", totals.ambiguous],
    ["histories with a document lost", wrong("lost")],
    ["  doubled", wrong("doubled")],
    ["  out of order", wrong("out of order")],
    ["  not in the journal when sent", wrong("not in the journal")],
    ["  unbalanced", wrong("unbalanced")],
    ["  not at rest", wrong("stuck")],
    ["  with a bug", wrong("bug")],
    ["bad histories", totals.bad],
    ["virtual hours", Math.round(totals.virtualMillis / 3_600_000)]
  ]
  return rows.map(([name, figure]) => [name, `${figure}`])
}
