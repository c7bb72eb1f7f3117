/**
 * CustomerLinks: which customers of two systems are the same, and what is still
 * to be looked at.
 *
 * Whatever is written here after a system was contacted is written under the
 * writer's number: a process that slept while another took over changes nothing.
 */
import { Context, Effect, Layer, Option, Schema, Struct } from "effect"
import { SqlClient, type SqlError, SqlSchema } from "effect/sql"
import { addTasks, type NewCustomerTask } from "./addTasks.ts"
import { awaited } from "./awaited.ts"
import { CustomerLink, CustomerTask, type LinkContent, type RecentWrite, Side } from "./CustomerLink.ts"
import { type NewErrorItem, resolveErrors, upsertErrors } from "./ErrorQueue.ts"
import type { Writer } from "./LedgerWriter.ts"
import { linksOfAddress } from "./linksOfAddress.ts"
import { type AuditRow, type DocumentKey, insertAudit, rows } from "./rows.ts"
import { type StoreError, storeErrors } from "./StoreError.ts"

/** What a step led to; all of it is stored, or nothing. */
export interface Settlement {
  /** Absent where there is no link; without content it goes: nothing was created after all. */
  readonly link?: {
    readonly id: number
    readonly content: LinkContent | null
    /** What a system has confirmed, to be counted with the writes of the last hour. */
    readonly write?: RecentWrite
  }
  /** The task that is done; it stays if it was asked for again meanwhile. */
  readonly task?: CustomerTask
  readonly errors: ReadonlyArray<NewErrorItem>
  /** Documents whose open error items are settled by it. */
  readonly settled: ReadonlyArray<DocumentKey>
  readonly audit: ReadonlyArray<AuditRow>
}

/** How many customers of a pair are linked, and wait. */
export interface LinkCounts {
  readonly linked: number
  readonly due: number
}

const isUniqueViolation = (error: SqlError.SqlError): boolean => error.reason._tag === "UniqueViolation"

/** Keeps links and tasks. */
export class CustomerLinks extends Context.Service<
  CustomerLinks,
  {
    /** Asks for customers to be looked at. */
    ask(tasks: ReadonlyArray<NewCustomerTask>): Effect.Effect<void, StoreError>
    /**
     * Asks for the customers whom documents wait for, once and then every hour, in case somebody has created them by
     * hand; on the sides that pipelines of the pair read, and none that waits for a person itself.
     */
    askAwaited(
      pair: string,
      readers: ReadonlyArray<Pick<CustomerTask, "side" | "pipeline" | "resource">>
    ): Effect.Effect<void, StoreError>
    /** Whether a document waits to have this customer created on the other side. */
    isAwaited(pair: string, side: Side, id: string): Effect.Effect<boolean, StoreError>
    /** Tasks whose time has come, the oldest first. */
    due(pair: string, limit: number): Effect.Effect<ReadonlyArray<CustomerTask>, StoreError>
    /** Milliseconds until the next task is due; none when nothing waits. */
    nextDueMillis(pair: string): Effect.Effect<Option.Option<number>, StoreError>
    /** The link of a customer; a closed one only where there is no other. */
    find(pair: string, side: Side, id: string): Effect.Effect<Option.Option<CustomerLink>, StoreError>
    /** Links of customers that are being created on this side. */
    creating(pair: string, side: Side): Effect.Effect<ReadonlyArray<CustomerLink>, StoreError>
    /** Whom the customers of this address on `side` are linked to, as in `linksOfAddress`. */
    ofAddress(
      pair: string,
      side: Side,
      address: string
    ): Effect.Effect<ReadonlyArray<string | null>, StoreError>
    /**
     * A new link, marked as being sent where it is being created. None when one
     * of the two has a link already, or the writer is no longer the writer.
     */
    start(
      writer: Writer,
      pair: string,
      content: LinkContent,
      audit: ReadonlyArray<AuditRow>
    ): Effect.Effect<Option.Option<CustomerLink>, StoreError>
    /** Notes what is about to be sent. False, and nothing may be sent, when the writer is no longer the writer. */
    mark(
      writer: Writer,
      link: { readonly id: number; readonly intent: LinkContent["intent"] }
    ): Effect.Effect<boolean, StoreError>
    /** False, and nothing is stored, when the writer is no longer the writer. */
    settle(writer: Writer, settlement: Settlement): Effect.Effect<boolean, StoreError>
    /** The task waits for so long; `isAttempt` counts one more that failed. */
    postpone(
      task: CustomerTask,
      options: { readonly millis: number; readonly isAttempt: boolean }
    ): Effect.Effect<void, StoreError>
    /** Forgets the writes of the last hour. */
    forgive(id: number): Effect.Effect<void, StoreError>
    counts(pair: string): Effect.Effect<LinkCounts, StoreError>
  }
>()("ledgerline/store/CustomerLinks") {
  /** Needs only a `SqlClient`, so the caller decides which database it is. */
  static readonly layerNoDeps = Layer.effect(
    CustomerLinks,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const columns = sql`id::int AS id, pair, left_id AS "leftId", right_id AS "rightId", state, bases, unclear, addresses,
        seen, intent, parked,
        (extract(epoch FROM present() - marked_at) * 1000)::float8 AS "markedMillisAgo",
        (SELECT coalesce(jsonb_agg(write ORDER BY position), '[]') FROM jsonb_array_elements(recent)
           WITH ORDINALITY AS one (write, position)
         WHERE (write ->> 'at')::timestamptz > present() - interval '1 hour') AS recent`
      const idColumn = (side: Side) => (side === "left" ? sql`left_id` : sql`right_id`)
      const selectDue = SqlSchema.findAll({
        Request: Schema.Struct({ pair: Schema.String, limit: Schema.Int }),
        Result: CustomerTask,
        execute: ({ limit, pair }) => sql`
          SELECT pair, side, external_id AS "externalId", pipeline, resource, number, revision, asked::int AS asked,
            attempts, is_by_person AS "isByPerson"
          FROM customer_task WHERE pair = ${pair} AND due_at <= present()
          ORDER BY due_at, side, external_id LIMIT ${limit}`
      })
      const selectNext = SqlSchema.findAll({
        Request: Schema.String,
        Result: Schema.Struct({ millis: Schema.NullOr(Schema.Finite) }),
        execute: (pair) => sql`
          SELECT (extract(epoch FROM min(due_at) - present()) * 1000)::float8 AS millis
          FROM customer_task WHERE pair = ${pair}`
      })
      const selectLink = SqlSchema.findOneOption({
        Request: Schema.Struct({ pair: Schema.String, side: Side, id: Schema.String }),
        Result: CustomerLink,
        execute: ({ id, pair, side }) => sql`
          SELECT ${columns} FROM customer_link WHERE pair = ${pair} AND ${idColumn(side)} = ${id}
          ORDER BY state = 'closed', id DESC LIMIT 1`
      })
      const selectCreating = SqlSchema.findAll({
        Request: Schema.Struct({ pair: Schema.String, side: Side }),
        Result: CustomerLink,
        execute: ({ pair, side }) => sql`
          SELECT ${columns} FROM customer_link
          WHERE pair = ${pair} AND ${idColumn(side)} IS NULL AND state <> 'closed' AND state = 'creating'
          ORDER BY id`
      })
      const insertLink = SqlSchema.findAll({
        Request: Schema.Struct({ pair: Schema.String, content: Schema.String, isMarked: Schema.Boolean }),
        Result: CustomerLink,
        execute: ({ content, isMarked, pair }) => sql`
          INSERT INTO customer_link (pair, left_id, right_id, state, bases, unclear, addresses, seen, intent, parked, marked_at)
          SELECT ${pair}, "leftId", "rightId", state, bases, unclear, addresses, seen, intent, parked,
            CASE WHEN ${isMarked} THEN present() END
          FROM jsonb_to_record(${content}::jsonb) AS row ("leftId" text, "rightId" text, state text, bases jsonb,
            unclear jsonb, addresses jsonb, seen jsonb, intent jsonb, parked jsonb)
          RETURNING ${columns}`
      })
      const selectCounts = SqlSchema.findOne({
        Request: Schema.String,
        Result: Schema.Struct({ linked: Schema.Int, due: Schema.Int }),
        execute: (pair) => sql`
          SELECT (SELECT count(*)::int FROM customer_link WHERE pair = ${pair} AND state = 'linked') AS linked,
            (SELECT count(*)::int FROM customer_task WHERE pair = ${pair}) AS due`
      })

      const markAsked = SqlSchema.findAll({
        Request: Schema.Struct({ pair: Schema.String, readers: Schema.String }),
        Result: CustomerTask.mapFields(Struct.pick(["side", "externalId", "pipeline", "resource"])),
        execute: ({ pair, readers }) => sql`
          WITH asked AS (
            UPDATE error_item SET asked_at = present()
            FROM (${awaited(sql)}) awaited
            JOIN jsonb_to_recordset(${readers}::jsonb) AS reader (side text, pipeline text, resource text)
              ON reader.side = awaited.side
            WHERE error_item.id = awaited.item AND awaited.pair = ${pair}
              AND (error_item.asked_at IS NULL OR error_item.asked_at < present() - interval '1 hour')
              AND NOT EXISTS (
                SELECT FROM error_item own
                WHERE own.pipeline = reader.pipeline AND own.resource = reader.resource
                  AND own.external_id = awaited.customer AND own.state IN ('open', 'retrying'))
            RETURNING awaited.side, awaited.customer, reader.pipeline, reader.resource
          )
          SELECT DISTINCT side, customer AS "externalId", pipeline, resource FROM asked ORDER BY side, customer`
      })
      const selectAwaited = SqlSchema.findAll({
        Request: Schema.Struct({ pair: Schema.String, side: Side, id: Schema.String }),
        Result: Schema.Struct({ item: Schema.Int }),
        execute: ({ id, pair, side }) => sql`
          SELECT awaited.item::int AS item FROM (${awaited(sql)}) awaited
          WHERE awaited.pair = ${pair} AND awaited.side = ${side} AND awaited.customer = ${id} AND awaited."create"
          LIMIT 1`
      })

      /** Runs `work` if the writer is the writer until it has ended. */
      const asWriter = <A, E>(writer: Writer, otherwise: A, work: Effect.Effect<A, E>) =>
        Effect.gen(function* () {
          const current = yield* sql`
            SELECT fence FROM ledger_writer
            WHERE connection = ${writer.connection} AND fence = ${writer.fence} FOR SHARE`
          return current.length === 0 ? otherwise : yield* work
        }).pipe(sql.withTransaction)

      return CustomerLinks.of({
        ask: Effect.fn("CustomerLinks.ask")((tasks: ReadonlyArray<NewCustomerTask>) =>
          addTasks(sql, tasks).pipe(Effect.asVoid, storeErrors("CustomerLinks.ask"))
        ),
        askAwaited: Effect.fn("CustomerLinks.askAwaited")(
          (pair: string, readers: Parameters<CustomerLinks["Service"]["askAwaited"]>[1]) =>
            markAsked({ pair, readers: rows(readers) }).pipe(
              Effect.tap((customers) =>
                addTasks(
                  sql,
                  customers.map((one) => ({
                    ...one,
                    pair,
                    number: one.externalId,
                    revision: 1,
                    isByPerson: false
                  }))
                )
              ),
              Effect.asVoid,
              sql.withTransaction,
              storeErrors("CustomerLinks.askAwaited")
            )
        ),
        isAwaited: Effect.fn("CustomerLinks.isAwaited")((pair: string, side: Side, id: string) =>
          selectAwaited({ pair, side, id }).pipe(
            Effect.map((found) => found.length > 0),
            storeErrors("CustomerLinks.isAwaited")
          )
        ),
        due: Effect.fn("CustomerLinks.due")((pair: string, limit: number) =>
          selectDue({ pair, limit }).pipe(storeErrors("CustomerLinks.due"))
        ),
        nextDueMillis: Effect.fn("CustomerLinks.nextDueMillis")((pair: string) =>
          selectNext(pair).pipe(
            Effect.map(([row]) => Option.fromNullishOr(row?.millis)),
            storeErrors("CustomerLinks.nextDueMillis")
          )
        ),
        find: Effect.fn("CustomerLinks.find")((pair: string, side: Side, id: string) =>
          selectLink({ pair, side, id }).pipe(storeErrors("CustomerLinks.find"))
        ),
        creating: Effect.fn("CustomerLinks.creating")((pair: string, side: Side) =>
          selectCreating({ pair, side }).pipe(storeErrors("CustomerLinks.creating"))
        ),
        ofAddress: Effect.fn("CustomerLinks.ofAddress")((pair: string, side: Side, address: string) =>
          linksOfAddress(sql)(pair, side, address).pipe(storeErrors("CustomerLinks.ofAddress"))
        ),
        start: Effect.fn("CustomerLinks.start")(
          (writer: Writer, pair: string, content: LinkContent, audit: ReadonlyArray<AuditRow>) =>
            asWriter(
              writer,
              Option.none<CustomerLink>(),
              Effect.gen(function* () {
                const [link] = yield* insertLink({
                  pair,
                  content: rows(content),
                  isMarked: content.intent !== null
                })
                if (audit.length > 0) yield* insertAudit(sql, audit)
                return Option.fromNullishOr(link)
              })
            ).pipe(
              Effect.catchIf(
                (error): error is SqlError.SqlError => error._tag === "SqlError" && isUniqueViolation(error),
                () => Effect.succeedNone
              ),
              storeErrors("CustomerLinks.start")
            )
        ),
        mark: Effect.fn("CustomerLinks.mark")(
          (writer: Writer, { id, intent }: { readonly id: number; readonly intent: LinkContent["intent"] }) =>
            asWriter(
              writer,
              false,
              Effect.as(
                sql`
                  UPDATE customer_link SET intent = ${rows(intent)}::jsonb, marked_at = present(), changed_at = present()
                  WHERE id = ${id}`,
                true
              )
            ).pipe(storeErrors("CustomerLinks.mark"))
        ),
        settle: Effect.fn("CustomerLinks.settle")(
          (writer: Writer, { audit, errors, link, settled, task }: Settlement) =>
            asWriter(
              writer,
              false,
              Effect.gen(function* () {
                if (link?.content === null) yield* sql`DELETE FROM customer_link WHERE id = ${link.id}`
                else if (link !== undefined) {
                  yield* sql`
                    UPDATE customer_link SET left_id = row."leftId", right_id = row."rightId", state = row.state,
                      bases = row.bases, unclear = row.unclear, addresses = row.addresses, seen = row.seen,
                      intent = NULLIF(row.intent, 'null'::jsonb), parked = NULLIF(row.parked, 'null'::jsonb),
                      recent = (
                        SELECT coalesce(jsonb_agg(write), '[]') FROM jsonb_array_elements(recent) write
                        WHERE (write ->> 'at')::timestamptz > present() - interval '1 hour'
                      ) || (
                        SELECT coalesce(jsonb_agg(write || jsonb_build_object('at', present())), '[]')
                        FROM jsonb_array_elements(${rows(link.write === undefined ? [] : [link.write])}::jsonb) write
                      ),
                      changed_at = present()
                    FROM jsonb_to_record(${rows(link.content)}::jsonb) AS row ("leftId" text, "rightId" text,
                      state text, bases jsonb, unclear jsonb, addresses jsonb, seen jsonb, intent jsonb, parked jsonb)
                    WHERE customer_link.id = ${link.id}`
                }
                if (task !== undefined) {
                  yield* sql`
                    DELETE FROM customer_task WHERE pair = ${task.pair} AND side = ${task.side}
                      AND external_id = ${task.externalId} AND asked = ${task.asked}`
                }
                if (errors.length > 0) yield* upsertErrors(sql, errors)
                if (settled.length > 0) yield* resolveErrors(sql, settled)
                if (audit.length > 0) yield* insertAudit(sql, audit)
                return true
              })
            ).pipe(storeErrors("CustomerLinks.settle"))
        ),
        postpone: Effect.fn("CustomerLinks.postpone")(
          (
            task: CustomerTask,
            { isAttempt, millis }: { readonly millis: number; readonly isAttempt: boolean }
          ) =>
            sql`
              UPDATE customer_task SET due_at = present() + ${millis}::float8 * interval '1 millisecond',
                attempts = attempts + ${isAttempt ? 1 : 0}::int
              WHERE pair = ${task.pair} AND side = ${task.side} AND external_id = ${task.externalId}`.pipe(
              Effect.asVoid,
              storeErrors("CustomerLinks.postpone")
            )
        ),
        forgive: Effect.fn("CustomerLinks.forgive")((id: number) =>
          sql`UPDATE customer_link SET recent = '[]' WHERE id = ${id}`.pipe(
            Effect.asVoid,
            storeErrors("CustomerLinks.forgive")
          )
        ),
        counts: Effect.fn("CustomerLinks.counts")((pair: string) =>
          selectCounts(pair).pipe(
            Effect.catchTag("NoSuchElementError", Effect.die),
            storeErrors("CustomerLinks.counts")
          )
        )
      })
    })
  )
}
