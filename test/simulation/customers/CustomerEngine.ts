/**
 * CustomerEngine: one process of the real engine that keeps customers the same in a simulated world.
 */
import { Context, Duration, Effect } from "effect"
import { pairsOf, writerName } from "../../../src/engine/customers/CustomerPair.ts"
import { syncPair } from "../../../src/engine/customers/syncPair.ts"
import { intake } from "../../../src/engine/intake.ts"
import { readHints } from "../../../src/engine/readHints.ts"
import type { CustomersPipeline } from "../../../src/plan/Plan.ts"
import { otherSide, type Side } from "../../../src/store/CustomerLink.ts"
import { CustomerLinks } from "../../../src/store/CustomerLinks.ts"
import { HeldEntries } from "../../../src/store/HeldEntries.ts"
import { HintStore } from "../../../src/store/HintStore.ts"
import { IntakeStore } from "../../../src/store/IntakeStore.ts"
import { Journal } from "../../../src/store/Journal.ts"
import { LedgerWriter } from "../../../src/store/LedgerWriter.ts"
import type { MemoryStore } from "../MemoryStore.ts"
import { cyclesOf, hintsOver, outside, type Workplace, writersOver } from "../process.ts"
import type { Machine } from "../World.ts"
import { simulatedFields, type SimulatedSystem } from "./SimulatedSystem.ts"

/** What a history of customers is played with. */
export interface CustomerStage extends Workplace {
  readonly systems: Readonly<Record<Side, SimulatedSystem>>
  readonly store: MemoryStore
  /** Sides that a pipeline reads: both, or only one. */
  readonly reads: ReadonlyArray<Side>
  readonly settings: Pick<CustomersPipeline["settings"], "conflicts" | "owners">
  readonly pace: { readonly readMillis: number; readonly syncMillis: number; readonly hintMillis: number }
}

/** The pipeline that reads a side. */
export const readerOf = (side: Side) => `${side}-to-${otherSide(side)}`

const mirrored = ({ conflicts, owners }: CustomerStage["settings"]): CustomerStage["settings"] => ({
  conflicts:
    conflicts === "source-wins" ? "sink-wins" : conflicts === "sink-wins" ? "source-wins" : conflicts,
  owners: new Map([...owners].map(([field, whose]) => [field, whose === "source" ? "sink" : "source"]))
})

/** What is said of conflicts is meant with the left as the source. */
const pipelineOf = (stage: CustomerStage, machine: Machine, side: Side): CustomersPipeline => ({
  _tag: "Customers",
  name: readerOf(side),
  file: "customers.yaml",
  contentHash: "simulated",
  source: { open: Effect.sync(() => stage.systems[side].openSource(machine)), fixture: () => [] },
  sourceType: "system/customers",
  sourceConnection: side,
  pollEvery: Duration.minutes(1),
  lookUps: [],
  sink: stage.systems[otherSide(side)].sink(machine),
  sinkType: "system/customers",
  sinkConnection: otherSide(side),
  people: "registered",
  settings: {
    ...(side === "left" ? stage.settings : mirrored(stage.settings)),
    match: ["vatNumber", "email"],
    fields: simulatedFields,
    addresses: true,
    create: true,
    writesPerHour: 4
  }
})

const storeOf = ({ store, world }: CustomerStage, machine: Machine) => {
  const { customerLinks, hintStore, intakeStore, journal, ledgerWriter } = store
  const reads = <A, E>(name: string, body: Effect.Effect<A, E>) => world.reads(machine, name, body)
  const writes = <A, E>(name: string, body: Effect.Effect<A, E>) => world.writes(machine, name, body)
  return Context.make(
    IntakeStore,
    IntakeStore.of({
      ...intakeStore,
      known: (pipeline, documents) => reads("known", intakeStore.known(pipeline, documents)),
      seen: (pair, side, ids) => reads("seen", intakeStore.seen(pair, side, ids)),
      commit: (page) => {
        const tasks = page.tasks.map(({ externalId }) => externalId).join(" ")
        return writes(tasks === "" ? "commit" : `commit with tasks ${tasks}`, intakeStore.commit(page))
      },
      cursors: reads("cursors", intakeStore.cursors)
    })
  ).pipe(
    Context.add(Journal, journal),
    Context.add(LedgerWriter, writersOver(world, machine, ledgerWriter)),
    Context.add(HintStore, hintsOver(world, machine, hintStore)),
    Context.add(
      CustomerLinks,
      CustomerLinks.of({
        askAwaited: customerLinks.askAwaited,
        isAwaited: customerLinks.isAwaited,
        ofAddress: customerLinks.ofAddress,
        ask: (tasks) => writes("ask", customerLinks.ask(tasks)),
        due: (pair, limit) => reads("due", customerLinks.due(pair, limit)),
        nextDueMillis: (pair) => reads("next due", customerLinks.nextDueMillis(pair)),
        find: (pair, side, id) =>
          // Nobody of a history is a guest, so that looking for one is no event of it.
          pair.endsWith("/guests")
            ? customerLinks.find(pair, side, id)
            : reads(`link of ${id}`, customerLinks.find(pair, side, id)),
        creating: (pair, side) => reads("creating", customerLinks.creating(pair, side)),
        start: (writer, pair, content, audit) =>
          writes(
            `start link ${content.leftId} ${content.rightId} ${content.state} as ${writer.fence}`,
            customerLinks.start(writer, pair, content, audit)
          ),
        mark: (writer, link) =>
          writes(
            `mark link ${link.id} as ${writer.fence}: ${JSON.stringify(link.intent)}`,
            customerLinks.mark(writer, link)
          ),
        settle: (writer, settlement) =>
          writes(
            `settle ${settlement.task?.externalId ?? ""} link ${JSON.stringify(settlement.link)} errors ${JSON.stringify(settlement.errors.map(({ problems }) => problems))} as ${writer.fence}`,
            customerLinks.settle(writer, settlement)
          ),
        postpone: (task, options) =>
          writes(`postpone ${task.externalId} by ${options.millis}`, customerLinks.postpone(task, options)),
        forgive: (id) => writes("forgive", customerLinks.forgive(id)),
        counts: (pair) => reads("counts", customerLinks.counts(pair))
      })
    ),
    Context.add(
      HeldEntries,
      HeldEntries.of({
        add: () => Effect.die("nothing is posted here"),
        open: () => Effect.succeed([]),
        ofDocument: () => Effect.succeed([]),
        known: () => Effect.succeed(new Set()),
        assign: () => Effect.die("nothing is posted here"),
        settle: () => Effect.void,
        restore: () => Effect.die("nothing is posted here"),
        names: () => Effect.succeed([]),
        companies: () => Effect.succeed([]),
        documents: () => Effect.succeed([])
      })
    )
  )
}

/** Runs until interrupted: reads what is read, and brings both sides to the same content. */
export const runCustomerEngine = (stage: CustomerStage, machine: Machine): Effect.Effect<never> => {
  const { pace } = stage
  const pipelines = stage.reads.map((side) => pipelineOf(stage, machine, side))
  const pairs = pairsOf({ customers: pipelines })

  const every = cyclesOf(stage, machine)

  const syncing = Effect.forEach(pairs, (pair) =>
    Effect.gen(function* () {
      if ((yield* (yield* LedgerWriter).restOf(writerName(pair.name))) > 0) return
      yield* syncPair(pair, machine.name)
    })
  )
  return Effect.all(
    [
      ...pipelines.flatMap((pipeline) => [
        every(pace.readMillis, `intake ${pipeline.name}`, intake(pipeline, machine.name)),
        every(pace.hintMillis, `hints ${pipeline.name}`, readHints(pipeline, machine.name))
      ]),
      every(pace.syncMillis, "customers", syncing)
    ],
    { concurrency: "unbounded" }
  ).pipe(
    Effect.provide(outside),
    Effect.provideContext(storeOf(stage, machine)),
    Effect.andThen(Effect.never)
  )
}
