/**
 * endToEnd: one run from sandbox to sandbox, everything new for it.
 *
 * The sandbox and the side that is measured are processes of their own, started
 * for the run. What counts as done is what the books of the local IFS hold.
 */
import { PgClient } from "@effect/sql-pg"
import { BigDecimal, Config, Effect, FileSystem, Option, Redacted, Schema, Stream } from "effect"
import { HttpClient } from "effect/http"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { SqlClient } from "effect/sql"
import { BooksContent } from "../src/sandbox/ifs/Voucher.ts"
import { zero } from "../src/accounting/Decimal.ts"
import { BenchFailed } from "./BenchFailed.ts"
import { JobJson, type Place, type Side } from "./Job.ts"
import { type Measurement, MeasurementJson } from "./Measurement.ts"
import { Targets } from "./Target.ts"

/** The databases that a run can use. */
export type DatabaseKind = "embedded" | "postgresql"

/** What a run cost, and what it left in the ledger. */
export interface Run {
  readonly measurement: Measurement
  /** Requests to the local IFS; those to the shop are few and not counted. */
  readonly requests: number
  /** Number of vouchers, and debits and credits of each account in both currencies; equal text, equal books. */
  readonly books: string
}

const script = (name: string, ...parameters: ReadonlyArray<string>) =>
  ChildProcess.make(process.execPath, ["--expose-gc", `${import.meta.dirname}/${name}.ts`, ...parameters], {
    stderr: "inherit"
  })

/** Starts a sandbox for each number of documents, in a process of its own that ends with the scope. */
export const startSandbox = Effect.fnUntraced(function* (folder: string, sizes: ReadonlyArray<number>) {
  const handle = yield* script("sandbox", folder, ...sizes.map(String))
  const line = yield* handle.stdout.pipe(Stream.decodeText(), Stream.splitLines, Stream.runHead)
  return yield* Schema.decodeEffect(Targets)(Option.getOrElse(line, () => ""))
})

const serverUrl = Config.withDefault(
  Config.Redacted("LEDGERLINE_TEST_DATABASE_URL"),
  Redacted.make("postgres://postgres@127.0.0.1:5432/postgres")
)

/** A database on the server, dropped with the scope. */
export const freshDatabase = Effect.fnUntraced(function* (name: string) {
  const url = yield* serverUrl
  const statement = (text: string) =>
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(text)).pipe(
      Effect.provide(PgClient.layer({ url, maxConnections: 1 }))
    )
  yield* Effect.acquireRelease(statement(`CREATE DATABASE ${name}`), () =>
    Effect.ignore(statement(`DROP DATABASE ${name} WITH (FORCE)`))
  )
  const own = new URL(Redacted.value(url))
  own.pathname = `/${name}`
  return own.href
})

const placeOf = Effect.fnUntraced(function* (database: DatabaseKind, folder: string, name: string) {
  const place: Place =
    database === "embedded" ? { folder: `${folder}/${name}` } : { url: yield* freshDatabase(name) }
  return place
})

const booksOf = ({ vouchers }: BooksContent) => {
  const rows = vouchers.flatMap((voucher) => voucher.rows)
  const sum = (of: ReadonlyArray<BigDecimal.BigDecimal | null>) =>
    BigDecimal.format(BigDecimal.sumAll(of.map((amount) => amount ?? zero)))
  const accounts = [...Map.groupBy(rows, ({ account }) => account)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([account, own]) =>
      [
        account,
        sum(own.map(({ debit }) => debit)),
        sum(own.map(({ credit }) => credit)),
        sum(own.map(({ currencyDebit }) => currencyDebit)),
        sum(own.map(({ currencyCredit }) => currencyCredit))
      ].join(" ")
    )
  return [`${vouchers.length} vouchers`, ...accounts].join("\n")
}

const Statistics = Schema.fromJsonString(
  Schema.Struct({ requests: Schema.Record(Schema.String, Schema.Int) })
)
const Books = Schema.fromJsonString(BooksContent)

/** Runs one side over `documents` documents, after `warmUp` others on a shop and database of their own. */
export const endToEnd = Effect.fn("endToEnd")(function* (options: {
  readonly side: Side
  readonly database: DatabaseKind
  readonly warmUp: number
  readonly documents: number
  /** The database of the documents, where a fresh one will not do. */
  readonly place?: Place
}) {
  const { database, documents, side, warmUp } = options
  const files = yield* FileSystem.FileSystem
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const http = yield* HttpClient.HttpClient
  const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-bench-" })
  const sizes = warmUp === 0 ? [documents] : [warmUp, documents]
  const targets = yield* startSandbox(folder, sizes)

  const name = `ledgerline_bench_${process.pid}_${side}`
  const passes = yield* Effect.forEach(targets, (target, index) =>
    Effect.map(
      index === targets.length - 1 && options.place !== undefined
        ? Effect.succeed(options.place)
        : placeOf(database, folder, `${name}_${index}`),
      (place) => ({ target, place, documents: sizes[index] ?? documents })
    )
  )
  const job = yield* Schema.encodeEffect(JobJson)({ side, passes })
  const printed = yield* spawner.string(script("worker", job))
  const measurement = yield* Schema.decodeEffect(MeasurementJson)(printed.trim()).pipe(
    Effect.mapError(
      () => new BenchFailed({ message: `the run of ${side} on ${database} failed: ${printed.trim()}` })
    )
  )

  const { ifs } = targets.at(-1) ?? targets[0]
  const answer = (path: string) =>
    Effect.flatMap(http.get(`${ifs.url}/sandbox/${path}`), (response) => response.text)
  const statistics = yield* Schema.decodeEffect(Statistics)(yield* answer("statistics"))
  const books = yield* Schema.decodeEffect(Books)(yield* answer("books"))
  const run: Run = {
    measurement,
    requests: Object.values(statistics.requests).reduce((all, count) => all + count, 0),
    books: booksOf(books)
  }
  return run
}, Effect.scoped)

/** Fails unless both left the same books. */
export const sameBooks = Effect.fnUntraced(function* (where: string, ours: Run, theirs: Run) {
  if (ours.books === theirs.books) return
  return yield* new BenchFailed({
    message: `the books differ after ${where}. Ledgerline:\n${ours.books}\nBaseline:\n${theirs.books}`
  })
})
