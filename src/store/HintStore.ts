/**
 * HintStore: records that were reported as changed and are yet to be read.
 *
 * A report is stored before it is acknowledged. What is stored is no more than
 * which record to read again: many reports of one record are one hint, a report
 * that came before is none, and a hint goes once its record was read.
 */
import { Context, Duration, Effect, Layer, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { type AuditRow, type DocumentKey, insertAudit, rows } from "./rows.ts"
import { type StoreError, storeErrors } from "./StoreError.ts"

/** A report, for one of the pipelines that it concerns. */
export interface ReportedHint extends DocumentKey {
  readonly connection: string
  /** The sender's own name of the report; a name that came before adds nothing. */
  readonly eventId?: string
  /** From the report to the reading. */
  readonly settleMillis: number
}

/** A hint whose time has come. */
export interface DueHint extends DocumentKey {
  /** Counts the reports; one more and the hint stays after it was settled. */
  readonly reports: number
  readonly attempts: number
  /** Of the last report. */
  readonly eventId: string | null
  /** Since the first report. */
  readonly waitedMillis: number
}

const DueRow = Schema.Struct({
  resource: Schema.String,
  externalId: Schema.String,
  reports: Schema.Int,
  attempts: Schema.Int,
  eventId: Schema.NullOr(Schema.String),
  waitedMillis: Schema.Finite
})

/** A sender repeats a report for a day; after so long its name is forgotten. */
const eventLife = Duration.days(2)

const forgottenAtOnce = 10_000

/** Keeps hints until their records were read. */
export class HintStore extends Context.Service<
  HintStore,
  {
    /** Stores them, all or nothing; one statement, however many they are. */
    add(hints: ReadonlyArray<ReportedHint>): Effect.Effect<void, StoreError>
    /** Hints of a pipeline whose time has come, the oldest first, at most `limit`. */
    due(pipeline: string, limit: number): Effect.Effect<ReadonlyArray<DueHint>, StoreError>
    /** The hint is done with, and says so in the audit log; it stays if its record was reported again meanwhile. */
    settle(hint: DueHint, step: AuditRow): Effect.Effect<void, StoreError>
    /** The hint waits for so long. `isAttempt` counts it as one more that failed. */
    postpone(
      hint: DueHint,
      options: { readonly wait: Duration.Duration; readonly isAttempt: boolean }
    ): Effect.Effect<void, StoreError>
    /** No hint of the pipeline is due for so long: its system cannot be read at all. */
    postponeAll(pipeline: string, wait: Duration.Duration): Effect.Effect<void, StoreError>
    /** How many hints wait, and for how long the oldest does, by pipeline. */
    readonly waiting: Effect.Effect<
      ReadonlyMap<string, { readonly hints: number; readonly oldestMillis: number }>,
      StoreError
    >
    /** Forgets names of reports that no sender repeats any more. */
    readonly forget: Effect.Effect<void, StoreError>
  }
>()("ledgerline/store/HintStore") {
  /** Needs only a `SqlClient`, so the caller decides which database it is. */
  static readonly layerNoDeps = Layer.effect(
    HintStore,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      // Sorted, so that two processes that store at once never wait for each other crosswise.
      const insert = (hints: ReadonlyArray<ReportedHint>) => sql`
        WITH report AS (
          SELECT * FROM jsonb_to_recordset(${rows(hints)}::jsonb)
            AS row (connection text, "eventId" text, pipeline text, resource text, "externalId" text, "settleMillis" int)
        ), arrived AS (
          INSERT INTO hint_event (connection, event_id)
          SELECT DISTINCT connection, "eventId" FROM report WHERE "eventId" IS NOT NULL
          ORDER BY connection, "eventId"
          ON CONFLICT DO NOTHING
          RETURNING connection, event_id
        )
        INSERT INTO hint (pipeline, resource, external_id, reports, event_id, not_before)
        SELECT report.pipeline, report.resource, report."externalId", count(*), max(report."eventId"),
          present() + max(report."settleMillis") * interval '1 millisecond'
        FROM report
        LEFT JOIN arrived ON arrived.connection = report.connection AND arrived.event_id = report."eventId"
        WHERE report."eventId" IS NULL OR arrived.event_id IS NOT NULL
        GROUP BY report.pipeline, report.resource, report."externalId"
        ORDER BY report.pipeline, report.resource, report."externalId"
        ON CONFLICT (pipeline, resource, external_id) DO UPDATE SET
          reports = hint.reports + EXCLUDED.reports,
          event_id = coalesce(EXCLUDED.event_id, hint.event_id),
          attempts = 0,
          -- Settles after the last report, but a record that is reported without end is read all the same.
          not_before = CASE WHEN hint.attempts > 0 THEN EXCLUDED.not_before
            ELSE least(EXCLUDED.not_before, hint.received_at + 5 * (EXCLUDED.not_before - present())) END`

      const selectDue = SqlSchema.findAll({
        Request: Schema.Struct({ pipeline: Schema.String, limit: Schema.Int }),
        Result: DueRow,
        execute: ({ limit, pipeline }) => sql`
          SELECT resource, external_id AS "externalId", reports::int, attempts, event_id AS "eventId",
            floor(extract(epoch FROM present() - received_at) * 1000)::float8 AS "waitedMillis"
          FROM hint WHERE pipeline = ${pipeline} AND not_before <= present()
          ORDER BY not_before LIMIT ${limit}`
      })
      const selectWaiting = SqlSchema.findAll({
        Request: Schema.Void,
        Result: Schema.Struct({ pipeline: Schema.String, hints: Schema.Int, oldestMillis: Schema.Finite }),
        execute: () => sql`
          SELECT pipeline, count(*)::int AS hints,
            floor(extract(epoch FROM present() - min(received_at)) * 1000)::float8 AS "oldestMillis"
          FROM hint GROUP BY pipeline`
      })
      const isThis = (hint: DueHint) => sql`
        pipeline = ${hint.pipeline} AND resource = ${hint.resource} AND external_id = ${hint.externalId}
        AND reports = ${hint.reports}`
      const later = (wait: Duration.Duration) =>
        sql`present() + ${Duration.toMillis(wait)}::float8 * interval '1 millisecond'`

      return HintStore.of({
        add: Effect.fn("HintStore.add")((hints: ReadonlyArray<ReportedHint>) =>
          insert(hints).pipe(Effect.asVoid, storeErrors("HintStore.add"))
        ),
        due: Effect.fn("HintStore.due")((pipeline: string, limit: number) =>
          selectDue({ pipeline, limit }).pipe(
            Effect.map((found) => found.map((row) => ({ pipeline, ...row }))),
            storeErrors("HintStore.due")
          )
        ),
        settle: Effect.fn("HintStore.settle")((hint: DueHint, step: AuditRow) =>
          Effect.andThen(sql`DELETE FROM hint WHERE ${isThis(hint)}`, insertAudit(sql, [step])).pipe(
            sql.withTransaction,
            Effect.asVoid,
            storeErrors("HintStore.settle")
          )
        ),
        postpone: Effect.fn("HintStore.postpone")(
          (hint: DueHint, options: { readonly wait: Duration.Duration; readonly isAttempt: boolean }) =>
            sql`
            UPDATE hint SET not_before = ${later(options.wait)}, attempts = attempts + ${options.isAttempt ? 1 : 0}
            WHERE ${isThis(hint)}`.pipe(Effect.asVoid, storeErrors("HintStore.postpone"))
        ),
        postponeAll: Effect.fn("HintStore.postponeAll")((pipeline: string, wait: Duration.Duration) =>
          sql`
            UPDATE hint SET not_before = ${later(wait)}
            WHERE pipeline = ${pipeline} AND not_before <= present()`.pipe(
            Effect.asVoid,
            storeErrors("HintStore.postponeAll")
          )
        ),
        waiting: selectWaiting(undefined).pipe(
          Effect.map((found) => new Map(found.map(({ pipeline, ...rest }) => [pipeline, rest]))),
          storeErrors("HintStore.waiting")
        ),
        forget: sql`
          DELETE FROM hint_event WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM hint_event
            WHERE received_at < present() - ${Duration.toMillis(eventLife)}::float8 * interval '1 millisecond'
            LIMIT ${forgottenAtOnce}))`.pipe(Effect.asVoid, storeErrors("HintStore.forget"))
      })
    })
  )
}
