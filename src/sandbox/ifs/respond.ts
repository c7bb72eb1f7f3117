/**
 * respond: answers in the form of the OData provider of IFS Cloud.
 */
import type { HttpServerRequest } from "effect/http"
import { HttpServerResponse } from "effect/http"
import { type EntityType, renderRow, type Row } from "./EntityType.ts"
import type { IfsError } from "./IfsError.ts"
import { isIeee754Compatible } from "./readBody.ts"

/** Whether the client asked for decimals as strings. */
export const wantsIeee754 = (request: HttpServerRequest.HttpServerRequest) =>
  isIeee754Compatible(request.headers["accept"])

/** JSON text under the media type the request asked for. */
export const respond = (request: HttpServerRequest.HttpServerRequest, json: string, status = 200) =>
  HttpServerResponse.text(json, {
    status,
    contentType: `application/json;odata.metadata=minimal${wantsIeee754(request) ? ";IEEE754Compatible=true" : ""}`,
    headers: { "odata-version": "4.0" }
  })

/** A JSON object with its context first; `members` is the text between the braces. */
export const withContext = (context: string, members: string) =>
  `{"@odata.context":${JSON.stringify(context)},${members}}`

/** A refusal as IFS Cloud writes it. */
export const respondError = (error: IfsError) =>
  HttpServerResponse.jsonUnsafe(
    {
      error: {
        code: error.code,
        message: error.message,
        ...(error.details.length === 0
          ? {}
          : { details: error.details.map((message) => ({ code: error.code, message })) })
      }
    },
    { status: error.status }
  )

/** The new row, 201; `projectionUrl` ends with ".svc". */
export const respondCreated = (
  request: HttpServerRequest.HttpServerRequest,
  entityType: EntityType,
  created: Row,
  projectionUrl: string
) => {
  const json = renderRow(entityType, created, { select: undefined, ieee754: wantsIeee754(request) })
  return respond(
    request,
    withContext(`${projectionUrl}/$metadata#${entityType.entitySet}/$entity`, json.slice(1, -1)),
    201
  )
}
