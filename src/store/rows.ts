/**
 * rows: writing many rows in one statement.
 *
 * The rows travel as one JSON parameter and the database unfolds them, so a
 * page costs one round trip whatever its length, and column types are stated
 * once, beside the columns.
 */
import type { SqlClient } from "effect/sql"

/** Values as a parameter for `jsonb_to_recordset`. */
export const rows = (values: unknown): string => JSON.stringify(values)

/** A document of a pipeline, as the store knows it. */
export interface DocumentKey {
  readonly pipeline: string
  readonly resource: string
  readonly externalId: string
}

/** One line of the audit log; `detail` says what was before and after, where there is a before. */
export interface AuditRow extends Partial<DocumentKey> {
  readonly actor: string
  readonly action: string
  readonly detail: unknown
}

/** Appends to the audit log, in the caller's transaction. */
export const insertAudit = (sql: SqlClient.SqlClient, steps: ReadonlyArray<AuditRow>) => sql`
  INSERT INTO audit (actor, action, pipeline, resource, external_id, detail)
  SELECT actor, action, pipeline, resource, "externalId", detail
  FROM jsonb_to_recordset(${rows(steps)}::jsonb)
    AS row (actor text, action text, pipeline text, resource text, "externalId" text, detail jsonb)`

/** Instant as ISO 8601 in UTC, made by the database so that no clock of ours is involved. */
export const isoInstant = (sql: SqlClient.SqlClient, column: string) =>
  sql`to_char(${sql(column)} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
