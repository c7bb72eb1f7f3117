/**
 * MemoryStore: the store's services on arrays instead of a database.
 *
 * It keeps the promises that the real one makes, and nothing more: a page is
 * stored as a whole or not at all, a claim takes the first open posting of each
 * document for the present writer, an attempt settles what it holds. That it
 * keeps them is shown by `storePromises.test.ts`, which plays the same script on
 * both. Every operation is synchronous, as a transaction is to those outside.
 *
 * For the mutation tests a promise can be broken on purpose, by name.
 */
import { Effect, Option, Schema } from "effect"
import { JournalEntry } from "../../src/accounting/JournalEntry.ts"
import { NormalisedRecord } from "../../src/pipeline/SourceRecord.ts"
import {
  automaticRetriesMaximum,
  type ErrorItem,
  ErrorQueue,
  type NewErrorItem
} from "../../src/store/ErrorQueue.ts"
import {
  documentName,
  type IntakePage,
  IntakeStore,
  type RecordRow,
  type StoredRecord
} from "../../src/store/IntakeStore.ts"
import { Journal } from "../../src/store/Journal.ts"
import type {
  JournalRecord,
  NewJournalRecord,
  PostingState,
  SettledPosting
} from "../../src/store/JournalRecord.ts"
import { LedgerWriter, type Writer } from "../../src/store/LedgerWriter.ts"
import type { DocumentKey } from "../../src/store/rows.ts"
import { Overtaken } from "../../src/store/StoreError.ts"
import type { CustomerDefence } from "./customers/customerDefences.ts"
import { makeMemoryCustomers } from "./customers/MemoryCustomers.ts"
import type { Defence } from "./defences.ts"
import { makeMemoryHints } from "./MemoryHints.ts"

/** A posting as its row holds it; `position` is the order of the journal. */
export interface Posting {
  readonly position: number
  readonly document: string
  readonly record: JournalRecord
  notBefore: number
  fence: bigint
}

interface Written {
  readonly at: number
  readonly stored: StoredRecord
}

interface WriterRow {
  fence: bigint
  failures: number
  pausedUntil: number
}

const decodeEntry = Schema.decodeSync(JournalEntry)
const decodeNormalised = Schema.decodeUnknownSync(NormalisedRecord)
const decodeJson = Schema.decodeUnknownSync(Schema.Json)
const blocking: ReadonlySet<PostingState> = new Set(["pending", "sending", "unknown", "rejected"])
const claimable: ReadonlySet<PostingState> = new Set(["pending", "sending", "unknown"])
const waiting = (state: ErrorItem["state"]) => state === "open" || state === "retrying"
const fullName = (document: DocumentKey) => `${document.pipeline}/${documentName(document)}`
const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null)

/** A store whose present is `now`, in milliseconds. */
export const makeMemoryStore = (
  now: () => number,
  without: ReadonlySet<Defence> = new Set(),
  /** Told of every revision that is stored, and of the one before it. */
  onRecord: (record: StoredRecord, before: StoredRecord | undefined) => void = () => {},
  withoutOfCustomers: ReadonlySet<CustomerDefence> = new Set()
) => {
  const records = new Map<string, Array<Written>>()
  const postings = new Map<string, Posting>()
  const byDocument = new Map<string, Array<Posting>>()
  const byPipelineDocument = new Map<string, Array<Posting>>()
  const cursors = new Map<string, { readonly value: unknown; readonly movedAt: number }>()
  const errors: Array<ErrorItem> = []
  const writers = new Map<string, WriterRow>()
  const audit: Array<{ readonly actor: string; readonly action: string; readonly document: string }> = []

  const iso = () => String(now())
  const push = <A>(map: Map<string, Array<A>>, key: string, value: A) => {
    const list = map.get(key)
    if (list === undefined) map.set(key, [value])
    else list.push(value)
  }

  const replace = (posting: Posting, change: Partial<JournalRecord>): Posting => {
    const changed = { ...posting, record: { ...posting.record, ...change } }
    postings.set(posting.record.idempotencyKey, changed)
    for (const list of [byDocument.get(posting.document), byPipelineDocument.get(fullName(posting.record))]) {
      const index = list?.indexOf(posting) ?? -1
      if (list !== undefined && index >= 0) list[index] = changed
    }
    return changed
  }

  const append = (entries: ReadonlyArray<NewJournalRecord>) => {
    for (const { body, company: _, document, ...entry } of entries) {
      if (postings.has(entry.idempotencyKey)) continue
      const posting: Posting = {
        position: postings.size + 1,
        document,
        notBefore: now(),
        fence: 0n,
        record: {
          ...entry,
          entry: decodeEntry(body),
          createdAt: iso(),
          state: "pending",
          attempts: 0,
          receipt: null,
          settledAt: null
        }
      }
      postings.set(entry.idempotencyKey, posting)
      push(byDocument, document, posting)
      push(byPipelineDocument, fullName(entry), posting)
    }
  }

  const openErrors = (items: ReadonlyArray<NewErrorItem>) => {
    for (const item of items) {
      const index = errors.findIndex((other) => waiting(other.state) && fullName(other) === fullName(item))
      const before = errors[index]
      if (before === undefined) {
        errors.push({
          ...item,
          id: errors.length + 1,
          state: "open",
          retries: 0,
          automaticRetries: 0,
          amount: null,
          currency: null,
          openedAt: iso(),
          changedAt: iso()
        })
      } else {
        errors[index] = {
          ...before,
          ...item,
          state: "open",
          changedAt: iso(),
          automaticRetries: before.revision === item.revision ? before.automaticRetries : 0
        }
      }
    }
  }

  const resolveErrors = (documents: ReadonlyArray<DocumentKey & { readonly revision?: number }>) => {
    const revisions = new Map(
      documents.map((document) => [
        fullName(document),
        without.has("an old revision settles no new error") ? Infinity : (document.revision ?? Infinity)
      ])
    )
    for (const [index, item] of errors.entries()) {
      if (waiting(item.state) && item.revision <= (revisions.get(fullName(item)) ?? 0)) {
        errors[index] = { ...item, state: "resolved", changedAt: iso() }
      }
    }
  }

  const lastRevision = (document: DocumentKey) => records.get(fullName(document))?.at(-1)?.stored

  const moveCursor = ({ cursor, pipeline }: IntakePage) => {
    if (cursor !== undefined) cursors.set(pipeline, { value: cursor.after, movedAt: now() })
  }
  const isElsewhere = ({ cursor, pipeline }: IntakePage) => {
    const present = cursors.get(pipeline)
    return cursor !== undefined && present !== undefined && !same(present.value, cursor.before)
  }
  const isUntouched = ({ record }: Posting) =>
    (record.state === "pending" && record.attempts === 0) || record.state === "rejected"

  const isWriter = (writer: Writer) =>
    without.has("fence") || writers.get(writer.connection)?.fence === writer.fence

  const customers = makeMemoryCustomers({
    now,
    without: withoutOfCustomers,
    isWriter,
    openErrors,
    resolveErrors,
    onStep: (step) => audit.push({ actor: step.actor, action: step.action, document: step.externalId ?? "" })
  })

  /** Undefined when the page was stored; else why it was not, and nothing was. */
  const commit = (page: IntakePage): Overtaken | undefined => {
    for (const { entries, revision, ...document } of without.has("made from the present") ? [] : page.basis) {
      if ((lastRevision(document)?.revision ?? 0) > revision) return new Overtaken({ by: "reading" })
      const storedAt = records.get(fullName(document))?.at(-1)?.at
      if (page.readAt !== undefined && storedAt !== undefined && storedAt > Number(page.readAt)) {
        return new Overtaken({ by: "reading" })
      }
      if ((byPipelineDocument.get(fullName(document)) ?? []).length !== entries) {
        return new Overtaken({ by: "posting" })
      }
    }
    const isTaken = page.records.some((record) =>
      records.get(fullName(record))?.some(({ stored }) => stored.revision === record.revision)
    )
    if (isTaken && !without.has("revision stored once")) return new Overtaken({ by: "reading" })
    const superseded = page.superseded.flatMap((key) => {
      const posting = postings.get(key)
      return posting !== undefined && (without.has("supersede checked") || isUntouched(posting))
        ? [posting]
        : []
    })
    if (superseded.length < page.superseded.length) return new Overtaken({ by: "posting" })
    if (isElsewhere(page) && !without.has("cursor compared")) return new Overtaken({ by: "reading" })

    for (const record of page.records) onRecord(record, lastRevision(record))
    for (const record of page.records) push(records, fullName(record), { at: now(), stored: record })
    for (const posting of superseded) replace(posting, { state: "superseded", settledAt: iso() })
    append(page.entries)
    openErrors(page.errors)
    resolveErrors(page.settled)
    for (const { action, actor, externalId = "" } of page.audit) {
      audit.push({ actor, action, document: externalId })
    }
    customers.addTasks(page.tasks)
    moveCursor(page)
    return undefined
  }

  const isFirstOpen = (posting: Posting) =>
    without.has("order within a document") ||
    !(byDocument.get(posting.document) ?? []).some(
      (earlier) => earlier.position < posting.position && blocking.has(earlier.record.state)
    )
  const open = (connection: string) =>
    [...postings.values()].filter(
      ({ record }) => record.sinkConnection === connection && blocking.has(record.state)
    )

  const claim = (options: {
    readonly writer: Writer
    readonly limit: number
    readonly ambiguityMillis: number
  }): ReadonlyArray<JournalRecord> => {
    const { ambiguityMillis, limit, writer } = options
    if (!isWriter(writer)) return []
    return open(writer.connection)
      .filter(
        (posting) => claimable.has(posting.record.state) && posting.notBefore <= now() && isFirstOpen(posting)
      )
      .slice(0, limit)
      .map((posting) => {
        if (without.has("mark before sending")) {
          posting.notBefore = now() + ambiguityMillis
          return posting.record
        }
        const marked = replace(posting, { state: "sending", attempts: posting.record.attempts + 1 })
        marked.fence = writer.fence
        marked.notBefore = now() + (without.has("rest of a mark") ? 0 : ambiguityMillis)
        return marked.record
      })
  }

  const renew = (options: {
    readonly writer: Writer
    readonly record: JournalRecord
    readonly ambiguityMillis: number
  }): boolean => {
    const { ambiguityMillis, record, writer } = options
    const posting = postings.get(record.idempotencyKey)
    const holds =
      posting?.record.state === "sending" && posting.record.attempts === record.attempts && isWriter(writer)
    if (posting !== undefined && holds && !without.has("rest of a mark")) {
      posting.notBefore = now() + ambiguityMillis
    }
    return holds || without.has("mark renewed") || without.has("mark before sending")
  }

  const stateAfter = { Posted: "posted", Rejected: "rejected", Unknown: "unknown", Retry: "pending" } as const

  const settle = (settled: ReadonlyArray<SettledPosting>, actor: string) => {
    for (const { outcome, record } of settled) {
      const posting = postings.get(record.idempotencyKey)
      const holds =
        posting !== undefined &&
        (without.has("mark before sending") ||
          (posting.record.state === "sending" && posting.record.attempts === record.attempts) ||
          without.has("settled by its attempt"))
      audit.push({
        actor,
        action: holds ? outcome._tag : "answered late",
        document: record.externalId
      })
      if (!holds) continue
      const isPosted = outcome._tag === "Posted"
      const changed = replace(posting, {
        state: outcome._tag === "Released" ? "pending" : stateAfter[outcome._tag],
        receipt: isPosted ? outcome.receipt : null,
        settledAt: isPosted ? iso() : null
      })
      changed.notBefore = now() + ("retryAfterMillis" in outcome ? outcome.retryAfterMillis : 0)
      if (isPosted) resolveErrors([record])
      if (outcome._tag === "Rejected") {
        const { code, message } = outcome
        openErrors([
          {
            pipeline: record.pipeline,
            resource: record.resource,
            externalId: record.externalId,
            number: record.number,
            revision: record.revision,
            stage: "post",
            planRevision: record.planRevision,
            problems: [{ code, message, path: record.idempotencyKey }]
          }
        ])
      }
    }
  }

  const progress = (connection: string) => {
    const states = new Map<PostingState, number>()
    let due: number | undefined
    for (const posting of open(connection)) {
      const { state } = posting.record
      states.set(state, (states.get(state) ?? 0) + 1)
      if (claimable.has(state) && isFirstOpen(posting)) due = Math.min(due ?? Infinity, posting.notBefore)
    }
    return { states, ...(due === undefined ? {} : { nextDueMillis: Math.max(0, due - now()) }) }
  }

  const rowOf = ({ origin, pipeline, revision, ...rest }: StoredRecord): RecordRow => ({
    pipeline,
    revision,
    origin,
    fingerprint: rest.fingerprint,
    raw: decodeJson(rest.raw),
    normalised: decodeNormalised(rest.normalised)
  })

  const intakeStore = IntakeStore.of({
    known: (pipeline, documents) =>
      Effect.sync(
        () =>
          new Map(
            documents.flatMap((document) => {
              const stored = lastRevision({ ...document, pipeline })
              if (stored === undefined) return []
              const { externalId, fingerprint, fingerprintVersion, resource, revision } = stored
              const known = { externalId, fingerprint, fingerprintVersion, resource, revision }
              return [[documentName(document), known] as const]
            })
          )
      ),
    commit: (page) =>
      Effect.suspend(() => {
        const refused = commit(page)
        return refused === undefined ? Effect.void : Effect.fail(refused)
      }),
    present: Effect.sync(() => String(now())),
    cursors: Effect.sync(
      () =>
        new Map(
          [...cursors].map(([pipeline, { movedAt, value }]) => [
            pipeline,
            { value: decodeJson(value), movedAt: String(movedAt) }
          ])
        )
    ),
    find: (text) =>
      Effect.sync(() =>
        [...records.values()].flatMap((written) => {
          const stored = written.at(-1)?.stored
          return stored !== undefined && (stored.externalId === text || stored.origin.number === text)
            ? [rowOf(stored)]
            : []
        })
      ),
    seen: (pair, side, ids) => Effect.sync(() => customers.seen(pair, side, ids)),
    latest: (document) =>
      Effect.sync(() => Option.map(Option.fromUndefinedOr(lastRevision(document)), rowOf)),
    forgotten: () => Effect.succeed({ names: new Set<string>(), all: 0 }),
    analyze: () => Effect.void,
    countByPipeline: Effect.sync(
      () =>
        new Map(
          [...Map.groupBy(records.values(), ([first]) => first?.stored.pipeline ?? "")].map(
            ([pipeline, documents]) => [pipeline, documents.length]
          )
        )
    )
  })

  const journal = Journal.of({
    existing: (keys) =>
      Effect.sync(
        () =>
          new Map(
            keys.flatMap((key) => {
              const posting = postings.get(key)
              return posting === undefined ? [] : [[key, posting.record] as const]
            })
          )
      ),
    ofDocuments: (documents) =>
      Effect.sync(() =>
        documents
          .flatMap((document) => byPipelineDocument.get(fullName(document)) ?? [])
          .toSorted((a, b) => a.position - b.position)
          .map(({ record }) => record)
      ),
    ofReceipt: (reference) =>
      Effect.sync(() =>
        Option.map(
          Option.fromUndefinedOr(
            [...postings.values()].find(({ record }) => record.receipt?.reference === reference)
          ),
          ({ record }) => record
        )
      ),
    claim: (options) => Effect.sync(() => claim(options)),
    renew: (options) => Effect.sync(() => renew(options)),
    settle: (settled, actor) => Effect.sync(() => settle(settled, actor)),
    progress: (connection) => Effect.sync(() => progress(connection)),
    counts: (connection) =>
      Effect.sync(() => {
        const counts = new Map<PostingState, number>()
        for (const { record } of postings.values()) {
          if (record.sinkConnection !== connection) continue
          counts.set(record.state, (counts.get(record.state) ?? 0) + 1)
        }
        return counts
      })
  })

  const ledgerWriter = LedgerWriter.of({
    take: (connection) =>
      Effect.sync(() => {
        const row = writers.get(connection) ?? { fence: 0n, failures: 0, pausedUntil: 0 }
        row.fence += 1n
        writers.set(connection, row)
        return { connection, fence: row.fence }
      }),
    isCurrent: (writer) => Effect.sync(() => writers.get(writer.connection)?.fence === writer.fence),
    pause: (connection) =>
      Effect.sync(() => {
        const row = writers.get(connection) ?? { fence: 0n, failures: 0, pausedUntil: 0 }
        const rest = Math.min(600_000, 15_000 * 2 ** Math.min(row.failures, 10))
        row.failures += 1
        row.pausedUntil = now() + rest
        return rest
      }),
    resume: (connection) =>
      Effect.sync(() => {
        const row = writers.get(connection)
        if (row === undefined) return
        row.failures = 0
        row.pausedUntil = 0
      }),
    restOf: (connection) =>
      Effect.sync(() => Math.max(0, (writers.get(connection)?.pausedUntil ?? 0) - now()))
  })

  const act = (id: number, change: (item: ErrorItem) => ErrorItem | undefined) =>
    Effect.sync(() => {
      const item = errors[id - 1]
      const changed = item === undefined || !waiting(item.state) ? undefined : change(item)
      if (changed === undefined) return false
      errors[id - 1] = { ...changed, changedAt: iso() }
      return true
    })

  const errorQueue = ErrorQueue.of({
    list: (filter = {}) =>
      Effect.sync(() =>
        errors.filter(
          (item) =>
            (filter.state === undefined
              ? filter.all === true || waiting(item.state)
              : item.state === filter.state) &&
            (filter.pipeline === undefined || item.pipeline === filter.pipeline) &&
            (filter.stage === undefined || item.stage === filter.stage) &&
            (filter.code === undefined || item.problems.some(({ code }) => code === filter.code))
        )
      ),
    get: (id) => Effect.sync(() => Option.fromUndefinedOr(errors[id - 1])),
    // No document of a history waits for a customer.
    readyByLink: () => Effect.succeed([]),
    startRetry: ({ id }, _actor, options) =>
      act(id, (item) =>
        options?.automatic === true && item.automaticRetries >= automaticRetriesMaximum
          ? undefined
          : {
              ...item,
              state: "retrying",
              retries: item.retries + 1,
              automaticRetries: options?.automatic === true ? item.automaticRetries + 1 : 0
            }
      ),
    close: ({ id }, state) => act(id, (item) => ({ ...item, state })),
    openByPipeline: Effect.sync(
      () =>
        new Map(
          [
            ...Map.groupBy(
              errors.filter(({ state }) => waiting(state)),
              ({ pipeline }) => pipeline
            )
          ].map(([pipeline, items]) => [pipeline, items.length])
        )
    )
  })

  /** What those who check the books may look at. */
  const books = { postings, records, cursors, errors, audit, links: customers.links, tasks: customers.tasks }
  return {
    intakeStore,
    journal,
    ledgerWriter,
    errorQueue,
    hintStore: makeMemoryHints(now),
    customerLinks: customers.service,
    books,
    moveCursor
  }
}
export type MemoryStore = ReturnType<typeof makeMemoryStore>
