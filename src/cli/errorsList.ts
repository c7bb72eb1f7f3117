/**
 * errorsList: what waits, one by one or by cause.
 */
import { Console, DateTime, Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { type ErrorCause, errorCauses } from "../engine/errorCauses.ts"
import { type ErrorFilter, ErrorItem, ErrorQueue, ErrorStage, ErrorState } from "../store/ErrorQueue.ts"
import { ConfigurationWrong } from "./exitCode.ts"
import { flags } from "./flags.ts"
import { columns, indented } from "./columns.ts"
import { styled } from "./styled.ts"
import { configuredStore } from "./configuredStore.ts"

const encodeItems = Schema.encodeSync(Schema.Array(ErrorItem))

/** Which items; the same for every command that takes several. */
export const filterFlags = {
  pipeline: Flag.String("pipeline").pipe(Flag.withDescription("of this pipeline"), Flag.optional),
  code: Flag.String("code").pipe(
    Flag.withDescription("with this code, for example mapping/no-row"),
    Flag.optional
  ),
  stage: Flag.Literals("stage", ErrorStage.literals).pipe(
    Flag.withDescription("stuck at this stage: read, map, post or reconcile"),
    Flag.optional
  ),
  state: Flag.Literals("state", ErrorState.literals).pipe(
    Flag.withDescription("in this state; without it those that wait, open and retrying"),
    Flag.optional
  ),
  since: Flag.String("since").pipe(
    Flag.withDescription("changed on this day or at this instant, UTC, or later: 2026-03-31"),
    Flag.optional
  )
}

/** What the flags above were given as. */
export type FilterGiven = Readonly<Record<"pipeline" | "code" | "since", Option.Option<string>>> & {
  readonly stage: Option.Option<ErrorStage>
  readonly state: Option.Option<ErrorState>
}

/** The filter that the flags ask for. */
export const filterOf = Effect.fn("filterOf")(function* (
  given: FilterGiven
): Effect.fn.Return<ErrorFilter, ConfigurationWrong> {
  const since = Option.map(given.since, (text) => ({ text, instant: DateTime.make(text) }))
  if (Option.isSome(since) && Option.isNone(since.value.instant)) {
    return yield* new ConfigurationWrong({
      message: `--since ${since.value.text} is no date. Write 2026-03-31 or 2026-03-31T14:00:00Z.`
    })
  }
  const instant = Option.flatMap(since, (one) => one.instant)
  return {
    ...(Option.isSome(given.pipeline) ? { pipeline: given.pipeline.value } : {}),
    ...(Option.isSome(given.code) ? { code: given.code.value } : {}),
    ...(Option.isSome(given.stage) ? { stage: given.stage.value } : {}),
    ...(Option.isSome(given.state) ? { state: given.state.value } : {}),
    ...(Option.isSome(instant) ? { since: DateTime.formatIso(instant.value) } : {})
  }
})

const itemsTable = (items: ReadonlyArray<ErrorItem>) =>
  columns(
    ["id", "document", "total", "stage", "state", "code", "reason"],
    items.map((item) => [
      `${item.id}`,
      `${item.resource} ${item.number}`,
      item.amount === null ? "" : `${item.amount} ${item.currency ?? ""}`,
      item.stage,
      item.state,
      item.problems[0]?.code ?? "",
      item.problems.map(({ message }) => message).join(" ")
    ]),
    [2]
  )

const causeText = (cause: ErrorCause) => {
  const atStake = Object.entries(cause.atStake).map(([currency, amount]) => `${amount} ${currency}`)
  const ids = cause.items.slice(0, 12).join(" ")
  return [
    `${styled("bold", `${cause.documents} × ${cause.code}`)}  ${cause.pipeline}  ${cause.path}${
      cause.at === undefined ? "" : `  ${cause.at.file}:${cause.at.line}`
    }`,
    indented(cause.message),
    indented(
      styled(
        "dim",
        `at stake ${atStake.length === 0 ? "unknown" : atStake.join(", ")}; oldest ${cause.oldest}; items ${ids}${
          cause.items.length > 12 ? " …" : ""
        }`
      )
    )
  ].join("\n")
}

/** `ledgerline errors list`. */
export const errorsList = Command.make(
  "list",
  {
    ...filterFlags,
    all: Flag.Boolean("all").pipe(Flag.withDescription("settled ones too"), Flag.withDefault(false)),
    group: Flag.Boolean("group").pipe(
      Flag.withDescription("by cause, with the amounts at stake"),
      Flag.withDefault(false)
    ),
    format: flags.format
  },
  Effect.fn("errors.list")(function* ({ all, format, group, ...given }) {
    const queue = yield* ErrorQueue
    const items = yield* queue.list({ ...(yield* filterOf(given)), all })
    if (group) {
      const causes = errorCauses(items)
      return yield* Console.log(
        format === "json"
          ? JSON.stringify({ causes }, null, 2)
          : causes.length === 0
            ? "nothing waits"
            : causes.map(causeText).join("\n\n")
      )
    }
    yield* Console.log(
      format === "json"
        ? JSON.stringify({ items: encodeItems(items) }, null, 2)
        : items.length === 0
          ? "nothing waits"
          : itemsTable(items)
    )
  }, Effect.provide(configuredStore))
).pipe(
  Command.withDescription("Documents that wait for a person"),
  Command.withExamples([
    { command: "ledgerline errors list --group", description: "What to mend first" },
    {
      command: "ledgerline errors list --stage post --since 2026-03-01",
      description: "What the ledger refused"
    },
    { command: "ledgerline errors list --format json", description: "For a program" }
  ])
)
