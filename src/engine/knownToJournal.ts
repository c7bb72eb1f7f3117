/**
 * knownToJournal: which of the entries that a ledger holds are in the journal.
 */
import { Effect } from "effect"
import type { HeldEntry, OpenSink } from "../pipeline/Sink.ts"
import { HeldEntries } from "../store/HeldEntries.ts"
import type { StoreError } from "../store/StoreError.ts"
import { markerKeyOf } from "./heldIdentity.ts"

/**
 * References of those that the journal knows. One counts as known when its
 * name is in the journal and was at least begun to be sent: what the journal
 * believes it has never sent, and the ledger holds, it has forgotten. A copy
 * that a person made of a known one is known.
 *
 * Reads the names of the whole journal, a page at a time.
 */
export const knownToJournal = Effect.fn("knownToJournal")(function* (
  connection: string,
  sink: OpenSink,
  held: ReadonlyArray<HeldEntry>
): Effect.fn.Return<ReadonlySet<string>, StoreError, HeldEntries> {
  const store = yield* HeldEntries
  const byMarker = Map.groupBy(held, ({ markerKey }) => markerKey)
  const known = new Set<string>()
  for (let after = 0; byMarker.size > 0;) {
    const names = yield* store.names(connection, after)
    const last = names.at(-1)
    if (last === undefined) break
    after = last.position
    for (const { attempts, externalId: id, idempotencyKey, number, reference, resource } of names) {
      const key = markerKeyOf(sink, { resource, id, number }, idempotencyKey)
      if (attempts === 0 && reference === null) continue
      for (const { receipt } of byMarker.get(key) ?? []) known.add(receipt.reference)
      byMarker.delete(key)
    }
  }
  return known
})
