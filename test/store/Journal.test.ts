import { assert } from "@effect/vitest"
import { BigDecimal, Effect, Option, Result } from "effect"
import { SqlClient } from "effect/sql"
import { formatDecimal } from "../../src/accounting/Decimal.ts"
import { AuditLog } from "../../src/store/AuditLog.ts"
import { ErrorQueue } from "../../src/store/ErrorQueue.ts"
import { IntakeStore } from "../../src/store/IntakeStore.ts"
import { Journal } from "../../src/store/Journal.ts"
import type { PostingOutcome } from "../../src/store/JournalRecord.ts"
import { LedgerWriter, type Writer } from "../../src/store/LedgerWriter.ts"
import { describeOnDatabases } from "../support/databases.ts"
import {
  append,
  exampleError,
  exampleJournalRecord,
  examplePage,
  freshNames,
  type Names
} from "../support/examples.ts"

const minute = 60_000

const takeOver = (names: Names) => Effect.flatMap(LedgerWriter, (writers) => writers.take(names.connection))

/** Claims as a new writer unless one is given, with room for all, and marks that last longer than the test. */
const claim = (names: Names, limit = 10, given?: Writer) =>
  Effect.gen(function* () {
    const writer = given ?? (yield* takeOver(names))
    return yield* (yield* Journal).claim({ writer, limit, ambiguityMillis: minute })
  })

const claimedIds = (names: Names, limit?: number) =>
  Effect.map(claim(names, limit), (records) => records.map(({ externalId }) => externalId))

/** Claims everything and settles it alike. */
const settleAll = (names: Names, outcome: PostingOutcome) =>
  Effect.gen(function* () {
    const records = yield* claim(names)
    yield* (yield* Journal).settle(
      records.map((record) => ({ record, outcome })),
      "test"
    )
    return records
  })

/** Lets the rest of all postings of a connection pass. */
const passTime = (names: Names) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) =>
      sql`UPDATE posting SET not_before = clock_timestamp() - interval '1 second' WHERE sink_connection = ${names.connection}`
  )

const stateOf = (names: Names, id: string, revision = 1) =>
  Effect.gen(function* () {
    const { idempotencyKey } = exampleJournalRecord(names, id, revision)
    return (yield* (yield* Journal).existing([idempotencyKey])).get(idempotencyKey)?.state
  })

const posted: PostingOutcome = {
  _tag: "Posted",
  adopted: false,
  receipt: { reference: "10/2026/M/1", stage: "accepted" }
}
const rejected: PostingOutcome = { _tag: "Rejected", code: "period-closed", message: "the period is closed." }

describeOnDatabases("Journal", (it) => {
  it.effect("an entry comes back with every decimal it was stored with", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const given = exampleJournalRecord(names, "1")
      yield* append(names, [given])
      const record = (yield* (yield* Journal).existing([given.idempotencyKey])).get(given.idempotencyKey)
      assert.deepStrictEqual(
        record?.entry.lines.map(({ amount }) => formatDecimal(amount)),
        ["119.00", "100.00", "19.00"]
      )
      assert.isTrue(record?.entry.lines.every(({ amount }) => BigDecimal.isBigDecimal(amount)))
      assert.deepStrictEqual(record?.provenance, given.provenance)
      assert.deepStrictEqual(
        [record?.state, record?.attempts, record?.receipt, record?.settledAt],
        ["pending", 0, null, null]
      )
    })
  )

  it.effect("an entry whose key is taken is left as it is, posted or not", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const first = exampleJournalRecord(names, "1")
      yield* append(names, [first])
      yield* settleAll(names, posted)
      yield* append(names, [{ ...first, planRevision: "plan-2", body: { ...first.body, text: "changed" } }])
      const all = yield* (yield* Journal).ofDocuments([first])
      assert.deepStrictEqual(
        all.map(({ entry, planRevision, state }) => ({ text: entry.text, planRevision, state })),
        [{ text: "Invoice 10001", planRevision: "plan-1", state: "posted" }]
      )
      assert.deepStrictEqual(yield* claimedIds(names), [])
    })
  )

  it.effect("a claim takes the oldest first, no more than asked, and of its own connection", () =>
    Effect.gen(function* () {
      const [names, other] = [yield* freshNames, yield* freshNames]
      yield* append(
        names,
        ["1", "2", "3"].map((id) => exampleJournalRecord(names, id))
      )
      yield* append(other, [exampleJournalRecord(other, "4")])
      assert.deepStrictEqual(yield* claimedIds(names, 2), ["1", "2"])
      assert.deepStrictEqual(yield* claimedIds(names, 2), ["3"])
    })
  )

  it.effect("a claimed posting is marked as being sent, and counted, before the caller has it", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      yield* append(names, [exampleJournalRecord(names, "1")])
      const [record] = yield* claim(names)
      assert.deepStrictEqual([record?.state, record?.attempts], ["sending", 1])
      assert.strictEqual(yield* stateOf(names, "1"), "sending")
    })
  )

  it.effect("of one document only the first open entry is taken, until it is settled", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      yield* append(names, [
        exampleJournalRecord(names, "1", 1),
        exampleJournalRecord(names, "1", 2),
        exampleJournalRecord(names, "2")
      ])
      const [first, other] = yield* claim(names)
      assert.deepStrictEqual([first?.revision, other?.externalId], [1, "2"])
      assert.deepStrictEqual(yield* claimedIds(names), [])
      if (first === undefined) return assert.fail("nothing was claimed")
      yield* (yield* Journal).settle([{ record: first, outcome: posted }], "test")
      assert.deepStrictEqual(
        (yield* claim(names)).map(({ revision }) => revision),
        [2]
      )
    })
  )

  it.effect("a posting that rests is not taken before its time, and neither is what comes after it", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      yield* append(names, [exampleJournalRecord(names, "1", 1), exampleJournalRecord(names, "1", 2)])
      yield* settleAll(names, { _tag: "Retry", retryAfterMillis: minute, message: "busy" })
      assert.deepStrictEqual(yield* claim(names), [])
      const { nextDueMillis } = yield* (yield* Journal).progress(names.connection)
      assert.isAbove(nextDueMillis ?? 0, minute - 10_000)
      yield* passTime(names)
      assert.deepStrictEqual(
        (yield* claim(names)).map(({ attempts, revision }) => [revision, attempts]),
        [[1, 2]]
      )
    })
  )

  it.effect("what a dead caller had claimed is due again after the wait, still marked as sent", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      yield* append(names, [exampleJournalRecord(names, "1")])
      yield* claim(names)
      const { nextDueMillis } = yield* (yield* Journal).progress(names.connection)
      assert.isAbove(nextDueMillis ?? 0, minute - 10_000)
      assert.isAtMost(nextDueMillis ?? 0, minute)
      yield* passTime(names)
      const [again] = yield* claim(names)
      assert.deepStrictEqual([again?.state, again?.attempts], ["sending", 2])
    })
  )

  it.effect("claims at the same time never take the same posting, nor two of one document", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const ids = Array.from({ length: 40 }, (_, index) => `${index}`)
      yield* append(
        names,
        ids.flatMap((id) => [exampleJournalRecord(names, id, 1), exampleJournalRecord(names, id, 2)])
      )
      const writer = yield* takeOver(names)
      const claims = yield* Effect.replicateEffect(claim(names, 7, writer), 12, { concurrency: "unbounded" })
      const taken = claims.flat().map(({ externalId, revision }) => `${externalId}/${revision}`)
      assert.strictEqual(new Set(taken).size, taken.length)
      const rest = (yield* claim(names, 100)).map(({ externalId, revision }) => `${externalId}/${revision}`)
      assert.sameMembers(
        [...taken, ...rest],
        ids.map((id) => `${id}/1`)
      )
    })
  )

  it.effect("a writer that was replaced gets nothing, and knows that it was", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      yield* append(names, [exampleJournalRecord(names, "1")])
      const writers = yield* LedgerWriter
      const asleep = yield* takeOver(names)
      const awake = yield* takeOver(names)
      assert.deepStrictEqual(yield* claim(names, 10, asleep), [])
      assert.strictEqual(yield* writers.isCurrent(asleep), false)
      assert.strictEqual((yield* claim(names, 10, awake)).length, 1)
    })
  )

  it.effect("a ledger that is down rests twice as long each time, up to ten minutes, until a success", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const writers = yield* LedgerWriter
      yield* takeOver(names)
      assert.strictEqual(yield* writers.restOf(names.connection), 0)
      const seconds = yield* Effect.replicateEffect(writers.pause(names.connection), 8)
      assert.deepStrictEqual(
        seconds.map((millis) => Math.round(millis / 1000)),
        [15, 30, 60, 120, 240, 480, 600, 600]
      )
      assert.isAbove(yield* writers.restOf(names.connection), 590_000)
      yield* writers.resume(names.connection)
      assert.strictEqual(yield* writers.restOf(names.connection), 0)
      assert.strictEqual(Math.round((yield* writers.pause(names.connection)) / 1000), 15)
    })
  )

  it.effect("posted: the receipt is kept, the entry is found by it, and it is never taken again", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      yield* append(names, [exampleJournalRecord(names, "1")])
      const receipt = { reference: `10/2026/M/${names.connection}`, stage: "accepted" } as const
      yield* settleAll(names, { _tag: "Posted", adopted: false, receipt })
      const found = Option.getOrUndefined(yield* (yield* Journal).ofReceipt(receipt.reference))
      assert.deepStrictEqual([found?.externalId, found?.state, found?.receipt], ["1", "posted", receipt])
      assert.isNotNull(found?.settledAt)
      yield* passTime(names)
      assert.deepStrictEqual(yield* claim(names), [])
      assert.deepStrictEqual(yield* (yield* Journal).progress(names.connection), { states: new Map() })
      assert.deepStrictEqual([...(yield* (yield* Journal).counts(names.connection))], [["posted", 1]])
    })
  )

  for (const { outcome, state, action } of [
    { outcome: posted, state: "posted", action: "posted" },
    { outcome: { ...posted, adopted: true }, state: "posted", action: "adopted" },
    { outcome: rejected, state: "rejected", action: "rejected" },
    {
      outcome: { _tag: "Retry", retryAfterMillis: minute, message: "busy" },
      state: "pending",
      action: "attempt failed"
    },
    {
      outcome: { _tag: "Unknown", retryAfterMillis: minute, message: "no answer" },
      state: "unknown",
      action: "attempt failed"
    }
  ] as const) {
    it.effect(`the audit log says "${action}" of an attempt that leaves the posting ${state}`, () =>
      Effect.gen(function* () {
        const names = yield* freshNames
        yield* append(names, [exampleJournalRecord(names, "1")])
        yield* settleAll(names, outcome)
        assert.strictEqual(yield* stateOf(names, "1"), state)
        const steps = yield* (yield* AuditLog).of(exampleJournalRecord(names, "1"))
        assert.deepStrictEqual(
          steps.map((step) => [step.actor, step.action]),
          [["test", action]]
        )
        assert.deepInclude(steps[0]?.detail, {
          idempotencyKey: exampleJournalRecord(names, "1").idempotencyKey,
          attempt: 1
        })
      })
    )
  }

  it.effect("a refused entry opens an error item and blocks only its own document", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      yield* append(names, [exampleJournalRecord(names, "1")])
      yield* settleAll(names, rejected)
      yield* append(names, [exampleJournalRecord(names, "1", 2), exampleJournalRecord(names, "2")])
      yield* passTime(names)
      assert.deepStrictEqual(yield* claimedIds(names), ["2"])
      const items = (yield* (yield* ErrorQueue).list()).filter(({ pipeline }) => pipeline === names.pipeline)
      assert.deepStrictEqual(
        items.map(({ externalId, problems, stage }) => ({ externalId, stage, code: problems[0]?.code })),
        [{ externalId: "1", stage: "post", code: "period-closed" }]
      )
    })
  )

  it.effect("an entry behind a refused one is not announced as due, so that nobody waits for it", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      yield* append(names, [exampleJournalRecord(names, "1", 1), exampleJournalRecord(names, "1", 2)])
      yield* settleAll(names, rejected)
      const progress = yield* (yield* Journal).progress(names.connection)
      assert.deepStrictEqual([...progress.states].toSorted(), [
        ["pending", 1],
        ["rejected", 1]
      ])
      assert.isUndefined(progress.nextDueMillis)
    })
  )

  it.effect("a document that is posted after all settles its error item", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      yield* (yield* IntakeStore).commit(
        examplePage(names, {
          entries: [exampleJournalRecord(names, "1")],
          errors: [exampleError(names, "1"), exampleError(names, "2")]
        })
      )
      yield* settleAll(names, posted)
      const open = (yield* (yield* ErrorQueue).list()).filter(({ pipeline }) => pipeline === names.pipeline)
      assert.deepStrictEqual(
        open.map(({ externalId }) => externalId),
        ["2"]
      )
    })
  )

  it.effect("an answer that comes after the posting was claimed again changes nothing but the log", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const journal = yield* Journal
      const document = exampleJournalRecord(names, "1")
      yield* append(names, [document])
      const [asleep] = yield* claim(names)
      yield* passTime(names)
      const [awake] = yield* claim(names)
      if (asleep === undefined || awake === undefined) return assert.fail("nothing was claimed")

      yield* journal.settle([{ record: asleep, outcome: rejected }], "asleep")
      assert.strictEqual(yield* stateOf(names, "1"), "sending")
      yield* journal.settle([{ record: awake, outcome: posted }], "awake")
      yield* journal.settle([{ record: asleep, outcome: rejected }], "asleep")
      assert.strictEqual(yield* stateOf(names, "1"), "posted")
      assert.isFalse((yield* (yield* ErrorQueue).openByPipeline).has(names.pipeline))
      assert.deepStrictEqual(
        (yield* (yield* AuditLog).of(document)).map(({ action, actor }) => [actor, action]),
        [
          ["asleep", "answered late"],
          ["awake", "posted"],
          ["asleep", "answered late"]
        ]
      )
    })
  )

  it.effect(
    "only an entry that was never sent, or was refused, is taken back; else its page is refused",
    () =>
      Effect.gen(function* () {
        const names = yield* freshNames
        const journal = yield* Journal
        const entries = ["untouched", "refused", "tried", "unknown", "posted", "sending"].map((id) =>
          exampleJournalRecord(names, id)
        )
        yield* append(names, entries.slice(1))
        const outcomes: Readonly<Record<string, PostingOutcome>> = {
          refused: rejected,
          tried: { _tag: "Retry", retryAfterMillis: minute, message: "busy" },
          unknown: { _tag: "Unknown", retryAfterMillis: minute, message: "no answer" },
          posted
        }
        yield* journal.settle(
          (yield* claim(names)).flatMap((record) => {
            const outcome = outcomes[record.externalId]
            return outcome === undefined ? [] : [{ record, outcome }]
          }),
          "test"
        )
        yield* append(names, entries.slice(0, 1))
        const store = yield* IntakeStore
        for (const { externalId, idempotencyKey } of entries) {
          const page = examplePage(names, {
            superseded: [idempotencyKey],
            entries: [exampleJournalRecord(names, externalId, 2)]
          })
          const result = yield* Effect.result(store.commit(page))
          const isTakenBack = externalId === "untouched" || externalId === "refused"
          assert.strictEqual(
            Option.getOrUndefined(Result.getFailure(result))?._tag,
            isTakenBack ? undefined : "Overtaken",
            externalId
          )
          // What was to replace it is stored with the taking back, or not at all.
          assert.strictEqual(yield* stateOf(names, externalId, 2), isTakenBack ? "pending" : undefined)
        }
        const states = yield* Effect.forEach(entries, ({ externalId }) =>
          Effect.map(stateOf(names, externalId), (state) => [externalId, state])
        )
        assert.deepStrictEqual(states, [
          ["untouched", "superseded"],
          ["refused", "superseded"],
          ["tried", "pending"],
          ["unknown", "unknown"],
          ["posted", "posted"],
          ["sending", "sending"]
        ])
        yield* passTime(names)
        const due = yield* claim(names)
        assert.deepStrictEqual(
          due.filter(({ externalId }) => externalId === "untouched").map(({ revision }) => revision),
          [2]
        )
      })
  )
})
