/**
 * reconcile: Commerce, our journal and IFS side by side, and every difference by document. Only reads.
 */
import { Console, DateTime, Effect, Layer, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { CalendarDate } from "../accounting/AccountingPeriod.ts"
import { agrees, reconcile as compare } from "../engine/reconciliation/reconcile.ts"
import { groupings, type TotalRow } from "../engine/reconciliation/Totals.ts"
import { PaceShare } from "../http/RateLimit.ts"
import type { Plan, PostingPipeline } from "../plan/Plan.ts"
import { configuredStore } from "./configuredStore.ts"
import { contactOnStore } from "./contact.ts"
import { ConfigurationWrong, SomethingLeft } from "./exitCode.ts"
import { flags } from "./flags.ts"
import { counted, loadPlan } from "./loadPlan.ts"
import { outputOf } from "./ReconciliationOutput.ts"
import { progressDisplay } from "./progressDisplay.ts"
import { csvHead, groupCsv, renderReconciliation, restCsv, verdictOf } from "./renderReconciliation.ts"

/** Rows that a table or JSON holds; CSV is written as it comes. */
const rowsMaximum = 10_000

const isDate = Schema.is(CalendarDate)

const dayOf = (flag: string, text: string): Effect.Effect<CalendarDate, ConfigurationWrong> => {
  const read = Option.getOrUndefined(Option.map(DateTime.make(text), DateTime.formatIsoDateUtc))
  return isDate(text) && read === text
    ? Effect.succeed(text)
    : Effect.fail(new ConfigurationWrong({ message: `${flag} ${text} is no day. Write it as 2026-09-30.` }))
}

const choose = Effect.fn("reconcile.choose")(function* (
  plan: Plan,
  names: ReadonlyArray<string>
): Effect.fn.Return<ReadonlyArray<PostingPipeline>, ConfigurationWrong> {
  if (names.length === 0) return plan.pipelines
  return yield* Effect.forEach(names, (name) => {
    const found = plan.pipelines.find((pipeline) => pipeline.name === name || pipeline.file === name)
    if (found !== undefined) return Effect.succeed(found)
    const only = plan.readings.some((pipeline) => pipeline.name === name || pipeline.file === name)
    return Effect.fail(
      new ConfigurationWrong({
        message: only
          ? `${name} has no sink: it posts nothing that could be compared.`
          : `there is no pipeline "${name}". There are: ${plan.pipelines.map((one) => one.name).join(", ")}.`
      })
    )
  })
})

/** `ledgerline reconcile`. */
export const reconcile = Command.make(
  "reconcile",
  {
    names: Argument.String("pipeline").pipe(
      Argument.withDescription("pipelines to compare, by name or file (default: all that post)"),
      Argument.variadic()
    ),
    from: Flag.String("from").pipe(Flag.withDescription("first day, by posting date: 2026-09-01")),
    to: Flag.String("to").pipe(Flag.withDescription("last day: 2026-09-30")),
    by: Flag.Literals("by", groupings).pipe(
      Flag.withDescription(
        "what the totals are split by: pipeline (default), day, store, currency, tax-code, account or document"
      ),
      Flag.withDefault("pipeline")
    ),
    clearing: Flag.String("clearing").pipe(
      Flag.withDescription(
        "an account that should return to zero, such as one that orders are set down on and invoices release; may be repeated"
      ),
      Flag.between(0, 20)
    ),
    format: Flag.Literals("format", ["table", "json", "csv"]).pipe(
      Flag.withDescription("table for people (default), json or csv for programs"),
      Flag.withDefault("table")
    ),
    connections: flags.connections,
    pipelines: flags.pipelines
  },
  Effect.fn("reconcile")(
    function* ({ by, clearing, connections, format, from, names, pipelines: folder, to }) {
      const range = { from: yield* dayOf("--from", from), to: yield* dayOf("--to", to) }
      if (range.from > range.to) {
        return yield* new ConfigurationWrong({ message: `--from ${from} is after --to ${to}.` })
      }
      const plan = yield* loadPlan({ paths: [folder], connections: Option.getOrUndefined(connections) })
      const pipelines = yield* choose(plan, names)
      if (pipelines.length === 0) {
        return yield* new ConfigurationWrong({
          message: `no pipeline in ${folder} posts anything that could be compared.`
        })
      }
      if (format === "csv") yield* Console.log(csvHead)
      const rows: Array<TotalRow> = []
      // Rows that appear on the terminal one by one say themselves how far it is, and a bar would run into them.
      const isStreaming = format === "csv" && by === "document"
      const found = yield* compare(plan, {
        pipelines,
        range,
        by,
        clearing,
        onDocument: (row) =>
          format === "csv"
            ? Console.log(groupCsv(row))
            : Effect.sync(() => void (rows.length <= rowsMaximum && rows.push(row)))
      }).pipe(Effect.provide(isStreaming && process.stdout.isTTY ? Layer.empty : progressDisplay))
      if (rows.length > rowsMaximum) {
        return yield* new ConfigurationWrong({
          message: `these days have more than ${rowsMaximum} documents, too many for ${format} by document. Use --format csv, or ask for fewer days.`
        })
      }
      const groups = by === "document" ? rows : found.rows
      if (format === "json") yield* Console.log(JSON.stringify(outputOf(found, groups), null, 2))
      if (format === "table") {
        yield* Console.log(renderReconciliation(found, groups))
        // Silence would leave it open whether the account was looked at.
        const cleared = clearing.filter((account) => found.clearing.every((one) => one.account !== account))
        if (cleared.length > 0) {
          yield* Console.log(
            `No order leaves anything on ${cleared.join(", ")}, which should return to zero.`
          )
        }
      }
      if (format === "csv") {
        const own = by === "document" ? [] : groups.map((row) => groupCsv(row))
        yield* Effect.forEach([...own, ...restCsv(found)], (line) => Console.log(line), { discard: true })
        yield* Console.error(verdictOf(found))
      }
      if (!agrees(found)) {
        return yield* new SomethingLeft({ message: `${counted(found.differences, "difference")}.` })
      }
    },
    Effect.provide([configuredStore, contactOnStore]),
    // A service that posts beside it needs the other half.
    Effect.provideService(PaceShare, 0.5)
  )
).pipe(
  Command.withDescription(
    "Compare Commerce, our journal and IFS, read anew, and name every difference with its document; only reads. Exit code 4 on a difference, 0 when the three agree"
  ),
  Command.withExamples([
    {
      command: "ledgerline reconcile --from 2026-09-01 --to 2026-09-30",
      description: "A month, before it is closed"
    },
    {
      command: "ledgerline reconcile invoices-to-gl --from 2026-09-01 --to 2026-09-30 --by account",
      description: "Balances of each account beside those of the trial balance"
    },
    {
      command:
        "ledgerline reconcile --from 2026-09-01 --to 2026-09-30 --by document --format csv > september.csv",
      description: "Every document, for a spreadsheet"
    },
    {
      command: "ledgerline reconcile --from 2026-09-01 --to 2026-09-30 --clearing 1590",
      description: "And what is left on an account that should return to zero"
    }
  ])
)
