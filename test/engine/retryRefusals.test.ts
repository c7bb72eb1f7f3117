/*
 * What is not tried again, and why.
 */
import { NodeServices } from "@effect/platform-node"
import { assert } from "@effect/vitest"
import { Duration, Effect, Layer } from "effect"
import { contact } from "../../src/cli/contact.ts"
import { nextStep } from "../../src/engine/nextStep.ts"
import { retry as retryItem } from "../../src/engine/retry.ts"
import type { Plan } from "../../src/plan/Plan.ts"
import { ErrorQueue } from "../../src/store/ErrorQueue.ts"
import { IntakeStore } from "../../src/store/IntakeStore.ts"
import { Journal } from "../../src/store/Journal.ts"
import { LedgerWriter } from "../../src/store/LedgerWriter.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { exampleDocument } from "../support/exampleDocument.ts"
import {
  exampleError,
  exampleJournalRecord,
  examplePage,
  exampleStoredRecord,
  freshNames,
  type Names
} from "../support/examples.ts"

const retry = (...given: Parameters<typeof retryItem>) =>
  retryItem(...given).pipe(Effect.provide(contact.pipe(Layer.provideMerge(NodeServices.layer))))

/** A plan of one pipeline that parks everything. */
const planOf = (names: Names, contentHash: string): Plan => ({
  connections: [],
  doors: [],
  customers: [],
  readings: [],
  pipelines: [
    {
      _tag: "Posting",
      lookUps: [],
      name: names.pipeline,
      file: "pipelines/invoices.yaml",
      contentHash,
      source: {
        open: Effect.never,
        fixture: () => []
      },
      sourceType: "shop/invoices",
      sourceConnection: "shop",
      sink: {
        open: Effect.never,
        dimensions: [],
        concurrency: 1,
        ambiguityMillis: 0,
        strategy: { name: "none", guarantee: "Nothing is posted." },
        problems: []
      },
      sinkType: "ledger/entries",
      sinkConnection: names.connection,
      sinkHash: "sink",
      pollEvery: Duration.minutes(1),
      company: "10",
      onChange: "park",
      reversalStyle: "swap-sides",
      closedPeriod: "hold",
      locateRule: () => ({ file: "pipelines/invoices.yaml", line: 1 }),
      expected: { lines: [], locate: () => ({ file: "pipelines/invoices.yaml", line: 1, column: 1 }) },
      process: () => Effect.succeed({ _tag: "Problems", problems: exampleError(names, "1").problems })
    }
  ]
})

/** Invoice 1, stored and parked; its item. */
const parked = Effect.fn("parked")(function* (names: Names, stage: "map" | "post" = "map") {
  yield* (yield* IntakeStore).commit(
    examplePage(names, {
      records: [
        {
          ...exampleStoredRecord(names, "1"),
          normalised: { _tag: "Document", document: exampleDocument }
        }
      ],
      entries: stage === "post" ? [exampleJournalRecord(names, "1")] : [],
      errors: [{ ...exampleError(names, "1"), stage }]
    })
  )
  const [item] = yield* (yield* ErrorQueue).list({ pipeline: names.pipeline })
  return item ?? assert.fail("there is no item")
})

const stateOf = (id: number) =>
  Effect.gen(function* () {
    const item = yield* (yield* ErrorQueue).get(id)
    return item._tag === "Some" ? [item.value.state, item.value.retries] : []
  })

describeOnDatabases("a retry", (it) => {
  it.effect("under the plan that failed is refused when another is loaded, and leaves the item alone", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const item = yield* parked(names)
      const changed = yield* retry(planOf(names, "plan-2"), item, "anna", { under: "failed" })
      assert.strictEqual(changed, "plan has changed")
      assert.deepStrictEqual(yield* stateOf(item.id), ["open", 0])
      const same = yield* retry(planOf(names, item.planRevision), item, "anna", { under: "failed" })
      assert.strictEqual(same, "still parked")
      assert.deepStrictEqual(yield* stateOf(item.id), ["open", 1])
    })
  )

  it.effect.each([{ end: "none" }, { end: "unknown" }] as const)(
    "is refused while the outcome of a posting is open ($end reported), and the advice is to wait",
    ({ end }) =>
      Effect.gen(function* () {
        const names = yield* freshNames
        const journal = yield* Journal
        const item = yield* parked(names, "post")
        const writer = yield* (yield* LedgerWriter).take(names.connection)
        const claimed = yield* journal.claim({ writer, limit: 1, ambiguityMillis: 60_000 })
        assert.lengthOf(claimed, 1)
        if (end === "unknown") {
          const outcome = { _tag: "Unknown", retryAfterMillis: 60_000, message: "No answer." } as const
          yield* journal.settle(
            claimed.map((record) => ({ record, outcome })),
            "engine"
          )
        }
        const [waiting] = yield* (yield* ErrorQueue).list({ pipeline: names.pipeline })
        const outcome = yield* retry(planOf(names, "plan-1"), waiting ?? item, "anna")
        assert.strictEqual(outcome, "outcome not known yet")
        assert.deepStrictEqual(yield* stateOf(item.id), ["open", 0])
        assert.match(nextStep(item, yield* journal.ofDocuments([item])), /^Wait: /u)
      })
  )

  it.effect("that nobody asked for is refused after ten, and the advice says so", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const item = yield* parked(names)
      const again = retry(planOf(names, "plan-2"), item, "engine", { automatic: true })
      const outcomes = yield* Effect.forEach(Array.from({ length: 11 }), () => again)
      assert.deepStrictEqual(outcomes.slice(8), ["still parked", "still parked", "left for a person"])
      const [tired] = yield* (yield* ErrorQueue).list({ pipeline: names.pipeline })
      assert.include(tired === undefined ? "" : nextStep(tired, []), "tried 10 times by itself")
      assert.strictEqual(yield* retry(planOf(names, "plan-2"), item, "anna"), "still parked")
    })
  )

  it.effect("of a pipeline that is no longer there is refused", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const item = yield* parked(names)
      const outcome = yield* retry(
        { pipelines: [], customers: [], readings: [], connections: [], doors: [] },
        item,
        "anna"
      )
      assert.strictEqual(outcome, "pipeline is gone")
      assert.deepStrictEqual(yield* stateOf(item.id), ["open", 0])
    })
  )
})
