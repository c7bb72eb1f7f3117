/**
 * history: what a document costs in a database that has settled a million before it.
 *
 * `node bench/history.ts [RECORDS [DOCUMENTS [ROUNDS]]]` fills one database with
 * settled records, leaves another empty, and lets the same documents pass
 * through both in turn. After each run its rows are taken out again, so that
 * every run starts from the same state. Fails where the filled one costs more
 * than the limit.
 */
import { NodeHttpClient, NodeRuntime, NodeServices } from "@effect/platform-node"
import { PgClient } from "@effect/sql-pg"
import { Console, Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { columns } from "../src/cli/columns.ts"
import { BenchFailed } from "./BenchFailed.ts"
import { median } from "./Comparison.ts"
import { endToEnd, freshDatabase } from "./endToEnd.ts"
import { figure } from "./figure.ts"

const [recordsGiven = "1000000", documentsGiven = "300", roundsGiven = "3"] = process.argv.slice(2)
const records = Number(recordsGiven)
const documents = Number(documentsGiven)
const rounds = Number(roundsGiven)
const limit = 1.15
const samples = 50
const batch = 1000

const inside = <A, E>(url: string, ask: (sql: SqlClient.SqlClient) => Effect.Effect<A, E>) =>
  Effect.flatMap(SqlClient.SqlClient, ask).pipe(
    Effect.provide(PgClient.layer({ url: Redacted.make(url), maxConnections: 1 }))
  )

const run = (url: string, documents: number) =>
  endToEnd({ side: "ledgerline", database: "postgresql", warmUp: samples, documents, place: { url } })

/**
 * Repeats what a first run left, under other names, until there are so many.
 * Payloads are left empty: they are stored out of line and not read again.
 */
const fill = (url: string) =>
  inside(
    url,
    Effect.fnUntraced(function* (sql) {
      yield* sql`SET synchronous_commit = off`
      for (const table of ["source_record", "journal_entry", "posting", "audit"]) {
        yield* sql.unsafe(`CREATE TEMPORARY TABLE sample_${table} AS SELECT * FROM ${table}`)
      }
      for (let from = 1; from <= records / samples; from += batch) {
        const to = Math.min(from + batch - 1, records / samples)
        const numbers = sql`generate_series(${from}::int, ${to}::int) AS copy`
        yield* sql`
          INSERT INTO source_record
            (pipeline, resource, external_id, revision, number, origin, fingerprint, fingerprint_version, raw, normalised)
          SELECT pipeline, resource, external_id || '-' || copy, revision, number || '-' || copy, origin, fingerprint,
                 fingerprint_version, '{}', '{}'
          FROM sample_source_record, ${numbers}`
        yield* sql`
          WITH entry AS (
            INSERT INTO journal_entry
              (idempotency_key, pipeline, plan_revision, resource, external_id, number, revision, kind, company,
               sink_connection, body, provenance)
            SELECT idempotency_key || '-' || copy, pipeline, plan_revision, resource, external_id || '-' || copy,
                   number || '-' || copy, revision, kind, company, sink_connection, body, provenance
            FROM sample_journal_entry, ${numbers}
            RETURNING idempotency_key, position, sink_connection, pipeline, resource, external_id
          )
          INSERT INTO posting
            (idempotency_key, position, sink_connection, document, state, attempts, fence, sent_at, receipt, settled_at)
          SELECT idempotency_key, position, sink_connection, pipeline || '/' || resource || '/' || external_id, 'posted',
                 1, 1, present(), jsonb_build_object('reference', '10/2025/M/' || position, 'stage', 'accepted'), present()
          FROM entry`
        yield* sql`
          INSERT INTO audit (actor, action, pipeline, resource, external_id, detail)
          SELECT actor, action, pipeline, resource, external_id || '-' || copy, detail FROM sample_audit, ${numbers}`
        if (to % 2000 === 0) yield* Console.error(`${to * samples} records`)
      }
      // A history is sealed already. Of these seals only their extent is true.
      for (const [book, id] of [
        ["audit", "id"],
        ["journal_entry", "position"],
        ["source_record", "id"]
      ] as const) {
        yield* sql`
          INSERT INTO seal (book, from_id, to_id, ids, leaves, previous_root, root, sealed_at)
          SELECT ${book}, min(row.id), max(row.id), array_agg(row.id),
            decode(repeat(md5(row.number::text), 2 * count(*)::int), 'hex'),
            sha256(convert_to(${book} || '-' || row.number, 'UTF8')),
            sha256(convert_to(${book} || '+' || row.number, 'UTF8')), present()
          FROM (
            SELECT ${sql(id)} AS id, ${sql(id)} / 1000 AS number FROM ${sql(book)}
            WHERE ${sql(id)} > (SELECT max(to_id) FROM seal WHERE book = ${book})
          ) AS row
          GROUP BY row.number`
      }
    })
  )

/** Where the books of a database end, to come back to. */
const endOf = (url: string) =>
  inside(
    url,
    (sql) => sql<{ readonly record: string; readonly entry: string; readonly audit: string }>`
      SELECT (SELECT coalesce(max(id), 0) FROM source_record)::text AS record,
             (SELECT coalesce(max(position), 0) FROM journal_entry)::text AS entry,
             (SELECT coalesce(max(id), 0) FROM audit)::text AS audit`
  ).pipe(Effect.map(([row]) => row ?? { record: "0", entry: "0", audit: "0" }))

type End = Effect.Success<ReturnType<typeof endOf>>

/** Takes out what came after, which only a bench may do, and brings the statistics up to date. */
const backTo = (url: string, end: End) =>
  inside(
    url,
    Effect.fnUntraced(function* (sql) {
      yield* sql`SET session_replication_role = replica`
      yield* sql`DELETE FROM posting WHERE position > ${end.entry}::bigint`
      yield* sql`DELETE FROM journal_entry WHERE position > ${end.entry}::bigint`
      yield* sql`DELETE FROM source_record WHERE id > ${end.record}::bigint`
      yield* sql`DELETE FROM audit WHERE id > ${end.audit}::bigint`
      yield* sql`DELETE FROM error_item`
      yield* sql`DELETE FROM cursor`
      yield* sql.unsafe("VACUUM ANALYZE")
    })
  )

/** Milliseconds that the server has spent on statements of this database. */
const activeMillis = (url: string) =>
  inside(
    url,
    (sql) => sql<{ readonly millis: number }>`
      SELECT active_time::float8 AS millis FROM pg_stat_database WHERE datname = current_database()`
  ).pipe(
    // The server writes these figures down when a session has been idle or is over.
    Effect.delay("2 seconds"),
    Effect.map(([row]) => row?.millis ?? 0)
  )

interface Cost {
  readonly millis: number
  readonly cpuMillis: number
  readonly databaseMillis: number
}

const costs = [
  ["ms/document", "millis"],
  ["CPU ms/document", "cpuMillis"],
  ["database ms/document", "databaseMillis"]
] as const

/** Fills, measures in turn, and prints. */
export const history = Effect.gen(function* () {
  const urls = {
    empty: yield* freshDatabase(`ledgerline_history_empty_${process.pid}`),
    filled: yield* freshDatabase(`ledgerline_history_filled_${process.pid}`)
  }
  const nothing: End = { record: "0", entry: "0", audit: "0" }
  yield* run(urls.empty, samples)
  yield* run(urls.filled, samples)
  yield* fill(urls.filled)
  const ends = { empty: nothing, filled: yield* endOf(urls.filled) }
  // The documents of the first run go by the same names as those that are measured.
  yield* inside(urls.filled, (sql) =>
    Effect.gen(function* () {
      yield* sql`SET session_replication_role = replica`
      yield* sql`DELETE FROM posting WHERE idempotency_key IN (SELECT idempotency_key FROM journal_entry WHERE external_id NOT LIKE '%-%')`
      yield* sql`DELETE FROM journal_entry WHERE external_id NOT LIKE '%-%'`
      yield* sql`DELETE FROM source_record WHERE external_id NOT LIKE '%-%'`
    })
  )

  const measured = { empty: Array.of<Cost>(), filled: Array.of<Cost>() }
  for (let round = 1; round <= rounds; round++) {
    for (const side of round % 2 === 1 ? (["empty", "filled"] as const) : (["filled", "empty"] as const)) {
      yield* Console.error(`round ${round} of ${rounds}: ${side}`)
      yield* backTo(urls[side], ends[side])
      const before = yield* activeMillis(urls[side])
      const { measurement } = yield* run(urls[side], documents)
      const after = yield* activeMillis(urls[side])
      if (measurement.posted === 0) {
        return yield* new BenchFailed({ message: `nothing was posted in the ${side} database.` })
      }
      measured[side].push({
        millis: (1000 * measurement.seconds) / documents,
        cpuMillis: (1000 * measurement.cpuSeconds) / documents,
        databaseMillis: (after - before) / documents
      })
    }
  }

  const figures = costs.map(([unit, of]) => {
    const empty = median(measured.empty.map((cost) => cost[of]))
    const filled = median(measured.filled.map((cost) => cost[of]))
    return { unit, empty, filled, ratio: filled / empty }
  })
  yield* Console.log(
    columns(
      ["", "empty", `after ${records} records`, "ratio"],
      figures.map(({ empty, filled, ratio, unit }) => [
        unit,
        figure(empty),
        figure(filled),
        ratio.toFixed(2)
      ]),
      [1, 2, 3]
    )
  )
  yield* Console.log(`\n${JSON.stringify({ records, documents, rounds, figures, measured })}`)
  const worst = figures.find(({ ratio, unit }) => unit === "ms/document" && ratio > limit)
  if (worst !== undefined) {
    return yield* new BenchFailed({
      message: `a document costs ${worst.ratio.toFixed(2)} times as much after ${records} records; ${limit} is allowed.`
    })
  }
}).pipe(Effect.scoped)

NodeRuntime.runMain(
  history.pipe(
    Effect.tapError((error) => Console.error(String(error.message))),
    Effect.provide([NodeServices.layer, NodeHttpClient.layerUndici])
  ),
  { disableErrorReporting: true }
)
