/**
 * updateVoucher: PATCH of the text of a voucher in the hold table.
 *
 * A voucher in the general ledger is immutable (VOUUPD).
 */
import { BigDecimal, Effect } from "effect"
import type { HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Books } from "./Books.ts"
import type { CompanyData } from "./CompanyData.ts"
import type { EntitySet } from "./EntitySet.ts"
import { renderRow, string } from "./EntityType.ts"
import type { Properties } from "./EntityType.ts"
import { compareValues } from "./Filter.ts"
import type { IfsError } from "./IfsError.ts"
import { databaseError, notFound } from "./IfsError.ts"
import { readBody } from "./readBody.ts"
import { findRow } from "./readEntitySet.ts"
import { parseKey } from "./ResourcePath.ts"
import { respond, wantsIeee754, withContext } from "./respond.ts"
import { requireEtag } from "./VoucherAssistant.ts"

const updatable: Properties = { VoucherText2: string(2000) }

/** What is changed and where; `projectionUrl` ends with ".svc". */
export interface UpdateContext {
  readonly entitySet: EntitySet
  readonly books: Books
  readonly companies: ReadonlyArray<CompanyData>
  readonly projectionUrl: string
}

/** Answers PATCH: 428 without If-Match, 412 with an ETag that is no longer the row's, else the full new row. */
export const updateVoucher = Effect.fnUntraced(function* (
  request: HttpServerRequest.HttpServerRequest,
  keyText: string,
  context: UpdateContext
): Effect.fn.Return<HttpServerResponse.HttpServerResponse, IfsError> {
  const { entityType } = context.entitySet
  const changes = yield* readBody(request, updatable)
  const key = yield* parseKey(keyText, entityType)
  const voucherNo = key.get("VoucherNo") ?? null
  const voucher = context.books
    .find("voucherNo", BigDecimal.isBigDecimal(voucherNo) ? BigDecimal.format(voucherNo) : "")
    .find(
      (it) =>
        it.company === key.get("Company") &&
        it.voucherType === key.get("VoucherType") &&
        compareValues(BigDecimal.fromBigInt(BigInt(it.accountingYear)), key.get("AccountingYear") ?? null) ===
          0
    )
  if (voucher === undefined) return yield* notFound(`There is no Voucher with the key (${keyText}).`)
  if (voucher.inGeneralLedger) {
    return yield* databaseError(20110, "Voucher.VOUUPD", "The voucher is updated to the general ledger.")
  }
  const current = yield* findRow(keyText, context)
  yield* requireEtag(request, current.etag, { entity: "Voucher", required: true })
  const text = changes["VoucherText2"]
  if (text !== undefined) {
    yield* context.books.change({
      ...voucher,
      text: typeof text === "string" ? text : null,
      version: voucher.version + 1
    })
  }
  const changed = yield* findRow(keyText, context)
  const json = renderRow(entityType, changed, { select: undefined, ieee754: wantsIeee754(request) })
  return respond(
    request,
    withContext(`${context.projectionUrl}/$metadata#${entityType.entitySet}/$entity`, json.slice(1, -1))
  )
})
