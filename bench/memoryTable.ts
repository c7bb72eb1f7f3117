/**
 * memoryTable: how memory grows with the work done.
 */
import { columns } from "../src/cli/columns.ts"
import type { Run } from "./endToEnd.ts"
import { figure } from "./figure.ts"

const percents = [0, 25, 50, 75, 100]

/** Heap after a collection at each quarter of the work, and the most the process ever held, in megabytes. */
export const memoryTable = (runs: Readonly<Record<"ledgerline" | "baseline", Run>>): string =>
  columns(
    ["MB", ...percents.map((percent) => `heap at ${percent} %`), "peak resident"],
    (["ledgerline", "baseline"] as const).map((side) => {
      const { heapMegabytes, peakResidentMegabytes } = runs[side].measurement
      return [
        side === "ledgerline" ? "Ledgerline" : "baseline",
        ...percents.map((percent) => {
          const taken = heapMegabytes.find((heap) => heap.percent === percent)
          return taken === undefined ? "" : figure(taken.megabytes)
        }),
        figure(peakResidentMegabytes)
      ]
    }),
    [1, 2, 3, 4, 5, 6]
  )
