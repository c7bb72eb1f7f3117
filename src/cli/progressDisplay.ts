/**
 * progressDisplay: how far a run is, while it works.
 *
 * A bar on a terminal, a plain line for each page and batch elsewhere; both on
 * standard error, so that the output of a command stays clean.
 */
import { Effect, Layer } from "effect"
import cliProgress from "cli-progress"
import { Progress, type ProgressEvent } from "../engine/Progress.ts"

/** A time that is left, as exact as a guess can be. */
const leftOf = (millis: number | undefined): string => {
  if (millis === undefined) return ""
  const minutes = Math.round(millis / 60_000)
  const text =
    minutes < 1
      ? `${Math.ceil(millis / 1000)} s`
      : minutes < 60
        ? `${minutes} min`
        : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  return `${text} left`
}

/** "credit-notes-to-gl 13, invoices-to-gl 59". */
const byPipeline = (documents: ReadonlyMap<string, number>): string =>
  [...documents]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([pipeline, count]) => `${pipeline} ${count}`)
    .join(", ")

const lineOf = (event: ProgressEvent): string => {
  switch (event._tag) {
    case "PageRead":
      return `${event.pipeline}: read ${event.records}${event.remaining === undefined ? "" : ` of ${event.remaining}`}`
    case "Backfilled": {
      const left = leftOf(event.leftMillis)
      const whole = event.expected === undefined ? "" : ` of ${Math.max(event.done, event.expected)}`
      return `${event.pipeline}: ${event.done}${whole} read${left === "" ? "" : `, ${left}`}`
    }
    case "Compared": {
      const documents = byPipeline(event.documents)
      return `${event.connection}: ${event.days} of ${event.daysInAll} days compared${documents === "" ? "" : `, documents so far: ${documents}`}`
    }
    case "PostingsSettled":
      return `${event.connection}: ${event.settled} settled${event.open === undefined ? "" : `, ${event.open} to go`}`
    case "Waiting":
      return `${event.connection}: waiting ${Math.ceil(event.millis / 1000)} s, ${event.why}`
  }
}

const lines = Layer.sync(Progress, () => {
  let last = ""
  return (event) =>
    Effect.sync(() => {
      const line = lineOf(event)
      // A day without documents is a page of a backfill too, and says nothing new.
      if ((event._tag !== "Backfilled" && event._tag !== "Compared") || line !== last)
        process.stderr.write(`${line}\n`)
      last = line
    })
})

const bars = Layer.effect(
  Progress,
  Effect.gen(function* () {
    const bar = yield* Effect.acquireRelease(
      Effect.sync(
        () =>
          new cliProgress.SingleBar({
            format: "{what} {bar} {value}/{total} {note}",
            barsize: 30,
            hideCursor: true,
            clearOnComplete: true,
            stream: process.stderr,
            barCompleteChar: "█",
            barIncompleteChar: "░"
          })
      ),
      (bar) => Effect.sync(() => bar.stop())
    )
    let what = ""
    let done = 0
    let isBackfill = false
    const show = (next: string, step: number, left: number, note: string) => {
      if (next !== what) {
        bar.stop()
        what = next
        done = 0
        bar.start(step + left, 0, { what, note })
      }
      done += step
      bar.setTotal(done + left)
      bar.update(done, { what, note })
    }
    /** Shows how far it is in all, not by how much it went on. */
    const showWhole = (next: string, value: number, left: number, note: string) =>
      show(next, value - (next === what ? done : 0), left, note)
    return (event) =>
      Effect.sync(() => {
        switch (event._tag) {
          case "PageRead":
            return show(
              `reading ${event.pipeline}`,
              event.records,
              Math.max(0, (event.remaining ?? 0) - event.records),
              ""
            )
          case "Backfilled":
            // One bar for the whole of it: what is posted meanwhile stands beside.
            isBackfill = true
            return showWhole(
              `backfill ${event.pipeline}`,
              event.done,
              Math.max(0, (event.expected ?? 0) - event.done),
              leftOf(event.leftMillis)
            )
          case "Compared":
            return showWhole(
              `comparing ${event.connection}`,
              event.days,
              event.daysInAll - event.days,
              byPipeline(event.documents)
            )
          case "PostingsSettled":
            if (isBackfill) return bar.update({ note: `posting to ${event.connection}` })
            return show(`posting to ${event.connection}`, event.settled, event.open ?? 0, "")
          case "Waiting":
            return bar.update({ note: `waiting ${Math.ceil(event.millis / 1000)} s: ${event.why}` })
        }
      })
  })
)

/** Shows progress as the terminal allows. */
export const progressDisplay = Layer.unwrap(Effect.sync(() => (process.stderr.isTTY ? bars : lines)))
