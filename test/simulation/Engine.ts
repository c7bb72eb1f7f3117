/**
 * Engine: one process of the real engine in a simulated world.
 *
 * It reads, posts and retries as the service does, by the engine's own
 * functions; only what lies outside of them is simulated. The store's services
 * reach it through the machine that it runs on.
 */
import { fieldsOf } from "../../src/pipeline/SourceRecord.ts"
import { Context, Duration, Effect, Option, Schema } from "effect"
import { formatDecimal } from "../../src/accounting/Decimal.ts"
import { JournalEntry } from "../../src/accounting/JournalEntry.ts"
import { intake } from "../../src/engine/intake.ts"
import { ledgersOf } from "../../src/engine/Ledger.ts"
import { post } from "../../src/engine/post.ts"
import { readHints } from "../../src/engine/readHints.ts"
import { retry } from "../../src/engine/retry.ts"
import { SalesDocument } from "../../src/pipeline/SalesDocument.ts"
import type { Plan, PostingPipeline } from "../../src/plan/Plan.ts"
import { CustomerLinks } from "../../src/store/CustomerLinks.ts"
import { ErrorQueue } from "../../src/store/ErrorQueue.ts"
import { HeldEntries } from "../../src/store/HeldEntries.ts"
import { HintStore } from "../../src/store/HintStore.ts"
import { IntakeStore } from "../../src/store/IntakeStore.ts"
import { Journal } from "../../src/store/Journal.ts"
import { LedgerGate } from "../../src/store/LedgerGate.ts"
import { LedgerWriter } from "../../src/store/LedgerWriter.ts"
import { openGates } from "../support/openGates.ts"
import type { MemoryStore } from "./MemoryStore.ts"
import type { Pace } from "./Scenario.ts"
import { postingDay, type SimulatedLedger } from "./SimulatedLedger.ts"
import type { SimulatedShop } from "./SimulatedShop.ts"
import { cyclesOf, hintsOver, outside, type Workplace, writersOver } from "./process.ts"
import type { Machine } from "./World.ts"

/** What a history is played with. */
export interface Stage extends Workplace {
  readonly shop: SimulatedShop
  readonly ledger: SimulatedLedger
  readonly store: MemoryStore
  readonly settings: Pick<PostingPipeline, "onChange" | "reversalStyle" | "closedPeriod">
  readonly concurrency: number
  readonly pace: Pace
  /** Payment methods that the mapping knows no account for, for now. */
  readonly unmapped: ReadonlySet<string>
}

export const pipelineName = "invoices"

const decodeDocument = Schema.decodeUnknownSync(SalesDocument)
const decodeEntry = Schema.decodeSync(JournalEntry)

const process =
  ({ unmapped }: Stage): PostingPipeline["process"] =>
  (record, { idempotencyKey, postingDate }) =>
    Effect.sync(() => {
      if (record.normalised._tag === "Problems") return record.normalised
      const { number, payment, totals } = decodeDocument(fieldsOf(record.normalised))
      const account = payment.method ?? ""
      const amount = formatDecimal(totals.grand)
      if (amount === "0.00") return { _tag: "NothingToPost" as const }
      if (unmapped.has(account)) {
        const problem = { code: "map/no-account", message: `no account for ${account}.`, path: "revenue" }
        return { _tag: "Problems" as const, problems: [problem] }
      }
      const line = { amount, accountingAmount: amount, dimensions: {}, text: "" }
      return {
        _tag: "Entry" as const,
        provenance: [],
        document: {},
        entry: decodeEntry({
          idempotencyKey: idempotencyKey("10"),
          document: { resource: record.origin.resource, id: record.origin.id, number },
          company: "10",
          postingDate: postingDate ?? postingDay,
          currency: "EUR",
          accountingCurrency: "EUR",
          text: `Invoice ${number}`,
          correction: false,
          lines: [
            { ...line, account: "1510", side: "debit", rule: "receivable" },
            { ...line, account, side: "credit", rule: "revenue" }
          ]
        })
      }
    })

const planOf = (stage: Stage, machine: Machine): Plan => ({
  connections: [],
  doors: [],
  customers: [],
  readings: [],
  pipelines: [
    {
      ...stage.settings,
      _tag: "Posting",
      lookUps: [],
      name: pipelineName,
      file: "invoices.yaml",
      contentHash: "simulated",
      source: { open: Effect.sync(() => stage.shop.open(machine)), fixture: () => [] },
      sourceType: "shop/invoices",
      sourceConnection: "shop",
      sink: {
        open: Effect.sync(() => stage.ledger.openSink(machine)),
        dimensions: [],
        concurrency: stage.concurrency,
        ambiguityMillis: stage.ledger.ambiguityMillis,
        strategy: { name: "simulated", guarantee: "" },
        problems: []
      },
      sinkType: "ledger/entries",
      sinkConnection: "erp",
      sinkHash: "sink",
      pollEvery: Duration.minutes(1),
      company: "10",
      locateRule: () => ({ file: "invoices.yaml", line: 1 }),
      expected: { lines: [], locate: () => ({ file: "invoices.yaml", line: 1, column: 1 }) },
      process: process(stage)
    }
  ]
})

/** The store as `machine` reaches it: over a network, with a database that can fail. */
const storeOf = ({ store, world }: Stage, machine: Machine) => {
  const { errorQueue, hintStore, intakeStore, journal, ledgerWriter } = store
  const reads = <A, E>(name: string, body: Effect.Effect<A, E>) => world.reads(machine, name, body)
  const writes = <A, E>(name: string, body: Effect.Effect<A, E>) => world.writes(machine, name, body)
  const commit: IntakeStore["Service"]["commit"] = (page) => {
    const isIdle = page.records.length === 0 && page.entries.length === 0 && page.superseded.length === 0
    const named = isIdle
      ? "commit"
      : `commit of ${page.records.map(({ externalId, revision }) => `${externalId}/${revision}`).join(" ")} with entries ${page.entries.map(({ idempotencyKey }) => idempotencyKey).join(" ")}, less ${page.superseded.join(" ")}, cursor ${JSON.stringify(page.cursor?.after)}`
    const { cursor: _, ...rest } = page
    return world.without.has("cursor with its records")
      ? Effect.andThen(
          writes(
            "cursor moved",
            Effect.sync(() => store.moveCursor(page))
          ),
          writes(named, intakeStore.commit(rest))
        )
      : writes(named, intakeStore.commit(page))
  }
  return Context.make(
    IntakeStore,
    IntakeStore.of({
      known: (pipeline, documents) => reads("known", intakeStore.known(pipeline, documents)),
      commit,
      present: intakeStore.present,
      cursors: reads("cursors", intakeStore.cursors),
      find: (text) => reads("find", intakeStore.find(text)),
      seen: (pair, side, ids) => reads("seen", intakeStore.seen(pair, side, ids)),
      latest: (document) => reads("latest", intakeStore.latest(document)),
      forgotten: (names) => reads("forgotten", intakeStore.forgotten(names)),
      analyze: () => Effect.void,
      countByPipeline: reads("countByPipeline", intakeStore.countByPipeline)
    })
  ).pipe(
    Context.add(
      Journal,
      Journal.of({
        existing: (keys) => reads("existing", journal.existing(keys)),
        ofDocuments: (documents) => reads("ofDocuments", journal.ofDocuments(documents)),
        ofReceipt: (reference) => reads("ofReceipt", journal.ofReceipt(reference)),
        claim: (options) =>
          writes(
            `claim as ${options.writer.fence}`,
            Effect.tap(journal.claim(options), (claimed) =>
              Effect.sync(() =>
                world.log(
                  machine.name,
                  `claims ${claimed.map(({ attempts, idempotencyKey }) => `${idempotencyKey} #${attempts}`).join(" ")}`
                )
              )
            )
          ),
        renew: (options) =>
          writes(`renew the mark of ${options.record.idempotencyKey}`, journal.renew(options)),
        settle: (settled, actor) =>
          writes(
            `settle ${settled.map(({ outcome, record }) => `${record.idempotencyKey} #${record.attempts} ${outcome._tag}`).join(" ")}`,
            journal.settle(settled, actor)
          ),
        progress: (connection) => reads("progress", journal.progress(connection)),
        counts: (connection) => reads("counts", journal.counts(connection))
      })
    ),
    Context.add(LedgerWriter, writersOver(world, machine, ledgerWriter)),
    Context.add(HintStore, hintsOver(world, machine, hintStore)),
    Context.add(
      ErrorQueue,
      ErrorQueue.of({
        ...errorQueue,
        list: (filter) => reads("list of errors", errorQueue.list(filter)),
        startRetry: (item, actor, options) =>
          writes(`retry of ${item.externalId}`, errorQueue.startRetry(item, actor, options))
      })
    )
  )
}

/**
 * The gate of a database that never goes back in time: it may be looked at, and
 * must never be closed. What is known of the ledger is known by the journal.
 */
const gateOf = (stage: Stage, machine: Machine) => {
  const { store, world } = stage
  const proven = new Set<string>()
  const never = (what: string) => Effect.sync(() => stage.onDefect(`${what}, although nothing was forgotten`))
  const reads = <A>(name: string, body: Effect.Effect<A>) => world.reads(machine, name, body)
  const postings = () => [...store.books.postings.values()]
  return Context.make(
    LedgerGate,
    LedgerGate.of({
      look: () => reads("look at the gate", Effect.succeed({ state: "open", reason: "", sinceMillis: 0 })),
      standing: () => Effect.succeed(Option.none()),
      close: (_connection, reason) => never(`the gate was closed: ${reason}`),
      open: () => never("the gate was opened"),
      accept: () => Effect.succeed(false),
      isProven: (connection) => Effect.sync(() => proven.has(connection)),
      prove: (connection) => Effect.sync(() => void proven.add(connection)),
      testify: Effect.void
    })
  ).pipe(
    Context.add(
      HeldEntries,
      HeldEntries.of({
        add: () => never("a voucher was taken for a stranger"),
        open: () => reads("held entries", Effect.succeed([])),
        ofDocument: () => reads("held entries of a document", Effect.succeed([])),
        known: (_connection, references) =>
          reads(
            "known receipts",
            Effect.sync(() => {
              const receipts = postings().map(({ record }) => record.receipt?.reference ?? "")
              return new Set(references.filter((reference) => receipts.includes(reference)))
            })
          ),
        assign: () => never("a voucher was given to a person"),
        settle: () => Effect.void,
        restore: () => never("an entry was restored"),
        names: (_connection, after) =>
          reads(
            "names of the journal",
            Effect.sync(() =>
              postings()
                .filter(({ position }) => position > after)
                .map(({ position, record }) => ({
                  position,
                  idempotencyKey: record.idempotencyKey,
                  resource: record.resource,
                  externalId: record.externalId,
                  number: record.number,
                  attempts: record.attempts,
                  reference: record.receipt?.reference ?? null
                }))
            )
          ),
        companies: () => reads("companies", Effect.succeed(["10"])),
        documents: () => Effect.succeed([])
      })
    )
  )
}

/** Runs until interrupted: reads, posts, and tries again what waits for a person. */
export const runEngine = (stage: Stage, machine: Machine): Effect.Effect<never> => {
  const { pace } = stage
  const plan = planOf(stage, machine)
  const ledgers = ledgersOf(plan)

  const every = cyclesOf(stage, machine)

  const reading = Effect.forEach(plan.pipelines, (pipeline) => intake(pipeline, machine.name))
  const readingHints = Effect.forEach(plan.pipelines, (pipeline) => readHints(pipeline, machine.name))
  const posting = Effect.forEach(ledgers, (ledger) =>
    Effect.gen(function* () {
      if ((yield* (yield* LedgerWriter).restOf(ledger.connection)) > 0) return
      yield* post(ledger, machine.name)
    })
  )
  const retrying = Effect.gen(function* () {
    for (const item of yield* (yield* ErrorQueue).list()) yield* retry(plan, item, machine.name)
  })
  return Effect.all(
    [
      every(pace.readMillis, "intake", reading),
      every(pace.hintMillis, "hints", readingHints),
      every(pace.postMillis, "post", posting),
      every(pace.retryMillis, "retry", retrying)
    ],
    { concurrency: "unbounded" }
  ).pipe(
    Effect.provide([outside, openGates]),
    Effect.provideService(CustomerLinks, stage.store.customerLinks),
    Effect.provideContext(Context.merge(storeOf(stage, machine), gateOf(stage, machine))),
    Effect.andThen(Effect.never)
  )
}
