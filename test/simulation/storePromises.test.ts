/*
 * The store in memory that histories are played on, and the real one: the same
 * script on both, every answer compared. What one promises the other keeps.
 */
import { assert } from "@effect/vitest"
import { Duration, Effect, Option, Predicate } from "effect"
import { SqlClient } from "effect/sql"
import { ErrorQueue, type ErrorItem } from "../../src/store/ErrorQueue.ts"
import { type DueHint, HintStore } from "../../src/store/HintStore.ts"
import { type IntakePage, IntakeStore } from "../../src/store/IntakeStore.ts"
import { Journal } from "../../src/store/Journal.ts"
import type { JournalRecord, PostingOutcome } from "../../src/store/JournalRecord.ts"
import { LedgerWriter, type Writer } from "../../src/store/LedgerWriter.ts"
import { describeOnDatabases } from "../support/databases.ts"
import {
  exampleError,
  exampleJournalRecord,
  examplePage,
  exampleStoredRecord,
  freshNames
} from "../support/examples.ts"
import { type Draw, makeDraw } from "./Draw.ts"
import { makeMemoryStore } from "./MemoryStore.ts"
import { epochMillis } from "./VirtualTime.ts"

interface Stores {
  readonly intakeStore: IntakeStore["Service"]
  readonly journal: Journal["Service"]
  readonly ledgerWriter: LedgerWriter["Service"]
  readonly errorQueue: ErrorQueue["Service"]
  readonly hintStore: HintStore["Service"]
}

const scripts = 12
const stepsOfScript = 60
const ids = ["1", "2", "3"]

/** Numbers that a database gives, and instants by its own clock. */
const ownToEach = new Set(["id", "createdAt", "settledAt", "openedAt", "changedAt", "movedAt"])

/** An answer as text, without what each store has of its own; milliseconds are whole. */
const textOf = (answer: unknown): string =>
  JSON.stringify(answer, (key, value: unknown) => {
    if (ownToEach.has(key)) return undefined
    if (typeof value === "bigint") return `${value}`
    if (typeof value === "number") return Math.round(value)
    if (value instanceof Map) return [...value].toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))
    if (!Predicate.isObject(value) || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  })

const drawOutcome = (draw: Draw): PostingOutcome =>
  draw.pick<PostingOutcome>([
    { _tag: "Released" },
    {
      _tag: "Posted",
      adopted: false,
      receipt: { reference: `10/${draw.between(1, 99)}`, stage: "accepted" }
    },
    { _tag: "Retry", retryAfterMillis: draw.between(0, 60_000), message: "busy" },
    { _tag: "Unknown", retryAfterMillis: draw.between(0, 60_000), message: "no answer" },
    { _tag: "Rejected", code: "period-closed", message: "the period is closed." }
  ])

/** Makes the database's present the script's. */
const setPresent = (millis: number) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    sql.unsafe(
      `CREATE OR REPLACE FUNCTION present() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT to_timestamp(${millis} / 1000.0)'`
    )
  )

const play = (seed: number) =>
  Effect.gen(function* () {
    const draw = makeDraw(seed)
    const names = yield* freshNames
    let present = epochMillis
    yield* setPresent(present)
    const real: Stores = {
      intakeStore: yield* IntakeStore,
      journal: yield* Journal,
      ledgerWriter: yield* LedgerWriter,
      errorQueue: yield* ErrorQueue,
      hintStore: yield* HintStore
    }
    const memory: Stores = makeMemoryStore(() => present)
    const script: Array<string> = []

    /** Asks both, compares the answers, and gives the real one. */
    const both = <A, E>(step: string, ask: (stores: Stores) => Effect.Effect<A, E>) =>
      Effect.gen(function* () {
        script.push(step)
        const [expected, actual] = [yield* Effect.exit(ask(real)), yield* Effect.exit(ask(memory))]
        assert.strictEqual(textOf(actual), textOf(expected), `script ${seed}: ${script.join("; ")}`)
        return Option.fromUndefinedOr(expected._tag === "Success" ? expected.value : undefined)
      })

    const revisions = new Map<string, number>()
    const entries = new Map<string, number>()
    const keys: Array<string> = []
    const writers: Array<Writer> = []
    const claimed: Array<JournalRecord> = []
    let cursor: number | undefined

    const commit = Effect.gen(function* () {
      const id = draw.pick(["1", ...ids])
      const revision = (revisions.get(id) ?? 0) + (draw.chance(0.9) ? 1 : 0)
      const isReading = revision > 0 && draw.chance(0.8)
      const isBehind = draw.chance(0.1)
      const entry = exampleJournalRecord(names, id, Math.max(1, revision))
      const after = draw.between(1, 1_000)
      const page: Partial<IntakePage> = {
        records: isReading ? [exampleStoredRecord(names, id, revision)] : [],
        entries: draw.chance(0.8) ? [entry] : [],
        superseded: keys.filter((key) => key.includes(`/${id}/`) && draw.chance(0.2)),
        errors: draw.chance(0.3) ? [{ ...exampleError(names, id), revision: Math.max(1, revision) }] : [],
        settled: draw.chance(0.2) ? [exampleError(names, draw.pick(["1", ...ids]))] : [],
        basis: draw.chance(0.7)
          ? [
              {
                ...exampleStoredRecord(names, id),
                revision: Math.max(0, (revisions.get(id) ?? 0) - (isBehind ? 1 : 0)),
                entries: (entries.get(id) ?? 0) + (draw.chance(0.1) ? 1 : 0)
              }
            ]
          : [],
        ...(draw.chance(0.6) ? { cursor: { before: draw.chance(0.85) ? cursor : 0, after } } : {})
      }
      const done = yield* both(`commit ${JSON.stringify(page)}`, ({ intakeStore }) =>
        Effect.as(intakeStore.commit(examplePage(names, page)), true)
      )
      if (Option.isNone(done)) return
      if (isReading) revisions.set(id, revision)
      if (page.entries?.length === 1 && !keys.includes(entry.idempotencyKey)) {
        keys.push(entry.idempotencyKey)
        entries.set(id, (entries.get(id) ?? 0) + 1)
      }
      if (page.cursor !== undefined) cursor = after
    })
    const take = Effect.gen(function* () {
      const writer = yield* both("take", ({ ledgerWriter }) => ledgerWriter.take(names.connection))
      if (Option.isSome(writer)) writers.unshift(writer.value)
    })
    const someWriter = () => (draw.chance(0.8) ? writers[0] : writers.at(-1))
    const claim = Effect.gen(function* () {
      const writer = someWriter()
      if (writer === undefined) return
      const options = { writer, limit: draw.between(1, 3), ambiguityMillis: draw.between(0, 60_000) }
      const records = yield* both(`claim as ${writer.fence}`, ({ journal }) => journal.claim(options))
      claimed.unshift(...Option.getOrElse(records, () => []))
    })
    const renew = Effect.gen(function* () {
      const [writer, record] = [someWriter(), claimed[draw.between(0, Math.min(3, claimed.length))]]
      if (writer === undefined || record === undefined) return
      const ambiguityMillis = draw.between(0, 60_000)
      yield* both(`renew ${record.idempotencyKey} #${record.attempts}`, ({ journal }) =>
        journal.renew({ writer, record, ambiguityMillis })
      )
    })
    const settle = Effect.gen(function* () {
      const one = claimed[draw.between(0, Math.min(4, claimed.length))]
      if (one === undefined) return
      const other = claimed.find(({ externalId }) => externalId !== one.externalId)
      const settled = [one, ...(other === undefined ? [] : [other])].map((record) => ({
        record,
        outcome: drawOutcome(draw)
      }))
      yield* both(
        `settle ${settled.map(({ outcome, record }) => `${record.idempotencyKey} #${record.attempts} ${outcome._tag}`).join(" ")}`,
        ({ journal }) => journal.settle(settled, "test")
      )
    })
    const actOnError = Effect.gen(function* () {
      const automatic = draw.chance(0.5)
      const isClosed = draw.chance(0.3)
      const index = draw.between(0, 2)
      yield* both(`act on error ${index}`, ({ errorQueue }) =>
        Effect.flatMap(errorQueue.list({ all: true, pipeline: names.pipeline }), (items) => {
          const item: ErrorItem | undefined = items[index]
          if (item === undefined) return Effect.succeed(undefined)
          return isClosed
            ? errorQueue.close(item, "ignored", { actor: "test", reason: "none" })
            : errorQueue.startRetry(item, "test", { automatic })
        })
      )
    })
    const rest = Effect.gen(function* () {
      if (writers.length === 0) return
      const isDown = draw.chance(0.6)
      yield* both(isDown ? "pause" : "resume", ({ ledgerWriter }) =>
        isDown ? ledgerWriter.pause(names.connection) : Effect.as(ledgerWriter.resume(names.connection), 0)
      )
    })
    const report = Effect.suspend(() => {
      const hints = [draw.pick(["1", ...ids]), draw.pick(["1", ...ids])].map((id) => ({
        ...exampleError(names, id),
        connection: "shop",
        settleMillis: 2_000
      }))
      return both(`report ${hints.map(({ externalId }) => externalId).join(" ")}`, ({ hintStore }) =>
        hintStore.add([...new Map(hints.map((hint) => [hint.externalId, hint])).values()])
      )
    })
    /** Sorted, since of two that became due at one instant either may come first. */
    const dueOf = ({ hintStore }: Stores) =>
      Effect.map(hintStore.due(names.pipeline, 10), (due) =>
        due
          .map((hint): DueHint => ({ ...hint, eventId: null }))
          .toSorted((a, b) => (a.externalId < b.externalId ? -1 : 1))
      )
    const actOnHint = Effect.gen(function* () {
      const due = yield* both("hints that are due", dueOf)
      const [hint] = Option.getOrElse(due, () => [])
      if (hint === undefined) return
      const stale = draw.chance(0.3) ? { ...hint, reports: hint.reports - 1 } : hint
      const options = { wait: Duration.millis(draw.between(1, 30_000)), isAttempt: draw.chance(0.5) }
      const kind = draw.pick(["settle", "postpone", "postpone all"] as const)
      yield* both(`${kind} hint ${stale.externalId}`, ({ hintStore }) =>
        kind === "settle"
          ? hintStore.settle(stale, {
              ...exampleError(names, stale.externalId),
              actor: "test",
              action: "reported",
              detail: {}
            })
          : kind === "postpone"
            ? hintStore.postpone(stale, options)
            : hintStore.postponeAll(names.pipeline, options.wait)
      )
    })
    const pass = Effect.suspend(() => {
      present += draw.between(1, 40_000)
      script.push(`pass to ${present - epochMillis}`)
      return setPresent(present)
    })
    const look = Effect.gen(function* () {
      const documents = ids.map((id) => exampleStoredRecord(names, id))
      yield* both("look", (stores) => {
        const { errorQueue, intakeStore, journal, ledgerWriter } = stores
        return Effect.all([
          journal.ofDocuments(documents),
          journal.existing(keys),
          journal.progress(names.connection),
          journal.counts(names.connection),
          intakeStore.known(names.pipeline, documents),
          Effect.forEach(documents, (document) => intakeStore.latest(document)),
          Effect.map(intakeStore.cursors, (cursors) => cursors.get(names.pipeline)),
          errorQueue.list({ all: true, pipeline: names.pipeline }),
          errorQueue.list({ pipeline: names.pipeline, stage: "post" }),
          Effect.map(errorQueue.openByPipeline, (counts) => counts.get(names.pipeline)),
          Effect.forEach(writers, (writer) => ledgerWriter.isCurrent(writer)),
          ledgerWriter.restOf(names.connection),
          dueOf(stores),
          Effect.map(stores.hintStore.waiting, (waiting) => waiting.get(names.pipeline))
        ])
      })
    })

    for (let step = 0; step < stepsOfScript; step++) {
      const next = draw.pick([
        commit,
        commit,
        commit,
        take,
        claim,
        claim,
        claim,
        renew,
        settle,
        settle,
        pass,
        actOnError,
        rest,
        report,
        actOnHint
      ])
      yield* next
      yield* look
    }
  })

describeOnDatabases("the store in memory and the real one", (it) => {
  it.effect("answer alike, whatever they are asked in whichever order", () =>
    Effect.forEach(
      Array.from({ length: scripts }, (_, index) => index + 1),
      play,
      { discard: true }
    )
  )
})
