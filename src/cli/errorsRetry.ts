/**
 * errorsRetry: tries waiting documents again, and posts what comes of it.
 */
import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { pairsOf } from "../engine/customers/CustomerPair.ts"
import { syncPair } from "../engine/customers/syncPair.ts"
import { ledgersOf } from "../engine/Ledger.ts"
import { post } from "../engine/post.ts"
import { recordRevisions } from "../engine/recordRevisions.ts"
import { retry, type RetryOutcome } from "../engine/retry.ts"
import { sealAudit } from "../engine/sealAudit.ts"
import { type ErrorItem, ErrorQueue } from "../store/ErrorQueue.ts"
import { PlanRevisions } from "../store/PlanRevisions.ts"
import { actor, actorFlag } from "./actor.ts"
import { checkout } from "./checkout.ts"
import { filterFlags, filterOf } from "./errorsList.ts"
import { ConfigurationWrong, SomethingLeft } from "./exitCode.ts"
import { flags } from "./flags.ts"
import { counted, loadPlan, pipelinesFolder } from "./loadPlan.ts"
import { contactOnStore } from "./contact.ts"
import { configuredStore } from "./configuredStore.ts"

const explained = Effect.fn("errors.explained")(function* (item: ErrorItem, outcome: RetryOutcome) {
  switch (outcome) {
    case "pipeline is gone":
      return `left as it was: the folder ${pipelinesFolder} has no pipeline ${item.pipeline}`
    case "outcome not known yet":
      return "left as it was: it is not known yet whether the ledger took its entry; that is looked up there first"
    case "differs":
      return "left as it was: do what it says, and it is settled by the next reconciliation that agrees"
    case "left for a person":
      return "left as it was: it is settled already"
    case "plan has changed": {
      const [known] = yield* (yield* PlanRevisions).of([item.planRevision])
      const where =
        known === undefined || known.gitCommit === "" ? "" : `, git ${known.gitCommit.slice(0, 12)}`
      return `left as it was: the plan that failed is ${item.planRevision.slice(0, 12)}${where}, and another is loaded. Check that one out, or use --plan current`
    }
    default:
      return outcome
  }
})

/** `ledgerline errors retry`. */
export const errorsRetry = Command.make(
  "retry",
  {
    ...filterFlags,
    ids: Argument.Int("id").pipe(Argument.withDescription("numbers from errors list"), Argument.variadic()),
    all: Flag.Boolean("all").pipe(
      Flag.withDescription("every waiting document that the filters let through"),
      Flag.withDefault(false)
    ),
    plan: Flag.Literals("plan", ["current", "failed"]).pipe(
      Flag.withDescription(
        "current: the pipelines as they are now (default); failed: only if they are still those that met the problem"
      ),
      Flag.withDefault("current")
    ),
    actor: actorFlag,
    connections: flags.connections,
    pipelines: flags.pipelines
  },
  Effect.fn("errors.retry")(
    function* ({ actor: given, all, connections, ids, pipelines, plan: under, ...filters }) {
      if (!all && ids.length === 0) {
        return yield* new ConfigurationWrong({ message: "say which: ledgerline errors retry 3, or --all" })
      }
      const who = yield* actor(given)
      const plan = yield* loadPlan({
        paths: [pipelines],
        connections: Option.getOrUndefined(connections)
      })
      const queue = yield* ErrorQueue
      const waiting = yield* queue.list(yield* filterOf(filters))
      const unknown = ids.filter((id) => !waiting.some((item) => item.id === id))
      if (unknown.length > 0) {
        return yield* new ConfigurationWrong({
          message: `nothing waits under ${unknown.join(", ")}; see: ledgerline errors list`
        })
      }
      yield* recordRevisions(plan, yield* checkout(pipelines))
      for (const item of all ? waiting : waiting.filter(({ id }) => ids.includes(id))) {
        const outcome = yield* retry(plan, item, who, { under })
        yield* Console.log(`${item.resource} ${item.number}  ${yield* explained(item, outcome)}`)
      }
      for (const ledger of ledgersOf(plan)) {
        const summary = yield* post(ledger, who)
        yield* Console.log(
          `${ledger.connection}: ${summary.posted} posted, ${summary.adopted} already there, ${summary.rejected} refused, ${summary.waiting} waiting`
        )
        if (summary.halted !== undefined) return yield* summary.halted
      }
      for (const pair of pairsOf(plan)) {
        const summary = yield* syncPair(pair, who)
        yield* Console.log(
          `customers of ${pair.name}: ${summary.created} created, ${summary.changed} changed, ${summary.parked} parked, ${summary.waiting} waiting`
        )
        if (summary.halted !== undefined) return yield* summary.halted
      }
      yield* sealAudit
      const left = (yield* queue.list()).length
      if (left > 0)
        return yield* new SomethingLeft({ message: `${counted(left, "document")} still waiting.` })
    },
    Effect.provide([configuredStore, contactOnStore])
  )
).pipe(
  Command.withDescription("Try waiting documents again, and post"),
  Command.withExamples([
    { command: "ledgerline errors retry 3", description: "After a missing row was added to its table" },
    {
      command: "ledgerline errors retry --all --code period-closed",
      description: "After a period was opened"
    }
  ])
)
