/**
 * SealedBook: a table whose rows are sealed, and the text of a row that is.
 *
 * The text holds every column that means something, in a fixed order and a
 * fixed form: instants in UTC to the microsecond, JSON as PostgreSQL normalises
 * it, payloads by their hash, and last the row's random salt where it has one: a
 * row that lost its personal content has none left. A column that is added to a table later is added
 * under a new book, or every seal of the past would look broken.
 */
import { Schema } from "effect"
import { type SqlClient, SqlSchema, type Statement } from "effect/sql"

/** The append-only tables, by name. */
export const SealedBook = Schema.Literals([
  "audit",
  "journal_entry",
  "source_record",
  "plan_revision",
  "erasure"
])
export type SealedBook = typeof SealedBook.Type

/** All of them, in the order they are sealed in. */
export const sealedBooks: ReadonlyArray<SealedBook> = SealedBook.literals

/** A row as it is sealed. `content` is everything but its id. */
export const SealedRow = Schema.Struct({
  id: Schema.Int,
  content: Schema.String,
  at: Schema.String,
  /** `resource/id through pipeline`, where the row speaks of a document. */
  subject: Schema.NullOr(Schema.String)
})
export type SealedRow = typeof SealedRow.Type

const columnsOf = (sql: SqlClient.SqlClient) => {
  const instant = (column: string) =>
    sql`to_char(${sql(column)} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
  const hashed = (column: string) => sql`encode(sha256(convert_to(${sql(column)}::text, 'UTF8')), 'hex')`
  const whole = (columns: Statement.Fragment) => sql`jsonb_build_array(${columns})::text`
  const salted = (columns: Statement.Fragment) => sql`
    (jsonb_build_array(${columns}) || CASE WHEN salt IS NULL THEN '[]' ELSE jsonb_build_array(salt) END)::text`
  const document = sql`resource || '/' || external_id || ' through ' || pipeline`
  // With the table in front: a bare name would mean the column of the answer, which no index is on.
  return {
    audit: {
      id: sql`audit.id`,
      at: instant("at"),
      subject: document,
      content: salted(sql`${instant("at")}, actor, action, pipeline, resource, external_id, detail`)
    },
    journal_entry: {
      id: sql`journal_entry.position`,
      at: instant("created_at"),
      subject: document,
      content:
        salted(sql`${instant("created_at")}, idempotency_key, pipeline, plan_revision, resource, external_id, number,
        revision, kind, company, sink_connection, body, provenance`)
    },
    source_record: {
      id: sql`source_record.id`,
      at: instant("fetched_at"),
      subject: document,
      content:
        salted(sql`${instant("fetched_at")}, pipeline, resource, external_id, revision, number, origin, fingerprint,
        fingerprint_version, ${hashed("raw")}, ${hashed("normalised")}`)
    },
    plan_revision: {
      id: sql`plan_revision.id`,
      at: instant("recorded_at"),
      subject: sql`'pipeline ' || pipeline`,
      content: whole(sql`${instant("recorded_at")}, pipeline, content_hash, git_commit, is_dirty, files`)
    },
    erasure: {
      id: sql`erasure.id`,
      at: instant("at"),
      subject: sql`'what stood in ' || book || ' row ' || row_id`,
      content: whole(sql`${instant("at")}, forgetting, actor, book, row_id, sealed_as, stands_as`)
    }
  }
}

/** Rows of a book with `after` < id <= `upTo`, in order, at most `limit`. */
export const selectRows = (sql: SqlClient.SqlClient) => {
  const books = columnsOf(sql)
  return SqlSchema.findAll({
    Request: Schema.Struct({
      book: SealedBook,
      after: Schema.Int,
      upTo: Schema.Int,
      limit: Schema.Int
    }),
    Result: SealedRow,
    execute: ({ after, book, limit, upTo }) => {
      const { at, content, id, subject } = books[book]
      return sql`
        SELECT ${id}::float8 AS id, ${at} AS at, ${subject} AS subject, ${content} AS content
        FROM ${sql(book)} WHERE ${id} > ${after}::bigint AND ${id} <= ${upTo}::bigint ORDER BY ${id} LIMIT ${limit}`
    }
  })
}

/** Rows of a book by their ids. */
export const selectRowsById = (sql: SqlClient.SqlClient) => {
  const books = columnsOf(sql)
  return SqlSchema.findAll({
    Request: Schema.Struct({ book: SealedBook, ids: Schema.Array(Schema.Int) }),
    Result: SealedRow,
    execute: ({ book, ids }) => {
      const { at, content, id, subject } = books[book]
      return sql`
        SELECT ${id}::float8 AS id, ${at} AS at, ${subject} AS subject, ${content} AS content FROM ${sql(book)}
        WHERE ${id} IN (SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::bigint) ORDER BY ${id}`
    }
  })
}

/** The highest id of each book; 0 of an empty one. */
export const HighestIds = Schema.Struct({
  audit: Schema.Int,
  journal_entry: Schema.Int,
  source_record: Schema.Int,
  plan_revision: Schema.Int,
  erasure: Schema.Int
})

/** The columns of `HighestIds`, all of one moment. */
export const highestIds = (sql: SqlClient.SqlClient) => {
  const books = columnsOf(sql)
  const columns = sealedBooks.map(
    (book) => sql`(SELECT coalesce(max(${books[book].id}), 0) FROM ${sql(book)})::float8 AS ${sql(book)}`
  )
  return sql.csv(columns)
}
