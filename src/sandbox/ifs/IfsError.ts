/**
 * IfsError: a refusal, in the body IFS Cloud gives it.
 *
 * The form is `{"error":{"code","message","details":[{"code","message"}]}}`.
 * A check made in the database has the code DATABASE_ERROR and one detail
 * "ORA-20110: Entity.TAG: text"; texts are localised on a real tenant, the
 * number and the tag are not.
 */
import { Schema } from "effect"

/** A refused request: HTTP status, code and message, and the detail lines. */
export class IfsError extends Schema.TaggedError<IfsError>()("IfsError", {
  status: Schema.Int,
  code: Schema.String,
  message: Schema.String,
  details: Schema.Array(Schema.String)
}) {}

/**
 * A check the database made. The number tells the kind: 20110 business rule,
 * 20111 does not exist, 20112 exists already, 20114 modified by another user, 20124 mandatory or format.
 */
export const databaseError = (number: 20110 | 20111 | 20112 | 20114 | 20124, tag: string, text: string) =>
  new IfsError({
    status: 400,
    code: "DATABASE_ERROR",
    message: "Database error occurred.",
    details: [`ORA-${number}: ${tag}: ${text}`]
  })

/** The body or one of its values cannot be read as the type of the property. */
export const deserializationError = (detail: string) =>
  new IfsError({
    status: 400,
    code: "ODP_DESERIALIZATION_ERROR",
    message: "Deserialization error.",
    details: [detail]
  })

/** The address or a query option cannot be understood; `detail` is the text of the OData library. */
export const malformedRequest = (detail: string) =>
  new IfsError({
    status: 400,
    code: "ODP_MALFORMED_REQUEST",
    message: "Malformed Request.",
    details: [detail]
  })

/** There is no such row, entity set or action. */
export const notFound = (detail: string) =>
  new IfsError({
    status: 404,
    code: "ODP_RESOURCE_NOTFOUND",
    message: "Requested resource not found.",
    details: [detail]
  })

/** OData knows it, IFS Cloud does not offer it. */
export const notImplemented = (what: string) =>
  new IfsError({
    status: 501,
    code: "ODP_NOT_IMPLEMENTED",
    message: "The requested functionality has not been implemented (yet).",
    details: [`'${what}' is not implemented!`]
  })

/** The write needs the ETag of the row and came without one. */
export const missingPrecondition = () =>
  new IfsError({
    status: 428,
    code: "ODP_MISSING_PRECONDITION",
    message: "The Operation you requested on this Entity requires an if-match or if-none-match header.",
    details: []
  })

/** The row was changed since its ETag was read. */
export const preconditionFailed = (entity: string) =>
  new IfsError({
    status: 412,
    code: "ODP_PRECONDITION_FAILED",
    message: "The If-Match precondition is not fulfilled.",
    details: [`ORA-20114: ${entity}.FND_MODIFIED: The object has been modified by another user.`]
  })

/** A refusal by the gateway in front of the database: authorisation, rate limit, or a fault on request. */
export const gatewayError = (status: number, code: string, message: string) =>
  new IfsError({ status, code, message, details: [] })
