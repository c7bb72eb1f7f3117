/**
 * renderRun: what a pass over the plan did, in lines.
 */
import { Cause } from "effect"
import type { Round } from "../engine/runForever.ts"
import type { Resumed } from "../engine/resumeLinked.ts"
import type { RunSummary } from "../engine/runOnce.ts"
import { columns } from "./columns.ts"
import { counted } from "./loadPlan.ts"
import { styled } from "./styled.ts"

const resumedText = ({ documents, halted, pipeline }: Resumed) => {
  const stop = halted === undefined ? "" : `; stopped: ${halted.message}`
  return `${pipeline}: ${counted(documents, "document")} went on that had waited for a customer${stop}`
}

/** Small tables: what was read, what was posted, and what became of customers. */
export const renderRun = (run: RunSummary): string => {
  const read = columns(
    ["pipeline", "read", "unchanged", "new entries", "parked"],
    [
      ...run.pipelines.map((one) => [
        one.pipeline,
        `${one.read}`,
        `${one.unchanged}`,
        `${one.entries}`,
        `${one.parked}`
      ]),
      ...run.unread.map(({ pipeline }) => [pipeline, "not read", "", "", ""])
    ],
    [1, 2, 3, 4]
  )
  const posted = columns(
    ["ledger", "posted", "already there", "refused", "waiting"],
    run.connections.map((one) => [
      one.connection,
      `${one.posted}`,
      `${one.adopted}`,
      `${one.rejected}`,
      `${one.waiting}`
    ]),
    [1, 2, 3, 4]
  )
  const customers = columns(
    ["customers", "created", "changed", "parked", "waiting"],
    run.customers.map((one) => [
      one.pair,
      `${one.created}`,
      `${one.changed}`,
      `${one.parked}`,
      `${one.waiting}`
    ]),
    [1, 2, 3, 4]
  )
  return [
    read,
    ...(run.connections.length === 0 ? [] : ["", posted]),
    ...(run.customers.length === 0 ? [] : ["", customers]),
    ...(run.resumed.length === 0 ? [] : ["", ...run.resumed.map(resumedText)])
  ].join("\n")
}

/** Why ledgers were halted, if any was. */
export const renderHalts = (run: RunSummary): ReadonlyArray<string> =>
  [...run.connections, ...run.customers].flatMap(({ halted }) =>
    halted === undefined ? [] : [`${styled("red", "writing stopped")}  ${halted.message}`]
  )

/** Documents that a person or a later run must see to: all that wait in the error queue, and postings that rest. */
export const leftOver = (run: RunSummary, open: ReadonlyMap<string, number>): number =>
  [...open.values()].reduce((all, waiting) => all + waiting, 0) +
  [...run.connections, ...run.customers].reduce((all, { waiting }) => all + waiting, 0)

/** Whether there is anything to tell; most rounds find nothing to do. */
export const isEventful = (round: Round): boolean => {
  switch (round._tag) {
    case "Read":
      return round.summary.read > round.summary.unchanged
    case "Posted":
      return (
        round.summary.posted + round.summary.adopted + round.summary.rejected > 0 ||
        round.summary.halted !== undefined
      )
    case "Customers": {
      const { changed, created, halted, parked } = round.summary
      return created + changed + parked > 0 || halted !== undefined
    }
    case "Resumed":
      return round.summary.documents > 0 || round.summary.halted !== undefined
    case "Reconciled":
    case "Failed":
      return true
  }
}

/** One line for the log of a service. */
export const renderRound = (round: Round): string => {
  switch (round._tag) {
    case "Read": {
      const { entries, parked, pipeline, read, unchanged } = round.summary
      return `${pipeline}: ${read} read, ${unchanged} unchanged, ${entries} new entries, ${parked} parked`
    }
    case "Posted": {
      const { adopted, connection, halted, posted, rejected, waiting } = round.summary
      const stop = halted === undefined ? "" : `; posting stopped: ${halted.message}`
      return `${connection}: ${posted} posted, ${adopted} already there, ${rejected} refused, ${waiting} waiting${stop}`
    }
    case "Customers": {
      const { changed, created, halted, pair, parked, waiting } = round.summary
      const stop = halted === undefined ? "" : `; stopped: ${halted.message}`
      return `customers of ${pair}: ${created} created, ${changed} changed, ${parked} parked, ${waiting} waiting${stop}`
    }
    case "Resumed":
      return resumedText(round.summary)
    case "Reconciled": {
      const { differences, documents, from, pipeline, settled, to, waiting } = round.summary
      const verdict =
        differences === 0
          ? "all agree"
          : `${differences} differences, ${waiting} of them for a person (errors list --stage reconcile)`
      return `${pipeline}: ${from} to ${to} reconciled, ${documents} documents, ${verdict}${settled === 0 ? "" : `, ${settled} settled`}`
    }
    case "Failed":
      return `${round.unit.name}: ${Cause.prettyErrors(round.cause)
        .map(({ message }) => message)
        .join("; ")}`
  }
}
