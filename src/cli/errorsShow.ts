/**
 * errorsShow: one item, with everything that is known and what to do about it.
 */
import { Console, Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { JournalEntry } from "../accounting/JournalEntry.ts"
import { nextStep } from "../engine/nextStep.ts"
import { AuditLog } from "../store/AuditLog.ts"
import { ErrorItem, ErrorQueue } from "../store/ErrorQueue.ts"
import { IntakeStore, type RecordRow } from "../store/IntakeStore.ts"
import { Journal } from "../store/Journal.ts"
import type { JournalRecord } from "../store/JournalRecord.ts"
import { ConfigurationWrong } from "./exitCode.ts"
import { flags } from "./flags.ts"
import { columns, indented } from "./columns.ts"
import { renderEntry } from "./renderEntry.ts"
import { styled } from "./styled.ts"
import { configuredStore } from "./configuredStore.ts"

const encodeItem = Schema.encodeSync(ErrorItem)
const encodeEntry = Schema.encodeSync(JournalEntry)

/** The item of this number, or a sentence that there is none. */
export const findItem = Effect.fn("findItem")(function* (id: number) {
  const queue = yield* ErrorQueue
  const item = yield* queue.get(id)
  if (Option.isSome(item)) return item.value
  return yield* new ConfigurationWrong({
    message: `there is no error item ${id}; see: ledgerline errors list --all`
  })
})

const itemText = (
  item: ErrorItem,
  record: Option.Option<RecordRow>,
  entry: JournalRecord | undefined,
  entries: ReadonlyArray<JournalRecord>
) => {
  const { number, resource, state } = item
  return [
    styled("bold", `${resource} ${number}`) + `  ${state}`,
    indented(
      columns(
        [],
        [
          ["pipeline", item.pipeline],
          ["stage", item.stage],
          ["total", item.amount === null ? "cannot be read" : `${item.amount} ${item.currency ?? ""}`],
          ["revision", `${item.revision}`],
          ...(Option.isSome(record) && record.value.revision === item.revision
            ? [
                ["from", `${record.value.origin.system}, ${resource} id ${item.externalId}`],
                ["content", `sha256 ${record.value.fingerprint}`]
              ]
            : []),
          ["plan", item.planRevision.slice(0, 12)],
          [
            "tried again",
            `${item.retries} times, ${item.automaticRetries} of them by itself since somebody last did`
          ],
          ["opened", item.openedAt],
          ["changed", item.changedAt]
        ]
      )
    ),
    "",
    ...item.problems.map(({ at, code, message, path }) =>
      [
        styled("dim", `${code}  ${path}${at === undefined ? "" : `  ${at.file}:${at.line}`}`),
        indented(message)
      ].join("\n")
    ),
    ...(entry === undefined ? [] : ["", `the entry, ${entry.state}:`, indented(renderEntry(entry.entry))]),
    "",
    `${styled("bold", "next")}  ${nextStep(item, entries)}`
  ].join("\n")
}

/** `ledgerline errors show`. */
export const errorsShow = Command.make(
  "show",
  {
    id: Argument.Int("id").pipe(Argument.withDescription("number from errors list")),
    payload: Flag.Boolean("payload").pipe(
      Flag.withDescription("print the document as it was received, as JSON, and nothing else"),
      Flag.withDefault(false)
    ),
    format: flags.format
  },
  Effect.fn("errors.show")(function* ({ format, id, payload }) {
    const item = yield* findItem(id)
    const record = yield* (yield* IntakeStore).latest(item)
    if (payload) {
      return yield* Console.log(
        Option.match(record, { onNone: () => "null", onSome: ({ raw }) => JSON.stringify(raw, null, 2) })
      )
    }
    const entries = yield* (yield* Journal).ofDocuments([item])
    const entry = entries.findLast(({ revision }) => revision === item.revision)
    if (format === "json") {
      const acts = (yield* (yield* AuditLog).of(item)).filter(
        ({ detail }) =>
          typeof detail === "object" && detail !== null && "errorItem" in detail && detail.errorItem === id
      )
      return yield* Console.log(
        JSON.stringify(
          {
            ...encodeItem(item),
            fingerprint: Option.getOrNull(Option.map(record, ({ fingerprint }) => fingerprint)),
            entry: entry === undefined ? null : { ...encodeEntry(entry.entry), state: entry.state },
            next: nextStep(item, entries),
            acts
          },
          null,
          2
        )
      )
    }
    yield* Console.log(itemText(item, record, entry, entries))
  }, Effect.provide(configuredStore))
).pipe(
  Command.withDescription("One waiting document, with everything that is known and what to do"),
  Command.withExamples([
    { command: "ledgerline errors show 3", description: "Why item 3 waits" },
    { command: "ledgerline errors show 3 --payload", description: "The document as the shop sent it" }
  ])
)
