/**
 * heldIdentity: which entry of a document a marker in the ledger names.
 *
 * A marker cannot be read backwards. But the names that the entries of one
 * document can have are few: revision, new mapping and kind, counted from one.
 */
import { BigDecimal } from "effect"
import { JournalEntry, JournalLine } from "../accounting/JournalEntry.ts"
import type { OpenSink } from "../pipeline/Sink.ts"
import type { Origin } from "../pipeline/SourceRecord.ts"
import { type EntryIdentity, idempotencyKey } from "./idempotencyKey.ts"

/** Names a document in a source and in a ledger connection. */
export interface HeldDocument {
  readonly sinkConnection: string
  readonly sourceConnection: string
  readonly origin: Pick<Origin, "resource" | "id" | "number">
}

/** What an entry in the ledger is. `reverses` is the key of the entry that it cancels. */
export interface HeldIdentity {
  readonly idempotencyKey: string
  readonly company: string
  readonly revision: number
  readonly kind: "post" | "reversal"
  readonly reverses?: string
}

/** Further revisions that are tried after the last one that was found: some leave nothing in the ledger. */
const revisionGap = 10
const remapsMaximum = 5
const reversalsMaximum = 4

const one = BigDecimal.fromBigInt(1n)
const lineOn = (side: "debit" | "credit") =>
  new JournalLine({
    account: "1",
    side,
    amount: one,
    accountingAmount: one,
    dimensions: {},
    text: "",
    rule: "none"
  })

/** An entry of which only the name counts. */
const nameOnly = new JournalEntry({
  idempotencyKey: "none",
  document: { resource: "none", id: "none", number: "none" },
  company: "none",
  postingDate: "2000-01-01",
  currency: "EUR",
  accountingCurrency: "EUR",
  text: "",
  lines: [lineOn("debit"), lineOn("credit")],
  correction: false
})

/** The marker key of the entry of a document with this idempotency key. */
export const markerKeyOf = (
  sink: OpenSink,
  document: JournalEntry["document"],
  idempotencyKey: string
): string => sink.markerKey({ ...nameOnly, idempotencyKey, document })

const commonStart = (a: string, b: string): string => {
  const end = [...a].findIndex((character, index) => character !== b[index])
  return end === -1 ? a : a.slice(0, end)
}

/** What the marker keys of all entries of a document begin with; another document may share it. */
export const markerStem = (sink: OpenSink, document: JournalEntry["document"]): string =>
  ["b", "c", "d", "e"]
    .map((key) => markerKeyOf(sink, document, key))
    .reduce(commonStart, markerKeyOf(sink, document, "a"))

/** Which of the `wanted` marker keys are of this document, and what they are. */
export const heldIdentities = (
  sink: OpenSink,
  { origin, sinkConnection, sourceConnection }: HeldDocument,
  companies: ReadonlyArray<string>,
  wanted: ReadonlySet<string>
): ReadonlyMap<string, HeldIdentity> => {
  const document = { resource: origin.resource, id: origin.id, number: origin.number }
  const found = new Map<string, HeldIdentity>()
  const note = (identity: HeldIdentity) => {
    const key = markerKeyOf(sink, document, identity.idempotencyKey)
    if (wanted.has(key)) found.set(key, identity)
    return wanted.has(key)
  }
  for (const company of companies) {
    let last = 0
    for (let revision = 1; revision <= last + revisionGap && found.size < wanted.size; revision++) {
      for (let remap = 0; remap < remapsMaximum; remap++) {
        const entry: EntryIdentity = {
          sinkConnection,
          company,
          sourceConnection,
          resource: origin.resource,
          id: origin.id,
          revision,
          remap,
          kind: "post"
        }
        const posted = idempotencyKey(entry)
        const isHit = [
          note({ idempotencyKey: posted, company, revision, kind: "post" }),
          ...Array.from({ length: reversalsMaximum }, (_, count) =>
            note({
              idempotencyKey: posted.replace(/post$/u, count === 0 ? "reversal" : `reversal.${count}`),
              company,
              revision,
              kind: "reversal",
              reverses: posted
            })
          )
        ].some((hit) => hit)
        if (isHit) last = revision
      }
    }
  }
  return found
}
