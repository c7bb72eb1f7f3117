/**
 * backfill: reads a past period of one pipeline, and does what comes of it.
 */
import { Clock, Console, DateTime, Duration, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { backfill as runBackfill, openPeriod } from "../engine/backfill.ts"
import { checkAddresses } from "../engine/checkAddresses.ts"
import { previewBackfill } from "../engine/previewBackfill.ts"
import { recordRevisions } from "../engine/recordRevisions.ts"
import type { Period } from "../pipeline/Source.ts"
import { type Plan, pipelinesOf } from "../plan/Plan.ts"
import { AuditLog } from "../store/AuditLog.ts"
import { Backfills } from "../store/Backfills.ts"
import { ErrorQueue } from "../store/ErrorQueue.ts"
import { actor, actorFlag } from "./actor.ts"
import { backfillJson, backfillTable, periodText, previewTable } from "./backfillOutput.ts"
import { checkout } from "./checkout.ts"
import { configuredQueue, configuredStore } from "./configuredStore.ts"
import { contactOnStore } from "./contact.ts"
import { ConfigurationWrong, SomethingLeft } from "./exitCode.ts"
import { flags } from "./flags.ts"
import { counted, loadPlan } from "./loadPlan.ts"
import { progressDisplay } from "./progressDisplay.ts"

const isDay = /^\d{4}-\d{2}-\d{2}$/u
/** With an offset: an instant without one would mean another time on another machine. */
const isInstant = /^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})$/u

const instantOf = Effect.fn("backfill.instantOf")(function* (flag: string, text: string) {
  const instant = isDay.test(text) || isInstant.test(text) ? DateTime.make(text) : Option.none()
  // A thirtieth of February would otherwise be the second of March.
  const isThere = Option.exists(
    instant,
    (one) => !isDay.test(text) || DateTime.formatIsoDateUtc(DateTime.toUtc(one)) === text
  )
  return Option.isSome(instant) && isThere
    ? DateTime.toUtc(instant.value)
    : yield* new ConfigurationWrong({
        message: `--${flag} ${text} is no day and no instant. Write 2026-03-31, a day in UTC, or 2026-03-31T00:00:00+02:00.`
      })
})

/** `to` is the last day, or the instant at which the period ends. */
const periodOf = Effect.fn("backfill.periodOf")(function* (
  given: Readonly<Record<"from" | "to", string>>
): Effect.fn.Return<Period, ConfigurationWrong> {
  const from = yield* instantOf("from", given.from)
  const to = yield* instantOf("to", given.to)
  const until = isDay.test(given.to) ? DateTime.addDuration(to, Duration.days(1)) : to
  if (!DateTime.isLessThan(from, until)) {
    return yield* new ConfigurationWrong({
      message: `the period ends before it begins: --from ${given.from} is after --to ${given.to}. Exchange them.`
    })
  }
  if (DateTime.toEpochMillis(until) > (yield* Clock.currentTimeMillis)) {
    return yield* new ConfigurationWrong({
      message: `--to ${given.to} is not over yet. What is still to come is read by the live pipeline: give a day up to yesterday (UTC), or an instant.`
    })
  }
  return { from, until }
})

const pipelineIn = Effect.fn("backfill.pipelineIn")(function* (plan: Plan, name: string, folder: string) {
  const found = pipelinesOf(plan).find((one) => one.name === name)
  return (
    found ??
    (yield* new ConfigurationWrong({
      message: `there is no pipeline "${name}" in ${folder}, which has: ${pipelinesOf(plan)
        .map((one) => one.name)
        .join(", ")}. Give the name that stands in the file; another folder with --pipelines.`
    }))
  )
})

const list = Command.make(
  "list",
  { format: flags.format },
  Effect.fn("backfill.list")(function* ({ format }) {
    const backfills = yield* (yield* Backfills).all
    if (format === "json") return yield* Console.log(backfillJson({ backfills }))
    yield* Console.log(backfills.length === 0 ? "no period was ever backfilled" : backfillTable(backfills))
  }, Effect.provide(configuredStore))
).pipe(
  Command.withDescription("How far each backfill is"),
  Command.withExamples([{ command: "ledgerline backfill list --format json", description: "For a monitor" }])
)

/** `ledgerline backfill`. */
export const backfill = Command.make(
  "backfill",
  {
    pipeline: Argument.String("pipeline").pipe(Argument.withDescription("name of the pipeline")),
    from: Flag.String("from").pipe(
      Flag.withDescription(
        "first day, in UTC, or an instant with its offset: 2026-01-01, 2026-01-01T00:00:00+01:00"
      )
    ),
    to: Flag.String("to").pipe(
      Flag.withDescription("last day, in UTC, or the instant at which the period ends")
    ),
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withDescription(
        "only say what would be posted or written: sums by account, or customers to create and to change, and what would be parked"
      ),
      Flag.withDefault(false)
    ),
    again: Flag.Boolean("again").pipe(
      Flag.withDescription(
        "from the beginning, though it was read before; what is as it was posts nothing (default: go on where it stopped)"
      ),
      Flag.withDefault(false)
    ),
    actor: actorFlag,
    format: flags.format,
    connections: flags.connections,
    pipelines: flags.pipelines
  },
  Effect.fn("backfill")(function* ({
    actor: given,
    again,
    connections,
    dryRun,
    format,
    from,
    pipeline,
    pipelines,
    to
  }) {
    const period = yield* periodOf({ from, to })
    const who = yield* actor(given)
    const plan = yield* loadPlan({ paths: [pipelines], connections: Option.getOrUndefined(connections) })
    const planned = yield* pipelineIn(plan, pipeline, pipelines)
    const command = `ledgerline backfill ${pipeline} --from ${from} --to ${to}`
    const toGoOn = `stopped before the end; nothing is lost. To go on: ${command}`
    const still = (waiting: number) =>
      planned._tag === "Customers"
        ? `${counted(waiting, "customer")} still to be looked at`
        : `${counted(waiting, "posting")} without an outcome yet`
    const say = (text: string) => (format === "json" ? Console.error(text) : Console.log(text))

    // What is printed is printed after the bar is gone, which it would else run into.
    const preview = Effect.gen(function* () {
      const found = yield* Effect.gen(function* () {
        const reading = yield* openPeriod(planned, period)
        yield* Console.error(`${planned.name}: records ${reading.by}`)
        return yield* previewBackfill(plan, planned, reading)
      }).pipe(Effect.scoped, Effect.provide(progressDisplay))
      yield* Console.log(format === "json" ? backfillJson({ preview: found }) : previewTable(found))
      if (found.parked > 0) {
        return yield* new SomethingLeft({ message: `${counted(found.parked, "document")} would be parked.` })
      }
    }).pipe(Effect.provide([configuredStore, contactOnStore]))

    const work = Effect.gen(function* () {
      yield* checkAddresses(plan)
      yield* recordRevisions(plan, yield* checkout(pipelines))
      yield* (yield* AuditLog).note({
        actor: who,
        action: "backfill",
        detail: {
          pipeline: planned.name,
          from: DateTime.formatIso(period.from),
          until: DateTime.formatIso(period.until),
          again
        }
      })
      const before = yield* (yield* Backfills).find(planned.name, period)
      if (!again && Option.exists(before, ({ state }) => state === "read")) {
        yield* say(
          `${planned.name}, ${periodText(period)}, was read to its end before; only what still waits is ${planned._tag === "Customers" ? "looked at" : "posted"}. To read it once more: ${command} --again`
        )
      }
      const { backfill, waiting } = yield* runBackfill(plan, planned, { period, again, actor: who }).pipe(
        Effect.provide(progressDisplay),
        Effect.tapErrorTag("ConnectorError", () => Console.error(toGoOn))
      )
      yield* Console.log(format === "json" ? backfillJson({ backfill, waiting }) : backfillTable([backfill]))
      const left = (yield* (yield* ErrorQueue).openByPipeline).get(planned.name) ?? 0
      if (left + waiting > 0) {
        return yield* new SomethingLeft({
          message: [
            ...(left === 0
              ? []
              : [`${counted(left, "document")} of ${planned.name} left over, see: ledgerline errors list`]),
            ...(waiting === 0 ? [] : [`${still(waiting)}, which a later run sees to`])
          ].join("; ")
        })
      }
    }).pipe(
      Effect.scoped,
      Effect.provide([configuredStore, configuredQueue, contactOnStore]),
      Effect.onInterrupt(() => Console.error(toGoOn))
    )
    return yield* dryRun ? preview : work
  })
).pipe(
  Command.withDescription(
    "Read a past period of one pipeline and post what comes of it, beside the live flow. What is known already posts nothing. Stopped at any point, even killed, the same command goes on where it was. Its place is its own: the live pipeline reads on from where it is. It takes half of the pace of the source's connection, and reads on only while few entries wait for the ledger. Posting is done by a running service on the same PostgreSQL or by this command, whichever the work queue gives it to; with the embedded database stop the service first. Documents count by when they were created, other records by the time their source keeps. Of a pipeline that keeps customers the same, those last changed in the period are looked at in both systems."
  ),
  Command.withExamples([
    {
      command: "ledgerline backfill invoices-to-gl --from 2026-01-01 --to 2026-03-31 --dry-run",
      description: "What a quarter would post, by account"
    },
    {
      command: "ledgerline backfill invoices-to-gl --from 2026-01-01 --to 2026-03-31",
      description: "Do it; give it again to go on after a stop"
    },
    { command: "ledgerline backfill list", description: "How far each one is" }
  ]),
  Command.withSubcommands([list])
)
