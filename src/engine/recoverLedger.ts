/**
 * recoverLedger: learns from a ledger what the database has forgotten.
 *
 * Run while nothing is posted. The ledger is the truth about what was posted:
 * everything in it with our mark is listed, and what the journal does not know
 * is kept until its document is read again. Documents that the journal knows
 * are fetched at once. Those that it lost altogether come by themselves: the
 * cursor went back with the records it stands for.
 */
import { Effect, Option, Stream } from "effect"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { HeldEntry, OpenSink } from "../pipeline/Sink.ts"
import type { StageServices } from "../pipeline/Source.ts"
import type { PostingPipeline } from "../plan/Plan.ts"
import type { CustomerLinks } from "../store/CustomerLinks.ts"
import { HeldEntries } from "../store/HeldEntries.ts"
import { IntakeStore } from "../store/IntakeStore.ts"
import type { Journal } from "../store/Journal.ts"
import { LedgerGate } from "../store/LedgerGate.ts"
import type { DocumentKey } from "../store/rows.ts"
import type { StoreError } from "../store/StoreError.ts"
import { markerStem } from "./heldIdentity.ts"
import { knownToJournal } from "./knownToJournal.ts"
import type { Ledger } from "./Ledger.ts"
import { takeIn } from "./takeIn.ts"

/** Documents whose marker keys could be among these. */
const documentsNear = Effect.fn("recoverLedger.documents")(function* (
  pipeline: PostingPipeline,
  sink: OpenSink,
  strangers: ReadonlyArray<HeldEntry>
) {
  const store = yield* HeldEntries
  const near: Array<DocumentKey> = []
  for (let after = { resource: "", externalId: "" }; ;) {
    const page = yield* store.documents(pipeline.name, after)
    const last = page.at(-1)
    if (last === undefined) return near
    after = last
    for (const { externalId, number, resource } of page) {
      const stem = markerStem(sink, { resource, id: externalId, number })
      if (strangers.some(({ markerKey }) => markerKey.startsWith(stem))) {
        near.push({ pipeline: pipeline.name, resource, externalId })
      }
    }
  }
})

/** The document as the source has it now; as it was read last where the source has it no more. */
const latest = Effect.fn("recoverLedger.latest")(function* (
  pipeline: PostingPipeline,
  document: DocumentKey
) {
  const source = yield* pipeline.source.open
  return yield* source.fetch(document.externalId).pipe(
    Effect.map(Option.some),
    Effect.catchIf(
      ({ reason }) => reason._tag === "NotFound",
      () =>
        Effect.flatMap(IntakeStore, (store) => store.latest(document)).pipe(
          Effect.map(Option.map(({ normalised, origin, raw }) => ({ normalised, origin, raw })))
        )
    )
  )
})

/** Compares, puts back what was lost, and opens the connection's gate; all of it is audited. */
export const recoverLedger = Effect.fn("recoverLedger")(function* (options: {
  readonly ledger: Ledger
  readonly sinks: ReadonlyArray<OpenSink>
  readonly companies: ReadonlyArray<string>
  readonly actor: string
}): Effect.fn.Return<
  void,
  ConnectorError | SecretMissing | StoreError,
  StageServices | IntakeStore | Journal | HeldEntries | LedgerGate | CustomerLinks
> {
  const { actor, companies, ledger, sinks } = options
  const { connection } = ledger
  const store = yield* HeldEntries
  const gates = yield* LedgerGate
  const found = { held: 0, unknown: 0, documentsReadAgain: 0, notYetAssigned: 0 }

  for (const sink of sinks) {
    const unmatched: Array<HeldEntry> = []
    for (const company of companies) {
      yield* sink.list({ company }).pipe(
        Stream.grouped(500),
        Stream.runForEach((entries) =>
          Effect.map(
            store.known(
              connection,
              entries.map(({ receipt }) => receipt.reference)
            ),
            (receipts) => {
              found.held += entries.length
              unmatched.push(...entries.filter(({ receipt }) => !receipts.has(receipt.reference)))
            }
          )
        )
      )
    }
    const known = yield* knownToJournal(connection, sink, unmatched)
    const strangers = unmatched.filter(({ receipt }) => !known.has(receipt.reference))
    found.unknown += strangers.length
    if (strangers.length > 0) yield* store.add(connection, strangers)
  }

  const strangers = yield* store.open(connection)
  const [sink] = sinks
  if (strangers.length > 0 && sink !== undefined) {
    for (const pipeline of ledger.pipelines) {
      for (const document of yield* documentsNear(pipeline, sink, strangers)) {
        const record = yield* latest(pipeline, document)
        if (Option.isNone(record)) continue
        found.documentsReadAgain += 1
        yield* takeIn(pipeline, { records: [record.value] }, actor).pipe(
          Effect.retry({ while: ({ _tag }) => _tag === "Overtaken", times: 10 }),
          Effect.catchTag("Overtaken", Effect.die)
        )
      }
    }
  }
  found.notYetAssigned = (yield* store.open(connection)).length
  yield* gates.open(connection, actor, found)
  yield* Effect.logWarning(
    `${connection}: the ledger was compared with the database and posting goes on: ${found.held} entries of ours in the ledger, ${found.unknown} of them not known here; ${found.documentsReadAgain} documents read again.`
  )
}, Effect.scoped)
