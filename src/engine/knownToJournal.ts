/**
 * knownToJournal: which of the entries that a ledger holds are in the journal.
 */
import { Effect } from "effect"
import type { HeldEntry, OpenSink } from "../pipeline/Sink.ts"
import type { HeldEntries } from "../store/HeldEntries.ts"
import type { StoreError } from "../store/StoreError.ts"
import { journalNames } from "./journalNames.ts"

/**
 * References of those that the journal knows. One counts as known when its
 * name is in the journal and was at least begun to be sent: what the journal
 * believes it has never sent, and the ledger holds, it has forgotten. A copy
 * that a person made of a known one is known.
 */
export const knownToJournal = Effect.fn("knownToJournal")(function* (
  connection: string,
  sink: OpenSink,
  held: ReadonlyArray<HeldEntry>
): Effect.fn.Return<ReadonlySet<string>, StoreError, HeldEntries> {
  return new Set((yield* journalNames(connection, sink, held)).keys())
})
