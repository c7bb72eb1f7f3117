/**
 * redate: an entry whose period is closed goes into the next open one.
 *
 * Only where the pipeline says so; otherwise the document waits until somebody
 * opens the period. The text of the new entry names the day that the document
 * bears, so that nobody has to guess why it stands where it does.
 */
import { Effect, Option } from "effect"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { OpenSink } from "../pipeline/Sink.ts"
import type { HeldEntries } from "../store/HeldEntries.ts"
import type { IntakeStore } from "../store/IntakeStore.ts"
import type { Journal } from "../store/Journal.ts"
import type { SettledPosting } from "../store/JournalRecord.ts"
import type { StoreError } from "../store/StoreError.ts"
import type { Ledger } from "./Ledger.ts"
import { remap } from "./remap.ts"

/** Gives the refused posting another day, if it was refused for its period and its pipeline allows it. */
export const redate = Effect.fn("redate")(function* (
  { outcome, record }: SettledPosting,
  opened: ReadonlyMap<string, OpenSink>,
  ledger: Ledger,
  actor: string
): Effect.fn.Return<void, ConnectorError | StoreError, IntakeStore | Journal | HeldEntries> {
  if (outcome._tag !== "Rejected" || outcome.code !== "period-closed") return
  const pipeline = ledger.pipelines.find(({ name }) => name === record.pipeline)
  const sink = opened.get(pipeline?.sinkHash ?? "")
  if (pipeline === undefined || sink === undefined || pipeline.closedPeriod === "hold") return
  const { company, postingDate } = record.entry
  const open = yield* sink.nextOpenDate(company, postingDate)
  // Refused on a day that counts as open is refused for another reason, such as the user group.
  if (Option.isNone(open) || open.value === postingDate) return
  yield* remap({ pipeline, document: record, actor, postingDate: open.value })
})
