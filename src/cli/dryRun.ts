/**
 * dryRun: previews the entries that documents would become, the records that would be kept, or what would be
 * written of customers. Only reads.
 */
import { Console, Effect, FileSystem, Option, Result, Stdio, Stream } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { askLinks, completeAll, openLookUps, openLookUpsOver } from "../engine/openLookUps.ts"
import { parseExactJson } from "../http/parseExactJson.ts"
import type { SourceRecord } from "../pipeline/SourceRecord.ts"
import type { PlannedPipeline, PostingPipeline, ReadingPipeline } from "../plan/Plan.ts"
import { previewCustomers, printCustomers } from "./previewCustomers.ts"
import { ConfigurationWrong, SomethingLeft } from "./exitCode.ts"
import { flags } from "./flags.ts"
import { counted, loadCustomers, loadPipeline } from "./loadPlan.ts"
import { onlyWaits, type Preview, toCsv, toHledger, toJson, toTable } from "./preview.ts"
import { type RecordPreview, recordsToCsv, recordToJson, recordToTable } from "./RecordPreview.ts"
import { styled } from "./styled.ts"
import { configuredStore } from "./configuredStore.ts"
import { contact, contactOnStore } from "./contact.ts"

const nameOf = (file: string) => (file === "-" ? "standard input" : file)

/** More than the shop gives on the largest page; a device that never ends must not fill the memory. */
const inputBytesMaximum = 64 * 1024 * 1024

const readInput = Effect.fn("dryRun.readInput")(function* (file: string) {
  const files = yield* FileSystem.FileSystem
  const stdio = yield* Stdio.Stdio
  const parts: Array<Uint8Array> = []
  let length = 0
  yield* Stream.runForEach(file === "-" ? stdio.stdin : files.stream(file), (part) => {
    parts.push(part)
    length += part.length
    return length > inputBytesMaximum
      ? Effect.fail(
          new ConfigurationWrong({
            message: `${nameOf(file)} is longer than ${inputBytesMaximum / 1024 / 1024} MiB. Save fewer documents.`
          })
        )
      : Effect.void
  }).pipe(
    Effect.catchTag("PlatformError", () =>
      Effect.fail(new ConfigurationWrong({ message: `${nameOf(file)} cannot be read. Check the path.` }))
    )
  )
  return Buffer.concat(parts).toString("utf8")
})

const fromFixture = Effect.fn("dryRun.fromFixture")(function* (pipeline: PlannedPipeline, file: string) {
  const payload = parseExactJson(yield* readInput(file))
  if (Result.isFailure(payload)) {
    return yield* new ConfigurationWrong({
      message: `${nameOf(file)} ${payload.failure}. Save the answer of the REST interface as it came.`
    })
  }
  const records = pipeline.source.fixture(payload.success)
  if ("code" in records) {
    return yield* new ConfigurationWrong({ message: `${nameOf(file)}: ${records.message}` })
  }
  return records
})

const fromSource = (pipeline: PlannedPipeline, document: Option.Option<string>, limit: number) =>
  Effect.gen(function* () {
    const source = yield* pipeline.source.open
    if (Option.isSome(document)) return [yield* source.fetch(document.value)]
    return yield* source.read(undefined).pipe(
      Stream.flatMap((page) => Stream.fromIterable(page.records)),
      Stream.take(limit),
      Stream.runCollect
    )
  }).pipe(Effect.scoped)

const previewOf = (pipeline: PostingPipeline, record: SourceRecord): Effect.Effect<Preview> =>
  Effect.map(pipeline.process(record, { idempotencyKey: () => "preview" }), (outcome) => ({
    origin: record.origin,
    entries: outcome._tag === "Entry" ? [outcome.entry] : [],
    problems: outcome._tag === "Problems" ? outcome.problems : []
  }))

const recordOf = (pipeline: ReadingPipeline, record: SourceRecord): Effect.Effect<RecordPreview> =>
  Effect.map(pipeline.process(record), (outcome) => ({
    origin: record.origin,
    record: outcome._tag === "Record" ? outcome.record : null,
    problems: outcome._tag === "Problems" ? outcome.problems : []
  }))

const noLink = () => Effect.succeedNone

/** The records with what the pipeline looks up; the database is opened only where it asks who is linked. */
const completed = ({ lookUps }: PlannedPipeline, records: ReadonlyArray<SourceRecord>) =>
  askLinks(lookUps)
    ? openLookUps(lookUps).pipe(
        Effect.flatMap((opened) => completeAll(opened, records)),
        Effect.scoped,
        Effect.provide([configuredStore, contactOnStore])
      )
    : openLookUpsOver(noLink, lookUps).pipe(
        Effect.flatMap((opened) => completeAll(opened, records)),
        Effect.scoped
      )

type Format = "table" | "json" | "csv" | "hledger"

const printEntries = Effect.fn("dryRun.printEntries")(function* (
  previews: ReadonlyArray<Preview>,
  format: Format
) {
  if (format === "json") yield* Console.log(JSON.stringify({ documents: previews.map(toJson) }, null, 2))
  if (format === "csv") yield* Console.log(toCsv(previews))
  if (format === "hledger") yield* Console.log(toHledger(previews))
  if (format === "table") {
    yield* Effect.forEach(previews, (preview) => Console.log(toTable(preview)))
    yield* Console.log(styled("dim", "nothing was posted"))
  }
})

const printRecords = Effect.fn("dryRun.printRecords")(function* (
  previews: ReadonlyArray<RecordPreview>,
  format: Format
) {
  if (format === "json")
    yield* Console.log(JSON.stringify({ documents: previews.map(recordToJson) }, null, 2))
  if (format === "csv") yield* Console.log(recordsToCsv(previews))
  if (format === "table") {
    yield* Effect.forEach(previews, (preview) => Console.log(recordToTable(preview)))
    yield* Console.log(styled("dim", "nothing was stored"))
  }
})

/** `ledgerline dry-run`. */
export const dryRun = Command.make(
  "dry-run",
  {
    pipeline: Argument.String("pipeline").pipe(
      Argument.withDescription("pipeline file, or the name of a pipeline in pipelines/")
    ),
    fixture: Flag.String("fixture").pipe(
      Flag.withDescription(
        'saved payload instead of the live source: one document, {"items": […]}, or {"document": …, "order": …}; - is standard input'
      ),
      Flag.optional
    ),
    document: Flag.String("document").pipe(
      Flag.withDescription("only the document with this id, which is not its number"),
      Flag.optional
    ),
    limit: Flag.Int("limit").pipe(
      Flag.withDescription("at most so many documents of the live source (default: 10)"),
      Flag.withDefault(10)
    ),
    format: Flag.Literals("format", ["table", "json", "csv", "hledger"]).pipe(
      Flag.withDescription("table for people (default), json, csv or hledger for programs"),
      Flag.withDefault("table")
    ),
    connections: flags.connections
  },
  Effect.fn("dryRun")(function* ({ connections, document, fixture, format, limit, pipeline }) {
    const planned = yield* loadPipeline(pipeline, Option.getOrUndefined(connections))
    if (planned._tag !== "Posting" && format === "hledger") {
      return yield* new ConfigurationWrong({
        message: `${planned.name} has no mapping: it makes no entries for hledger to read. Use table, json or csv.`
      })
    }
    if (planned._tag === "Customers" && Option.isSome(fixture)) {
      return yield* new ConfigurationWrong({
        message: `${planned.name} keeps customers the same in two live systems: there is nothing to compare a saved payload with. Leave --fixture out.`
      })
    }
    const read = Option.isSome(fixture)
      ? yield* fromFixture(planned, fixture.value)
      : yield* fromSource(planned, document, limit)
    // Saved payloads too are completed from the live systems that the pipeline looks things up in.
    const records = yield* completed(planned, read)
    const preview = Effect.fnUntraced(function* () {
      if (planned._tag === "Reading") {
        const previews = yield* Effect.forEach(records, (record) => recordOf(planned, record))
        yield* printRecords(previews, format)
        return previews
      }
      if (planned._tag === "Customers") {
        const beside = yield* loadCustomers(pipeline, Option.getOrUndefined(connections))
        const previews = yield* previewCustomers(planned, beside, records)
        yield* printCustomers(previews, format)
        return previews
      }
      const previews = yield* Effect.forEach(records, (record) => previewOf(planned, record))
      yield* printEntries(previews, format)
      return previews
    })
    const previews: ReadonlyArray<Pick<Preview, "origin" | "problems">> = yield* preview()
    if (format === "csv" || format === "hledger") {
      yield* Effect.forEach(previews, ({ origin, problems }) =>
        Effect.forEach(problems, ({ code, message }) =>
          Console.error(`${origin.resource} ${origin.number} would be parked: ${code}  ${message}`)
        )
      )
    }
    const parked = previews.filter(({ problems }) => problems.length > 0).length
    const waiting = previews.filter(({ problems }) => onlyWaits(problems)).length
    if (parked > 0) {
      const until = waiting === 0 ? "" : ` ${waiting} of them only until the customer is linked.`
      return yield* new SomethingLeft({
        message: `${counted(parked, "document")} of ${previews.length} would be parked.${until}`
      })
    }
  }, Effect.provide(contact))
).pipe(
  Command.withDescription(
    "Preview the journal entries of live or saved documents, the records that are kept, or what would be written of customers; posts and writes nothing"
  ),
  Command.withExamples([
    { command: "ledgerline dry-run invoices-to-gl --limit 3", description: "The first three live invoices" },
    {
      command: "ledgerline dry-run pipelines/invoices-to-gl.yaml --fixture invoice.json --format json",
      description: "A saved payload, for a program"
    },
    {
      command: "ledgerline dry-run pipelines/customers/shop-to-erp.yaml",
      description: "Which customers would be created and changed, field by field"
    }
  ])
)
