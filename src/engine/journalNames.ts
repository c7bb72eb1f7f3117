/**
 * journalNames: which entries of the journal have the names that entries of a ledger carry.
 */
import { Effect } from "effect"
import type { HeldEntry, OpenSink } from "../pipeline/Sink.ts"
import { HeldEntries, type JournalName } from "../store/HeldEntries.ts"
import type { StoreError } from "../store/StoreError.ts"
import { markerKeyOf } from "./heldIdentity.ts"

/**
 * The name in the journal, by reference of the entry in the ledger; none where
 * the journal has no such entry, or believes that it was never sent.
 *
 * Reads the names of the whole journal, a page at a time.
 */
export const journalNames = Effect.fn("journalNames")(function* (
  connection: string,
  sink: OpenSink,
  held: ReadonlyArray<HeldEntry>
): Effect.fn.Return<ReadonlyMap<string, JournalName>, StoreError, HeldEntries> {
  const store = yield* HeldEntries
  const byMarker = Map.groupBy(held, ({ markerKey }) => markerKey)
  const found = new Map<string, JournalName>()
  for (let after = 0; byMarker.size > 0;) {
    const names = yield* store.names(connection, after)
    const last = names.at(-1)
    if (last === undefined) break
    after = last.position
    for (const name of names) {
      const { attempts, externalId: id, idempotencyKey, number, reference, resource } = name
      const key = markerKeyOf(sink, { resource, id, number }, idempotencyKey)
      if (attempts === 0 && reference === null) continue
      for (const { receipt } of byMarker.get(key) ?? []) found.set(receipt.reference, name)
      byMarker.delete(key)
    }
  }
  return found
})
