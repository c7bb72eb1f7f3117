/**
 * PersonalData: where people stand in the database, and how they are taken out.
 *
 * The append-only tables lose content through `erase_person` only, and each row
 * that does is noted in `erasure` with its hash before and after. All other
 * tables with personal fields stand in one list, `otherTables`: whoever adds a
 * table with such fields adds it there. Keys that systems give to customers stay.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { SqlClient, type SqlError, SqlSchema } from "effect/sql"
import { NormalisedRecord, Origin } from "../pipeline/SourceRecord.ts"
import { forgottenNames } from "./forgottenNames.ts"
import { insertAudit, rows } from "./rows.ts"
import { rowLeaf } from "./Seal.ts"
import { SealedBook, selectRowsById } from "./SealedBook.ts"
import { type StoreError, storeErrors } from "./StoreError.ts"
import type { Traits } from "./Traits.ts"

/** A stored revision of a record, whoever it is about. */
export const PersonRecord = Schema.Struct({
  id: Schema.Int,
  pipeline: Schema.String,
  resource: Schema.String,
  externalId: Schema.String,
  origin: Origin,
  raw: Schema.Json,
  normalised: NormalisedRecord
})
export type PersonRecord = typeof PersonRecord.Type

/** A value of JSON, by the id of its row. */
const Content = Schema.Struct({ id: Schema.Int, content: Schema.Json })
type Content = typeof Content.Type

const Held = Schema.Struct({ connection: Schema.String, reference: Schema.String, content: Schema.Json })
type Held = typeof Held.Type

/** What is written about some documents, beside their records. */
export interface AboutDocuments {
  /** Bodies of journal entries, by position. */
  readonly entries: ReadonlyArray<Content>
  /** Details of the audit log. */
  readonly audit: ReadonlyArray<Content>
  /** Problems of error items. */
  readonly errors: ReadonlyArray<Content>
  /** What the ledger holds and the journal had lost, about whomever, with one of the values in it. */
  readonly held: ReadonlyArray<Held>
}

/** What every row says instead. Rows that are not named stay as they are. */
export interface Replacements {
  readonly records: ReadonlyArray<{
    readonly id: number
    readonly raw: unknown
    readonly normalised: unknown
    readonly fingerprint: string
  }>
  readonly entries: ReadonlyArray<{ readonly id: number; readonly body: unknown }>
  readonly audit: ReadonlyArray<{ readonly id: number; readonly detail: unknown }>
  readonly errors: ReadonlyArray<Content>
  readonly held: ReadonlyArray<Held>
}

/** Finds and erases people. */
export class PersonalData extends Context.Service<
  PersonalData,
  {
    /** Runs alone: nobody appends to the append-only tables meanwhile. All or nothing. */
    alone<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | StoreError, R>
    /** Revisions of records of customers with these keys, in any system, or with one of these addresses in them. */
    matching(
      ids: ReadonlyArray<string>,
      addresses: ReadonlyArray<string>
    ): Effect.Effect<ReadonlyArray<PersonRecord>, StoreError>
    /** Every revision of the documents that these are revisions of. */
    revisions(records: ReadonlyArray<PersonRecord>): Effect.Effect<ReadonlyArray<PersonRecord>, StoreError>
    /** What is written about them. */
    about(
      records: ReadonlyArray<PersonRecord>,
      values: ReadonlyArray<string>
    ): Effect.Effect<AboutDocuments, StoreError>
    /** Keys of customers that were linked with one of the person's, his own among them. */
    linked(traits: Traits): Effect.Effect<ReadonlyArray<string>, StoreError>
    /** How many rows of other tables are the person's, by table. */
    elsewhere(traits: Traits): Effect.Effect<ReadonlyMap<string, number>, StoreError>
    /** Erases, remembers hashes of the names, and says so in the audit log. Inside `alone`. */
    erase(
      replacements: Replacements,
      options: {
        readonly traits: Traits
        readonly names: ReadonlyArray<string>
        readonly forgetting: string
        readonly actor: string
        readonly counts: unknown
      }
    ): Effect.Effect<void, StoreError>
  }
>()("ledgerline/store/PersonalData") {
  /** Needs only a `SqlClient`, so the caller decides which database it is. */
  static readonly layerNoDeps = Layer.effect(
    PersonalData,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const sealedRows = selectRowsById(sql)
      const columns = sql`
        record.id::float8 AS id, record.pipeline, record.resource, record.external_id AS "externalId",
        record.origin, record.raw, record.normalised`
      const texts = (parameter: string) => sql`(SELECT jsonb_array_elements_text(${parameter}::jsonb))`
      /** Whether a JSON text has one of the addresses as a whole string of its own. */
      const contains = (column: string, parameter: string) => sql`
        EXISTS (SELECT FROM jsonb_array_elements_text(${parameter}::jsonb) AS address
          WHERE position(lower(to_json(address)::text) IN lower(${sql(column)}::text)) > 0)`

      const selectMatching = SqlSchema.findAll({
        Request: Schema.Struct({ ids: Schema.String, addresses: Schema.String }),
        Result: PersonRecord,
        execute: ({ addresses, ids }) => sql`
          SELECT ${columns} FROM source_record record
          WHERE normalised #>> '{document,customer,id}' IN ${texts(ids)}
            OR normalised #>> '{document,customer,guestId}' IN ${texts(ids)}
            OR normalised #>> '{record,customer,id}' IN ${texts(ids)}
            OR normalised #>> '{record,customer}' IN ${texts(ids)}
            OR (resource IN ('customer', 'guest') AND external_id IN ${texts(ids)})
            OR ${contains("raw", addresses)} OR ${contains("normalised", addresses)}
          ORDER BY record.id`
      })
      const asked = sql`AS asked (pipeline text, resource text, "externalId" text)`
      const selectRevisions = SqlSchema.findAll({
        Request: Schema.String,
        Result: PersonRecord,
        execute: (documents) => sql`
          SELECT ${columns} FROM source_record record JOIN jsonb_to_recordset(${documents}::jsonb) ${asked}
            ON asked.pipeline = record.pipeline AND asked.resource = record.resource
            AND asked."externalId" = record.external_id
          ORDER BY record.id`
      })
      const selectAbout = (table: string, id: string, content: string) =>
        SqlSchema.findAll({
          Request: Schema.String,
          Result: Content,
          execute: (documents) => sql`
            SELECT row.${sql(id)}::float8 AS id, row.${sql(content)} AS content
            FROM ${sql(table)} row JOIN jsonb_to_recordset(${documents}::jsonb) ${asked}
              ON asked.pipeline = row.pipeline AND asked.resource = row.resource
              AND asked."externalId" = row.external_id
            ORDER BY 1`
        })
      const selectEntries = selectAbout("journal_entry", "position", "body")
      const selectAudit = selectAbout("audit", "id", "detail")
      const selectErrors = selectAbout("error_item", "id", "problems")

      const documentsOf = (records: ReadonlyArray<PersonRecord>) =>
        rows([
          ...new Map(
            records.map(({ externalId, pipeline, resource }) => [
              JSON.stringify([pipeline, resource, externalId]),
              { pipeline, resource, externalId }
            ])
          ).values()
        ])

      const selectHeld = SqlSchema.findAll({
        Request: Schema.String,
        Result: Held,
        execute: (values) => sql`
          SELECT connection, reference, body AS content FROM held_entry
          WHERE EXISTS (SELECT FROM jsonb_array_elements_text(${values}::jsonb) AS value
            WHERE position(lower(value) IN lower(body::text)) > 0)
          ORDER BY connection, reference`
      })
      /** Whether a link of customers is the person's: by an address, or by a key and anything else that is his. */
      const isTheirLink = (traits: Traits) => {
        const anyHas = (values: ReadonlyArray<string>) =>
          sql.or(["bases", "intent"].map((column) => contains(column, rows(values))))
        const ids = texts(rows(traits.customers.map(({ id }) => id)))
        const isOfConnection =
          traits.connection === undefined
            ? sql`true`
            : sql`${traits.connection} IN (split_part(pair, '/', 1), split_part(pair, '/', 2))`
        const isKey = sql`(left_id IN ${ids} OR right_id IN ${ids}) AND ${isOfConnection}`
        return sql.or([anyHas(traits.addresses), sql.and([isKey, anyHas(traits.values)])])
      }
      const isTheirTask = ({ documents }: Traits) => sql`
        (pipeline, resource, external_id) IN (
          SELECT pipeline, resource, "externalId" FROM jsonb_to_recordset(${rows(documents)}::jsonb) ${asked})`
      /**
       * Tables with personal fields, beside the append-only ones and those above.
       * Whoever adds a table with such fields adds it here. A link stays as a
       * closed one, with its keys alone: nobody is created anew from it.
       */
      const otherTables = [
        {
          table: "customer_link",
          isTheirs: isTheirLink,
          erase: (traits: Traits) => sql`
            UPDATE customer_link SET state = 'closed', bases = '{"left":{},"right":{}}', unclear = '[]',
              addresses = '[]', seen = '{"left":null,"right":null}', intent = NULL, recent = '[]', parked = NULL,
              changed_at = present()
            WHERE ${isTheirLink(traits)}`
        },
        {
          table: "customer_task",
          isTheirs: isTheirTask,
          erase: (traits: Traits) => sql`DELETE FROM customer_task WHERE ${isTheirTask(traits)}`
        }
      ]
      /** Whoever is at a pair now is no longer its writer, so that nothing comes back from what was read before. */
      const replaceWriters = (traits: Traits) => sql`
        UPDATE ledger_writer SET fence = fence + 1
        WHERE connection IN (SELECT 'customers ' || pair FROM customer_link WHERE ${isTheirLink(traits)})`
      const selectLinked = (traits: Traits) =>
        sql<{
          readonly leftId: string | null
          readonly rightId: string | null
        }>`SELECT left_id AS "leftId", right_id AS "rightId" FROM customer_link WHERE ${isTheirLink(traits)}`

      /** Erases rows of a book, and notes for each its leaf before and after. */
      const eraseRows = Effect.fnUntraced(function* (
        book: SealedBook,
        changes: ReadonlyArray<{ readonly id: number }>,
        act: { readonly forgetting: string; readonly actor: string }
      ) {
        if (changes.length === 0) return
        const ids = changes.map(({ id }) => id)
        const before = new Map((yield* sealedRows({ book, ids })).map((row) => [row.id, row]))
        yield* sql`SELECT erase_person(${book}, ${rows(changes)}::jsonb)`
        const noted = (yield* sealedRows({ book, ids })).flatMap((row) => {
          const sealed = before.get(row.id)
          return sealed === undefined
            ? []
            : [
                {
                  ...act,
                  book,
                  rowId: row.id,
                  sealedAs: rowLeaf(sealed).toString("hex"),
                  standsAs: rowLeaf(row).toString("hex")
                }
              ]
        })
        yield* sql`
          INSERT INTO erasure (forgetting, actor, book, row_id, sealed_as, stands_as)
          SELECT forgetting, actor, book, "rowId", "sealedAs", "standsAs"
          FROM jsonb_to_recordset(${rows(noted)}::jsonb)
            AS row (forgetting text, actor text, book text, "rowId" bigint, "sealedAs" text, "standsAs" text)`
      })

      const isSqlError = (error: unknown): error is SqlError.SqlError =>
        typeof error === "object" && error !== null && "_tag" in error && error._tag === "SqlError"

      return PersonalData.of({
        alone: <A, E, R>(effect: Effect.Effect<A, E, R>) =>
          sql`SELECT lock_for_erasure()`.pipe(
            Effect.andThen(effect),
            sql.withTransaction,
            Effect.catchIf(isSqlError, (error) => storeErrors("PersonalData.alone")(Effect.fail(error)))
          ),
        matching: Effect.fn("PersonalData.matching")(
          (ids: ReadonlyArray<string>, addresses: ReadonlyArray<string>) =>
            selectMatching({ ids: rows(ids), addresses: rows(addresses) }).pipe(
              storeErrors("PersonalData.matching")
            )
        ),
        revisions: Effect.fn("PersonalData.revisions")((records: ReadonlyArray<PersonRecord>) =>
          selectRevisions(documentsOf(records)).pipe(storeErrors("PersonalData.revisions"))
        ),
        about: Effect.fn("PersonalData.about")(
          (records: ReadonlyArray<PersonRecord>, values: ReadonlyArray<string>) =>
            Effect.gen(function* () {
              const documents = documentsOf(records)
              return {
                entries: yield* selectEntries(documents),
                audit: yield* selectAudit(documents),
                errors: yield* selectErrors(documents),
                held: yield* selectHeld(rows(values))
              }
            }).pipe(storeErrors("PersonalData.about"))
        ),
        linked: Effect.fn("PersonalData.linked")((traits: Traits) =>
          selectLinked(traits).pipe(
            Effect.map((links) =>
              links.flatMap(({ leftId, rightId }) => [leftId, rightId].filter((id) => id !== null))
            ),
            storeErrors("PersonalData.linked")
          )
        ),
        elsewhere: Effect.fn("PersonalData.elsewhere")((traits: Traits) =>
          Effect.gen(function* () {
            const counts = new Map<string, number>()
            for (const { isTheirs, table } of otherTables) {
              const [counted] = yield* sql<{ readonly count: number }>`
                SELECT count(*)::int AS count FROM ${sql(table)} WHERE ${isTheirs(traits)}`
              if (counted !== undefined && counted.count > 0) counts.set(table, counted.count)
            }
            return counts
          }).pipe(storeErrors("PersonalData.elsewhere"))
        ),
        erase: Effect.fn("PersonalData.erase")(
          (
            { audit, entries, errors, held, records }: Replacements,
            {
              actor,
              counts,
              forgetting,
              names,
              traits
            }: {
              readonly traits: Traits
              readonly names: ReadonlyArray<string>
              readonly forgetting: string
              readonly actor: string
              readonly counts: unknown
            }
          ) =>
            Effect.gen(function* () {
              const act = { forgetting, actor }
              yield* eraseRows("source_record", records, act)
              yield* eraseRows("journal_entry", entries, act)
              yield* eraseRows("audit", audit, act)
              if (errors.length > 0) {
                yield* sql`
                  UPDATE error_item SET problems = row.content
                  FROM jsonb_to_recordset(${rows(errors)}::jsonb) AS row (id bigint, content jsonb)
                  WHERE error_item.id = row.id`
              }
              if (held.length > 0) {
                yield* sql`
                  UPDATE held_entry SET body = row.content
                  FROM jsonb_to_recordset(${rows(held)}::jsonb) AS row (connection text, reference text, content jsonb)
                  WHERE held_entry.connection = row.connection AND held_entry.reference = row.reference`
              }
              yield* replaceWriters(traits)
              for (const { erase } of otherTables) yield* erase(traits)
              yield* forgottenNames(sql).add(names, forgetting)
              yield* insertAudit(sql, [
                {
                  actor,
                  action: "forgot",
                  detail: {
                    forgetting,
                    rows: counts,
                    ...(traits.connection === undefined ? {} : { connection: traits.connection })
                  }
                }
              ])
            }).pipe(storeErrors("PersonalData.erase"))
        )
      })
    })
  )
}
