/**
 * status: pipelines, how far they have read, and what waits.
 */
import { Console, Effect, Option } from "effect"
import { Command } from "effect/cli"
import { pairsOf } from "../engine/customers/CustomerPair.ts"
import { CustomerLinks } from "../store/CustomerLinks.ts"
import { ErrorQueue } from "../store/ErrorQueue.ts"
import { HintStore } from "../store/HintStore.ts"
import { IntakeStore } from "../store/IntakeStore.ts"
import { Journal } from "../store/Journal.ts"
import { LedgerGate } from "../store/LedgerGate.ts"
import { pipelinesOf } from "../plan/Plan.ts"
import { flags, pathsOrDefault } from "./flags.ts"
import { loadPlan } from "./loadPlan.ts"
import { columns } from "./columns.ts"
import { configuredStore } from "./configuredStore.ts"

/** `ledgerline status`. */
export const status = Command.make(
  "status",
  { paths: flags.paths, connections: flags.connections, format: flags.format },
  Effect.fn("status")(function* ({ connections, format, paths }) {
    const plan = yield* loadPlan({
      paths: pathsOrDefault(paths),
      connections: Option.getOrUndefined(connections)
    })
    const store = yield* IntakeStore
    const journal = yield* Journal
    const queue = yield* ErrorQueue
    const gates = yield* LedgerGate
    const cursors = yield* store.cursors
    const hints = yield* (yield* HintStore).waiting
    const documents = yield* store.countByPipeline
    const open = yield* queue.openByPipeline
    const pipelines = pipelinesOf(plan).map(({ name }) => ({
      pipeline: name,
      documents: documents.get(name) ?? 0,
      lastRead: cursors.get(name)?.movedAt ?? null,
      waiting: open.get(name) ?? 0,
      reported: hints.get(name)?.hints ?? 0
    }))
    const ledgers = yield* Effect.forEach(
      new Set(plan.pipelines.map(({ sinkConnection }) => sinkConnection)),
      (ledger) =>
        Effect.map(Effect.all([journal.counts(ledger), gates.standing(ledger)]), ([states, gate]) => ({
          ledger,
          gate: Option.match(gate, { onNone: () => "open", onSome: ({ state }) => state }),
          closedBecause: Option.match(gate, {
            onNone: () => null,
            onSome: ({ reason, state }) => (state === "open" ? null : reason)
          }),
          posted: states.get("posted") ?? 0,
          pending: (states.get("pending") ?? 0) + (states.get("sending") ?? 0),
          unknown: states.get("unknown") ?? 0,
          refused: states.get("rejected") ?? 0
        }))
    )
    const links = yield* CustomerLinks
    const customers = yield* Effect.forEach(pairsOf(plan), ({ name }) =>
      Effect.map(links.counts(name), ({ due, linked }) => ({ pair: name, linked, toBeLookedAt: due }))
    )
    if (format === "json") {
      return yield* Console.log(JSON.stringify({ pipelines, ledgers, customers }, null, 2))
    }
    yield* Console.log(
      [
        columns(
          ["pipeline", "documents", "waiting", "reported", "last read"],
          pipelines.map((one) => [
            one.pipeline,
            `${one.documents}`,
            `${one.waiting}`,
            `${one.reported}`,
            one.lastRead ?? "never"
          ]),
          [1, 2, 3]
        ),
        ...(ledgers.length === 0
          ? []
          : [
              "",
              columns(
                ["ledger", "posted", "pending", "outcome unknown", "refused"],
                ledgers.map((one) => [
                  one.ledger,
                  `${one.posted}`,
                  `${one.pending}`,
                  `${one.unknown}`,
                  `${one.refused}`
                ]),
                [1, 2, 3, 4]
              )
            ]),
        ...(customers.length === 0
          ? []
          : [
              "",
              columns(
                ["customers", "linked", "to be looked at"],
                customers.map((one) => [one.pair, `${one.linked}`, `${one.toBeLookedAt}`]),
                [1, 2]
              )
            ]),
        ...ledgers.flatMap(({ closedBecause, ledger }) =>
          closedBecause === null ? [] : ["", `nothing is posted to ${ledger}: ${closedBecause}`]
        )
      ].join("\n")
    )
  }, Effect.provide(configuredStore))
).pipe(
  Command.withDescription("Pipelines, how far they have read, and what waits"),
  Command.withExamples([{ command: "ledgerline status --format json", description: "For a monitor" }])
)
