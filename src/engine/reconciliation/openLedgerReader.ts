/**
 * openLedgerReader: reads back what a ledger holds of ours, by day and by the name of an entry.
 */
import { Effect, Stream } from "effect"
import type { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import type { JournalEntry } from "../../accounting/JournalEntry.ts"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../../pipeline/Secrets.ts"
import type { HeldEntry, OpenSink } from "../../pipeline/Sink.ts"
import type { StageServices } from "../../pipeline/Source.ts"
import { type Ledger, sinkFor, sinksOf } from "../Ledger.ts"

/** What a ledger holds with a date, by sink and by marker key. */
export type HeldDay = ReadonlyMap<string, ReadonlyMap<string, ReadonlyArray<HeldEntry>>>

/** An entry that a pipeline made. */
export interface Asked {
  readonly pipeline: string
  readonly entry: JournalEntry
}

/** Reads one ledger connection. */
export interface LedgerReader {
  /** All of ours in these companies with that date. */
  heldOn(day: CalendarDate, companies: ReadonlyArray<string>): Effect.Effect<HeldDay, ConnectorError>
  /** What the day has under the name of an entry. */
  underName(day: HeldDay, asked: Asked): ReadonlyArray<HeldEntry>
  /** What the ledger has under the names of entries, whatever the date; in their order. */
  find(asked: ReadonlyArray<Asked>): Effect.Effect<ReadonlyArray<ReadonlyArray<HeldEntry>>, ConnectorError>
  /** A sink of the connection, for names; all of them name an entry alike. */
  readonly anySink: OpenSink
}

const byMarker = (held: Iterable<HeldEntry>) => Map.groupBy(held, ({ markerKey }) => markerKey)

/** Opens every sink of the connection. Only reads. */
export const openLedgerReader = Effect.fn("openLedgerReader")(function* (
  ledger: Ledger
): Effect.fn.Return<LedgerReader, ConnectorError | SecretMissing, StageServices> {
  const [{ sink: closed, sinkHash }] = ledger.pipelines
  const anySink = yield* closed.open
  const sinks = new Map<string, OpenSink>([[sinkHash, anySink]])
  for (const [hash, sink] of sinksOf(ledger)) {
    if (hash !== sinkHash) sinks.set(hash, yield* sink.open)
  }
  // An entry of a pipeline that is gone is looked for as any other: by its name.
  const hashFor = (pipeline: string) => sinkFor(ledger, pipeline) ?? sinkHash
  const keyOf = ({ entry, pipeline }: Asked) => (sinks.get(hashFor(pipeline)) ?? anySink).markerKey(entry)

  const heldOn: LedgerReader["heldOn"] = (day, companies) =>
    Effect.map(
      Effect.forEach(sinks, ([hash, sink]) =>
        Effect.map(
          Effect.forEach(companies, (company) =>
            Stream.runCollect(sink.list({ company, since: day, until: day, withState: true }))
          ),
          (held) => [hash, byMarker(held.flat())] as const
        )
      ),
      (found) => new Map(found)
    )

  const find: LedgerReader["find"] = Effect.fn("LedgerReader.find")(function* (asked) {
    const groups = Map.groupBy(asked, ({ entry, pipeline }) =>
      JSON.stringify([hashFor(pipeline), entry.company])
    )
    const found = new Map<Asked, ReadonlyArray<HeldEntry>>()
    for (const group of groups.values()) {
      const [first] = group
      if (first === undefined) continue
      const held = yield* Stream.runCollect(
        (sinks.get(hashFor(first.pipeline)) ?? anySink).list({
          company: first.entry.company,
          markerKeys: [...new Set(group.map(keyOf))],
          withState: true
        })
      )
      const named = byMarker(held)
      for (const one of group) found.set(one, named.get(keyOf(one)) ?? [])
    }
    return asked.map((one) => found.get(one) ?? [])
  })

  return {
    heldOn,
    find,
    anySink,
    underName: (day, asked) => day.get(hashFor(asked.pipeline))?.get(keyOf(asked)) ?? []
  }
})
