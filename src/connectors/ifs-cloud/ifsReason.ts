/**
 * ifsReason: the one reason an answer of IFS Cloud stands for.
 *
 * IFS says no in the body: a code, and for checks of the database a detail
 * "ORA-20110: Entity.TAG: text". Number and tag decide, never the text, which
 * is localised, and the status only where there is neither: the same refusal
 * has been seen under different statuses.
 */
import { Option, Schema } from "effect"
import { type RestResponse, rateLimited } from "../../http/RestClient.ts"
import {
  type ConnectorReason,
  NotFound,
  Rejected,
  Unauthorized,
  UnexpectedResponse,
  Unreachable
} from "../../pipeline/ConnectorError.ts"
import { type Remedy, remedies, remediesByEntity, remediesByNumber } from "./remedies.ts"

const Body = Schema.Struct({
  error: Schema.Struct({
    code: Schema.String,
    message: Schema.String,
    details: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.Struct({ message: Schema.String }))))
  })
})
const decodeBody = Schema.decodeUnknownOption(Body)

interface Complaint {
  readonly code: string
  /** Oracle error number of an application error, 20100 to 20199. */
  readonly number: number | undefined
  readonly entity: string
  readonly tag: string
  /** In the language of the user. */
  readonly text: string
}

const complaintOf = (response: RestResponse): Complaint => {
  const error = Option.getOrUndefined(decodeBody(response.body))?.error
  const said = [...(error?.details ?? []).map((detail) => detail.message), error?.message ?? ""]
  const tagged = said
    .map((text) => /(?:ORA-(\d{5}):\s*)?\b([A-Za-z]\w*)\.([A-Z][A-Z0-9_]+)\b:?\s*([^\n]*)/u.exec(text))
    .find((match) => match !== null)
  const [, ora = "", entity = "", tag = "", text = ""] = tagged ?? []
  return {
    code: error?.code ?? "",
    number: /^201\d\d$/u.test(ora) ? Number(ora) : undefined,
    entity,
    tag,
    text: text === "" ? (said.find((one) => one !== "") ?? "") : text
  }
}

const noPrivilege = new Set([20106, 20118, 20119, 20181])

const sentence = (text: string) => (text === "" || /[.!?]$/u.test(text) ? text : `${text}.`)

/** Our sentence, then what IFS said, then the tag to search for. */
const explain = (remedy: string, complaint: Complaint) => {
  const source = complaint.tag === "" ? complaint.code : `${complaint.entity}.${complaint.tag}`
  const quote = complaint.text === "" ? "" : ` IFS says: ${sentence(complaint.text)}`
  return `${remedy}${quote}${source === "" ? "" : ` (${source})`}`
}

/** The row is not the version we read; whoever writes reads it again and decides again. */
export const changedMeanwhile: Remedy = {
  code: "changed-meanwhile",
  remedy:
    "Somebody else changed the record in IFS after we read it. Look at it in IFS, then retry the document."
}

/** Not an error where what we send names itself: it says that an earlier attempt got so far. */
export const existsAlready: Remedy = {
  code: "exists-already",
  remedy: "IFS has a record of this name already. Look at it in IFS, then retry the document."
}

// Definite also for a writing request: what cannot have the lock does nothing.
const locked = (complaint: Complaint) =>
  new Unreachable({ message: explain("A record is locked by another user.", complaint) })

const byDatabase = (complaint: Complaint, number: number): ConnectorReason => {
  if (noPrivilege.has(number)) return new Unauthorized({ message: explain(missingGrant, complaint) })
  if (number === 20113) return locked(complaint)
  const remedy =
    number === 20114
      ? changedMeanwhile
      : number === 20112 || number === 20160
        ? existsAlready
        : (remedies[complaint.tag] ??
          remediesByEntity.find(([entity]) => entity.test(complaint.entity))?.[1] ??
          remediesByNumber[number] ?? {
            code: "refused",
            remedy: "IFS refused what was sent. Correct what it names, then retry."
          })
  return new Rejected({ code: remedy.code, message: explain(remedy.remedy, complaint) })
}

const missingGrant =
  "Our user lacks a right. Grant the projection, its entities and its actions in a permission set of the service user, and renew the security cache."

const notGranted = (request: { readonly path: string }, complaint: Complaint) =>
  new Unauthorized({
    message: explain(`${missingGrant} Projection: ${projectionOf(request.path)}.`, complaint)
  })

const projectionOf = (path: string) => /\/([A-Za-z]\w*)\.svc/u.exec(path)?.[1] ?? path

const byStatus = (
  response: RestResponse,
  request: { readonly method: string; readonly path: string },
  complaint: Complaint
): ConnectorReason | undefined => {
  const reading = request.method === "GET"
  switch (response.status) {
    case 401:
      return new Unauthorized({
        message: explain(
          "IFS refuses the token although it was just renewed. Check realm, and that the IAM client has a service user.",
          complaint
        )
      })
    case 403:
      return notGranted(request, complaint)
    case 404:
      // Below a key it is our own draft that is gone, not the projection.
      if (request.path.includes("(Objkey=")) {
        return new Unreachable({
          message: explain("The temporary voucher is gone; nothing was posted.", complaint)
        })
      }
      return request.path.endsWith(")") && complaint.code !== "ODP_METADATA_NOTFOUND"
        ? new NotFound({
            message: explain(`IFS shows our user no ${request.path.slice(1)}.`, complaint)
          })
        : new UnexpectedResponse({
            message: explain(
              `IFS knows no ${request.path}. Correct its name under projections of the connection.`,
              complaint
            )
          })
    case 412:
    case 428:
      return new Rejected({
        code: changedMeanwhile.code,
        message: explain(changedMeanwhile.remedy, complaint)
      })
    case 400:
    case 409:
    case 422:
      return reading
        ? new UnexpectedResponse({
            message: explain(
              `IFS does not understand our question to ${projectionOf(request.path)}. Compare its $metadata with the projections of the connection.`,
              complaint
            )
          })
        : new Rejected({
            code: "refused",
            message: explain("IFS refused what was sent. Correct what it names, then retry.", complaint)
          })
  }
  // 408 and 5xx say nothing about whether the work was done; 501 does.
  return response.status === 408 || (response.status >= 500 && response.status !== 501)
    ? undefined
    : new UnexpectedResponse({
        message: explain(
          `IFS answered ${response.status} to ${request.method} ${projectionOf(request.path)}.`,
          complaint
        )
      })
}

/**
 * The reason for an answer that is not 2xx, or undefined when it leaves open
 * whether the request took effect.
 *
 * An application error of the database (ORA-201xx) is definite under any
 * status: it was raised inside the one transaction of the request, which is
 * thereby rolled back. `MI_MODIFIED_ERROR` (the projection was redeployed) and
 * time-outs are not.
 */
export const ifsReason = (
  response: RestResponse,
  request: { readonly method: string; readonly path: string }
): ConnectorReason | undefined => {
  // A 503 that asks for patience may come from a proxy behind which the work goes on.
  if (response.status === 429 || request.method === "GET") {
    const slower = rateLimited(response)
    if (slower !== undefined) return slower
  }
  const complaint = complaintOf(response)
  if (complaint.code === "MI_MODIFIED_ERROR" || complaint.code === "ODP_OPERATION_TIMEOUT") return undefined
  if (complaint.code === "CSRF_ERROR") {
    return new Unauthorized({
      message: "IFS demands a CSRF token on this endpoint. Set endpoint: int in the connection."
    })
  }
  if (complaint.tag === "SRV_NOT_ACCESS") return notGranted(request, complaint)
  if (complaint.number !== undefined) return byDatabase(complaint, complaint.number)
  if (complaint.tag === "FND_LOCKED") return locked(complaint)
  if (complaint.code === "ODP_MISSING_PRECONDITION" || complaint.tag === "FND_MODIFIED") {
    return new Rejected({ code: changedMeanwhile.code, message: explain(changedMeanwhile.remedy, complaint) })
  }
  if (complaint.code === "ODP_NOT_IMPLEMENTED") {
    return new UnexpectedResponse({
      message: explain(
        `IFS does not offer what we asked of ${projectionOf(request.path)}. Compare its $metadata with the projections of the connection.`,
        complaint
      )
    })
  }
  return byStatus(response, request, complaint)
}
