/**
 * restoreChains: gives documents back the entries that only the ledger remembers.
 *
 * After the database went back in time, a document may have entries in the
 * ledger that the journal lost. Where reading it again makes the very same
 * entries, nothing is needed: each is found in the ledger before it would be
 * posted. Where it does not, because the document changed once more, the lost
 * entries are put back into the journal as the ledger holds them, and what the
 * document means today follows from there. What cannot be put back waits for a
 * person.
 */
import { BigDecimal, Effect, Option, Schema } from "effect"
import type { CalendarDate } from "../accounting/AccountingPeriod.ts"
import { formatDecimal } from "../accounting/Decimal.ts"
import { JournalEntry } from "../accounting/JournalEntry.ts"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { HeldEntry, OpenSink } from "../pipeline/Sink.ts"
import type { StageServices } from "../pipeline/Source.ts"
import type { Problem, SourceRecord } from "../pipeline/SourceRecord.ts"
import type { PostingPipeline } from "../plan/Plan.ts"
import { HeldEntries, type RestoredRecord } from "../store/HeldEntries.ts"
import { documentName } from "../store/IntakeStore.ts"
import { Journal } from "../store/Journal.ts"
import type { JournalRecord } from "../store/JournalRecord.ts"
import type { DocumentKey } from "../store/rows.ts"
import type { StoreError } from "../store/StoreError.ts"
import { heldIdentities, type HeldIdentity, markerStem } from "./heldIdentity.ts"
import { matchesHeld, restoredRule } from "./matchesHeld.ts"
import { prepare } from "./prepare.ts"

/** A record that was read, and the last revision of its document that is stored; 0 when none is. */
export interface ReadDocument {
  readonly record: SourceRecord
  readonly key: DocumentKey
  readonly revision: number
}

/** What intake must heed, by `documentName`. */
export interface RestoredChains {
  /** Documents to prepare even if they look unchanged, under this revision or a higher one. */
  readonly again: ReadonlyMap<string, { readonly revision: number; readonly postingDate?: CalendarDate }>
  /** Documents that a person must look at. */
  readonly problems: ReadonlyMap<string, Problem>
  /** References to settle once the documents are stored. */
  readonly references: ReadonlyArray<string>
}

/** Nothing was lost, or the documents have no entries at all. */
export const nothingToRestore: RestoredChains = { again: new Map(), problems: new Map(), references: [] }

const decodeBody = Schema.decodeUnknownOption(JournalEntry)
const encodeEntry = Schema.encodeSync(JournalEntry)
const decodeEntry = Schema.decodeSync(JournalEntry)

/** What the document waits with, in the words of who must compare. */
export const heldProblem = (
  origin: { readonly resource: string; readonly number: string },
  references: ReadonlyArray<string>
): Problem => ({
  code: "engine/held-by-ledger",
  message: `the database went back in time, and the ledger holds entries of ${origin.resource} ${origin.number} that it lost and that cannot be put back: ${references.join(", ")}. Compare them with the document, correct the ledger by hand, and say so with: ledgerline errors resolve.`,
  path: references.join(", ")
})

interface Found {
  readonly held: HeldEntry
  readonly identity: HeldIdentity
}

/** The entry as the ledger holds it, under the name that it had; none where that is no entry of ours. */
const bodyOf = (
  { held, identity }: Found,
  context: {
    readonly origin: SourceRecord["origin"]
    readonly today: JournalEntry | undefined
    readonly history: ReadonlyArray<JournalRecord>
  }
): Option.Option<JournalEntry> => {
  const { today } = context
  const { resource, id, number } = context.origin
  if (today !== undefined && identity.kind === "post" && matchesHeld(today, held)) {
    return Option.some(new JournalEntry({ ...today, idempotencyKey: identity.idempotencyKey }))
  }
  const sibling = [today, ...context.history.map(({ entry }) => entry)].find(
    (entry) => entry?.company === held.company
  )
  const isOneCurrency = held.lines.every((line) => BigDecimal.equals(line.amount, line.accountingAmount))
  const accountingCurrency = sibling?.accountingCurrency ?? (isOneCurrency ? held.currency : undefined)
  return decodeBody({
    idempotencyKey: identity.idempotencyKey,
    document: { resource, id, number },
    company: held.company,
    postingDate: held.postingDate,
    currency: held.currency,
    accountingCurrency,
    text: `${identity.kind === "reversal" ? "Reversal: " : ""}${held.lines[0]?.text ?? ""}`,
    lines: held.lines.map((line) => ({
      ...line,
      amount: formatDecimal(line.amount),
      accountingAmount: formatDecimal(line.accountingAmount),
      rule: restoredRule
    })),
    correction: held.correction,
    ...(identity.reverses === undefined ? {} : { reverses: identity.reverses })
  })
}

/** What becomes of one document with entries in the ledger that the journal lacks. */
const restoreOne = Effect.fn("restoreChains.one")(function* (
  pipeline: PostingPipeline,
  { key, record, revision }: ReadDocument,
  found: ReadonlyArray<Found>
) {
  const { origin } = record
  const journal = yield* Journal
  const history = yield* journal.ofDocuments([key])
  const taken = yield* journal.existing(found.map(({ identity }) => identity.idempotencyKey))
  const prepared = yield* prepare({ pipeline, record, revision: revision + 1, history })
  const expected = new Map([
    ...prepared.entries.map((entry) => [entry.idempotencyKey, decodeEntry(entry.body)] as const),
    ...[...taken].flatMap(([name, { entry, state }]) =>
      state === "superseded" ? [] : [[name, entry] as const]
    )
  ])
  const isExpected = ({ held, identity }: Found) => {
    const entry = expected.get(identity.idempotencyKey)
    return entry !== undefined && matchesHeld(entry, held)
  }
  if (found.every(isExpected)) {
    // Put back by a run that ended before the document was stored.
    const revisions = [...taken.values()].flatMap((past) => (past.state === "posted" ? [past.revision] : []))
    return {
      _tag: "AsExpected",
      again: { revision: Math.max(revision, ...revisions) + 1 },
      isRestored: revisions.length > 0
    } as const
  }

  const missing = found.filter(({ identity }) => !taken.has(identity.idempotencyKey))
  const isAmbiguous =
    new Set(found.map(({ identity }) => identity.idempotencyKey)).size < found.length ||
    found.some((one) => !missing.includes(one) && !isExpected(one))
  if (isAmbiguous) return { _tag: "Unclear" } as const

  // An entry that went into the next open period bears another day than the document asks for.
  const days = [undefined, ...missing.map(({ held }) => held.postingDate)]
  const meanings = yield* Effect.forEach(days, (postingDate) =>
    Effect.map(
      pipeline.process(record, {
        idempotencyKey: () => "today",
        ...(postingDate === undefined ? {} : { postingDate })
      }),
      (outcome) => (outcome._tag === "Entry" ? [{ entry: outcome.entry, postingDate }] : [])
    )
  )
  const restored = missing.map((one) => {
    const meaning = meanings.flat().find(({ entry }) => matchesHeld(entry, one.held))
    const today = (meaning ?? meanings.flat()[0])?.entry
    return { ...one, meaning, body: bodyOf(one, { origin, today, history }) }
  })
  const whole = restored.flatMap(({ body, ...one }) =>
    Option.match(body, { onNone: () => [], onSome: (entry) => [{ ...one, entry }] })
  )
  if (whole.length < restored.length) return { _tag: "Unclear" } as const
  const records = whole
    .toSorted((a, b) => a.identity.revision - b.identity.revision || (a.identity.kind === "post" ? -1 : 1))
    .map(({ entry, held, identity }): RestoredRecord => ({
      receipt: held.receipt,
      record: {
        ...key,
        idempotencyKey: identity.idempotencyKey,
        planRevision: pipeline.contentHash,
        number: origin.number,
        revision: identity.revision,
        kind: identity.kind,
        company: identity.company,
        sinkConnection: pipeline.sinkConnection,
        document: [pipeline.sinkConnection, pipeline.sourceConnection, origin.resource, origin.id].join("/"),
        body: encodeEntry(entry),
        provenance: { restoredFrom: held.receipt.reference }
      }
    }))
  const postingDate = whole
    .toSorted((a, b) => b.identity.revision - a.identity.revision)
    .find(({ identity }) => identity.kind === "post")?.meaning?.postingDate
  return {
    _tag: "Restored",
    records,
    again: {
      revision: Math.max(revision, ...records.map((one) => one.record.revision)) + 1,
      ...(postingDate === undefined ? {} : { postingDate })
    }
  } as const
})

/**
 * Looks the documents up among what the ledger held and the journal did not
 * know, and puts back what is theirs. Costs one query when there is nothing.
 */
export const restoreChains = Effect.fn("restoreChains")(function* (
  pipeline: PostingPipeline,
  documents: ReadonlyArray<ReadDocument>,
  actor: string
): Effect.fn.Return<
  RestoredChains,
  ConnectorError | SecretMissing | StoreError,
  StageServices | HeldEntries | Journal
> {
  const store = yield* HeldEntries
  const open = yield* store.open(pipeline.sinkConnection)
  if (open.length === 0) return nothingToRestore
  const sink: OpenSink = yield* pipeline.sink.open
  const again = new Map<string, { readonly revision: number; readonly postingDate?: CalendarDate }>()
  const problems = new Map<string, Problem>()
  const references: Array<string> = []

  for (const document of documents) {
    const { key, record } = document
    const stem = markerStem(sink, record.origin)
    const near = open.filter(({ markerKey }) => markerKey.startsWith(stem))
    if (near.length === 0) continue
    const identities = heldIdentities(
      sink,
      {
        sinkConnection: pipeline.sinkConnection,
        sourceConnection: pipeline.sourceConnection,
        origin: record.origin
      },
      [...new Set(near.map(({ company }) => company))],
      new Set(near.map(({ markerKey }) => markerKey))
    )
    const found = near.flatMap((held): ReadonlyArray<Found> => {
      const identity = identities.get(held.markerKey)
      return identity === undefined ? [] : [{ held, identity }]
    })
    if (found.length === 0) continue
    const own = found.map(({ held }) => held.receipt.reference)
    const outcome = yield* restoreOne(pipeline, document, found)
    switch (outcome._tag) {
      case "AsExpected":
        if (outcome.isRestored) again.set(documentName(key), outcome.again)
        references.push(...own)
        break
      case "Restored":
        yield* store.restore(outcome.records, actor)
        again.set(documentName(key), outcome.again)
        references.push(...own)
        break
      case "Unclear":
        yield* store.assign(pipeline.sinkConnection, own, [key.pipeline, documentName(key)].join("/"))
        problems.set(documentName(key), heldProblem(record.origin, own))
        break
    }
  }
  return { again, problems, references }
})
