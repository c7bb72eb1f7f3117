/**
 * forgottenNames: the hashes by which somebody who was forgotten is known again.
 *
 * They are salted with a number of this database: whoever has it can test
 * whether a name that he guesses is among them, and learns nothing else.
 */
import { Effect, Schema } from "effect"
import { type SqlClient, SqlSchema } from "effect/sql"
import { rows } from "./rows.ts"

const hash = (sql: SqlClient.SqlClient) =>
  sql`encode(sha256(convert_to((SELECT salt::text FROM forgotten_salt) || ' ' || name, 'UTF8')), 'hex')`

/** The statements on one database. */
export const forgottenNames = (sql: SqlClient.SqlClient) => {
  /** How many names there are; grows with each forgetting. */
  const count = SqlSchema.findOne({
    Request: Schema.Void,
    Result: Schema.Struct({ all: Schema.Int }),
    execute: () => sql`SELECT count(*)::int AS all FROM forgotten`
  })(undefined).pipe(
    Effect.map(({ all }) => all),
    Effect.catchTag(["NoSuchElementError", "SchemaError"], Effect.die)
  )
  const select = SqlSchema.findAll({
    Request: Schema.Array(Schema.String),
    Result: Schema.Struct({ name: Schema.String }),
    execute: (names) => sql`
      SELECT name FROM jsonb_array_elements_text(${rows(names)}::jsonb) AS name
      WHERE ${hash(sql)} IN (SELECT hash FROM forgotten)`
  })
  return {
    count,
    /** Which of the names are there, and how many there are in all. */
    among: Effect.fnUntraced(function* (names: ReadonlyArray<string>) {
      const all = yield* count
      const found = all === 0 || names.length === 0 ? [] : yield* select(names)
      return { all, names: new Set(found.map(({ name }) => name)) }
    }),
    /** Adds names, in the caller's transaction. */
    add: (names: ReadonlyArray<string>, forgetting: string) => sql`
      INSERT INTO forgotten (hash, forgetting)
      SELECT ${hash(sql)}, ${forgetting} FROM jsonb_array_elements_text(${rows(names)}::jsonb) AS name
      ON CONFLICT DO NOTHING`
  }
}
