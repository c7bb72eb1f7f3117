/**
 * showMending: the part of the demo about a document that waits: why it does, the row that it lacks, and its entry.
 *
 * The person who adds the row is played by the demo, in its own copy of the
 * table; the document is then tried again as `ledgerline errors retry --all` does it.
 */
import { Console, Effect, FileSystem, type Path } from "effect"
import { ledgersOf } from "../engine/Ledger.ts"
import { post } from "../engine/post.ts"
import { retry } from "../engine/retry.ts"
import { sealAudit } from "../engine/sealAudit.ts"
import type { Plan } from "../plan/Plan.ts"
import { type ErrorItem, ErrorQueue } from "../store/ErrorQueue.ts"
import { Journal } from "../store/Journal.ts"
import { indented } from "./columns.ts"
import { renderEntry } from "./renderEntry.ts"
import { renderRound } from "./renderRun.ts"
import { styled } from "./styled.ts"

/** The one tax code that the shipped table leaves out on purpose, and the account that the local ledger has for it. */
const missing = { code: "DK-25", account: "2650", name: "VAT Denmark 25 %" }
const row = `${missing.code},${missing.account}`

/** The name that the audit log gives to the person whom the demo plays. */
const actor = "demo"

const say = (text: string) => Console.log(indented(text))

const explained = (item: ErrorItem) =>
  [
    `${styled("yellow", `${item.resource} ${item.number}`)}  ${item.problems.map(({ code }) => code).join(", ")}`,
    ...item.problems.map(({ message }) => message)
  ].join("\n")

const lacksRow = ({ problems }: ErrorItem) =>
  problems.some(({ code, message }) => code === "mapping/no-row" && message.includes(missing.code))

/** Whether the table has a row for the code, whichever account an accountant has given it. */
const hasRow = Effect.fn("showMending.hasRow")(function* (table: string) {
  const text = yield* (yield* FileSystem.FileSystem).readFileString(table)
  return text.split("\n").some((line) => line.startsWith(`${missing.code},`))
})

/**
 * Shows what waits, adds the row that is missing to `table`, tries again and posts.
 * `load` gives the plan with the tables as they are at that moment.
 */
export const showMending = Effect.fn("demo.showMending")(function* <E>(options: {
  readonly table: string
  readonly load: Effect.Effect<Plan, E, FileSystem.FileSystem | Path.Path>
}) {
  const { load, table } = options
  const files = yield* FileSystem.FileSystem
  const journal = yield* Journal
  const waiting = yield* (yield* ErrorQueue).list()
  const isMended = yield* hasRow(table)
  if (waiting.length === 0) {
    return yield* say(isMended ? `nothing: ${table} has a row for ${missing.code}` : "nothing")
  }
  yield* say(waiting.map(explained).join("\n\n"))

  if (waiting.some(lacksRow)) {
    yield* say(
      "\nNobody guessed an account: the shop sold to Denmark, and no row says where Danish VAT belongs."
    )
    // An earlier demo may have ended right after it had added the row.
    if (isMended) yield* say("An earlier demo added the row.")
    else {
      yield* files.writeFileString(table, `${row}\n`, { flag: "a" })
      yield* say(`The accountant chooses ${missing.account}, ${missing.name}.`)
      yield* say("The demo adds the row, as a person would, to its own copy of the table:")
      yield* say(`\n${indented(styled("green", row))}`)
    }
  }

  yield* say("\nWhat waits is tried again, as `ledgerline errors retry --all` does it:\n")
  const plan = yield* load
  for (const item of waiting) {
    yield* say(indented(`${item.resource} ${item.number}  ${yield* retry(plan, item, actor)}`))
  }
  for (const ledger of ledgersOf(plan)) {
    yield* say(indented(renderRound({ _tag: "Posted", summary: yield* post(ledger, actor) })))
  }
  yield* sealAudit
  const records = yield* journal.ofDocuments(waiting)
  const posted = records.filter(({ state }) => state === "posted")
  yield* say(posted.map(({ entry }) => `\n${renderEntry(entry)}`).join("\n"))
})
