/**
 * StoreError: the database could not do what we asked.
 *
 * Only outages and refusals of the environment end here. A statement of ours
 * that is wrong is a bug and dies.
 */
import { Effect, Schema } from "effect"
import type { SqlError } from "effect/sql"

/** `message` says what failed and what to check; it never holds data of a row. */
export class StoreError extends Schema.TaggedError<StoreError>()("StoreError", {
  operation: Schema.String,
  message: Schema.String
}) {}

/**
 * What a page was made from is no longer so, and nothing was written. `posting`:
 * a posting that was to be taken back has been taken up, or its document has got
 * another entry; prepare the page again. `reading`: another process has read on
 * from the same cursor, or a newer revision of a document; end the scan.
 */
export class Overtaken extends Schema.TaggedError<Overtaken>()("Overtaken", {
  by: Schema.Literals(["posting", "reading"])
}) {}

const failed = (reason: string) =>
  reason === "AuthorizationError"
    ? "the database user may not do this. Let the owner of the tables run `ledgerline database migrate`, and then the SQL that `ledgerline database roles` prints; nothing was lost."
    : `the database failed (${reason}). Check that it is up and that LEDGERLINE_DATABASE_URL is right; nothing was lost.`

const bugs = new Set(["SqlSyntaxError", "ConstraintError", "UniqueViolation"])

/** Turns SQL failures into `StoreError`, and those only a bug can cause into defects. */
export const storeErrors =
  (operation: string) =>
  <A, E, R>(effect: Effect.Effect<A, E | SqlError.SqlError | Schema.SchemaError, R>) =>
    effect.pipe(
      Effect.catchIf(
        (error): error is Extract<typeof error, Schema.SchemaError> => Schema.isSchemaError(error),
        Effect.die
      ),
      Effect.catchIf(
        (error): error is Extract<typeof error, SqlError.SqlError> =>
          typeof error === "object" && error !== null && "_tag" in error && error._tag === "SqlError",
        (error) =>
          bugs.has(error.reason._tag)
            ? Effect.die(error)
            : Effect.fail(new StoreError({ operation, message: failed(error.reason._tag) }))
      )
    )
