/**
 * DirectVouchers: a projection that takes a voucher with its rows in one request.
 *
 * IFS ships none. It stands for the one that a tenant builds or activates for
 * integrations, so its name and that of its array are ours; the checks and the
 * numbers are those of the assistant, and a repeated request makes a second
 * voucher here too.
 */
import { Effect } from "effect"
import type { HttpServerRequest, HttpServerResponse } from "effect/http"
import { enterVoucher, type Entering } from "./enterVoucher.ts"
import { decimal, type EntityType, makeEtag, whole } from "./EntityType.ts"
import { gatewayError, type IfsError, notFound } from "./IfsError.ts"
import { readBodyWithRows } from "./readBody.ts"
import type { ResourcePath } from "./ResourcePath.ts"
import { respondCreated } from "./respond.ts"
import { header, row } from "./VoucherAssistant.ts"

/** The projection's name in addresses. */
export const directProjection = "VoucherIntegrationHandling"

const { Objkey: _objkey, OpennedFrom: _opennedFrom, ...properties } = header.properties

/** What is posted, without its rows. */
export const DirectVouchers: EntityType = {
  projection: directProjection,
  entitySet: "VoucherSet",
  entity: "Voucher",
  keys: ["Company", "AccountingYear", "VoucherType", "VoucherNo"],
  properties: { ...properties, VoucherNo: decimal }
}

/** Answers a request to the projection: POST of a voucher, 201 with its number. */
export const enterDirectly = Effect.fnUntraced(function* (
  entering: Entering,
  request: HttpServerRequest.HttpServerRequest,
  path: ResourcePath,
  projectionUrl: string
): Effect.fn.Return<HttpServerResponse.HttpServerResponse, IfsError> {
  if (path.set !== DirectVouchers.entitySet || path.keyText !== undefined || path.rest !== undefined) {
    return yield* notFound(`The part '${path.set}' is not defined.`)
  }
  if (request.method !== "POST") {
    return yield* gatewayError(
      405,
      "ODP_METHOD_NOT_ALLOWED",
      `HTTP method '${request.method}' not allowed for this resource.`
    )
  }
  const { rows, values } = yield* readBodyWithRows(request, DirectVouchers.properties, {
    name: "VoucherRows",
    properties: row.properties
  })
  const voucher = yield* enterVoucher(entering, { ...values, OpennedFrom: "NEW_VOUCHER" }, rows)
  const created = {
    etag: makeEtag(`VOU-${voucher.voucherNo}`, 1),
    values: { ...values, VoucherNo: whole(voucher.voucherNo) }
  }
  return respondCreated(request, DirectVouchers, created, projectionUrl)
})
