/**
 * VoucherAssistant: VoucherEntryAssistantHandling, the projection that creates manual vouchers.
 *
 * A temporary header, its rows, and the action that turns them into a voucher
 * with a number of the series. The header is checked when it is posted; rows
 * are only read then, and checked with everything else by the action, which is
 * all or nothing. The action is not idempotent.
 */
import { Effect } from "effect"
import type { HttpServerRequest } from "effect/http"
import { HttpServerResponse } from "effect/http"
import { randomUUID } from "node:crypto"
import type { Books } from "./Books.ts"
import type { CompanyData } from "./CompanyData.ts"
import { codeParts } from "./CompanyData.ts"
import { checkHeader } from "./checkHeader.ts"
import { enterVoucher } from "./enterVoucher.ts"
import type { EntityType, Properties } from "./EntityType.ts"
import { boolean, date, decimal, enumeration, makeEtag, renderValue, string, whole } from "./EntityType.ts"
import type { IfsError } from "./IfsError.ts"
import { gatewayError, missingPrecondition, notFound, preconditionFailed } from "./IfsError.ts"
import { readBody } from "./readBody.ts"
import { parseKey } from "./ResourcePath.ts"
import type { ResourcePath } from "./ResourcePath.ts"
import { respond, respondCreated, wantsIeee754, withContext } from "./respond.ts"
import type { TemporaryVouchers } from "./TemporaryVouchers.ts"

/** The projection's name in addresses and enum literals. */
export const assistantProjection = "VoucherEntryAssistantHandling"

/** What the assistant works on. */
export interface VoucherAssistant {
  readonly books: Books
  readonly temporary: TemporaryVouchers
  readonly companies: ReadonlyArray<CompanyData>
  readonly user: string
  readonly requireIfMatch: boolean
}

/** The temporary header. */
export const header: EntityType = {
  projection: assistantProjection,
  entitySet: "VoucherSet",
  entity: "Voucher",
  keys: ["Objkey"],
  properties: {
    Objkey: string(120),
    OpennedFrom: string(50),
    Company: string(20),
    VoucherDate: date,
    UserGroup: string(30),
    VoucherType: string(3),
    AccountingYear: decimal,
    AccountingPeriod: decimal,
    VoucherNo: decimal,
    VoucherStatus: enumeration("VoucherStatus", [
      "NotApproved",
      "AwaitingApproval",
      "PartiallyApproved",
      "Approved",
      "Error",
      "Cancelled"
    ]),
    AmountMethod: enumeration("DefAmountMethod", ["NetAmountEntry", "GrossAmountEntry"]),
    UseCorrectionRows: boolean,
    InterimVoucher: boolean,
    SimulationVoucher: boolean,
    FunctionGroup: string(10),
    MultiCompanyId: string(20),
    VoucherText2: string(2000)
  }
}

/** A temporary row. */
export const row: EntityType = {
  projection: assistantProjection,
  entitySet: "VoucherPostingArray",
  entity: "VoucherPosting",
  keys: ["Objkey"],
  properties: {
    Objkey: string(120),
    Company: string(20),
    AccountingYear: decimal,
    AccountingPeriod: decimal,
    VoucherDate: date,
    VoucherType: string(3),
    TransCode: string(100),
    Account: string(20),
    ...Object.fromEntries(codeParts.map((part) => [`Code${part}`, string(20)])),
    CurrencyCode: string(3),
    CurrencyType: string(10),
    CurrencyRate: decimal,
    ConversionFactor: decimal,
    CurrencyDebetAmount: decimal,
    CurrencyCreditAmount: decimal,
    CurrencyAmount: decimal,
    DebetAmount: decimal,
    CreditAmount: decimal,
    Amount: decimal,
    Correction: boolean,
    Quantity: decimal,
    ProcessCode: string(10),
    OptionalCode: string(20),
    TaxDirection: enumeration("TaxDirection", ["TaxReceived", "TaxDisbursed", "NoTax"]),
    TaxAmount: decimal,
    CurrencyTaxAmount: decimal,
    GrossAmount: decimal,
    Text: string(200),
    PartyType: string(20),
    PartyTypeId: string(20),
    ReferenceSerie: string(50),
    ReferenceNumber: string(50),
    ParallelCurrRateType: string(10),
    ThirdCurrencyDebitAmount: decimal,
    ThirdCurrencyCreditAmount: decimal,
    ThirdCurrencyAmount: decimal
  }
}

const noParameters: Properties = {}

/** Answers a request to the assistant's VoucherSet; `projectionUrl` ends with ".svc". */
export const assist = Effect.fnUntraced(function* (
  assistant: VoucherAssistant,
  request: HttpServerRequest.HttpServerRequest,
  path: ResourcePath,
  projectionUrl: string
): Effect.fn.Return<HttpServerResponse.HttpServerResponse, IfsError> {
  if (path.set !== header.entitySet) {
    return yield* notFound(
      `Cannot find EntitySet, Singleton, ActionImport or FunctionImport with name '${path.set}'.`
    )
  }
  if (request.method !== "POST") {
    return yield* gatewayError(
      405,
      "ODP_METHOD_NOT_ALLOWED",
      `HTTP method '${request.method}' not allowed for this resource.`
    )
  }
  if (path.keyText === undefined) return yield* openVoucher(assistant, request, projectionUrl)
  const objkey = `${(yield* parseKey(path.keyText, header)).get("Objkey") ?? ""}`
  switch (path.rest) {
    case "VoucherPostingArray":
      return yield* addRow(assistant, request, objkey, projectionUrl)
    case `IfsApp.${assistantProjection}.VoucherEntry_CreateVoucher`:
      return yield* createVoucher(assistant, request, objkey, projectionUrl)
    case `IfsApp.${assistantProjection}.VoucherEntry_RemoveTempVoucher`:
      yield* assistant.temporary.get(objkey)
      yield* readBody(request, noParameters)
      assistant.temporary.remove(objkey)
      return HttpServerResponse.empty()
    default:
      return yield* notFound(`The part '${path.rest ?? ""}' is not defined.`)
  }
})

const openVoucher = Effect.fnUntraced(function* (
  assistant: VoucherAssistant,
  request: HttpServerRequest.HttpServerRequest,
  projectionUrl: string
) {
  const sent = yield* readBody(request, header.properties)
  yield* checkHeader(sent, assistant.companies, assistant.user)
  const objkey = randomUUID().replaceAll("-", "").toUpperCase()
  const opened = { etag: makeEtag(objkey, 1), values: { ...sent, Objkey: objkey } }
  assistant.temporary.put(objkey, { header: opened, rows: [], isFinished: false })
  return respondCreated(request, header, opened, projectionUrl)
})

const addRow = Effect.fnUntraced(function* (
  assistant: VoucherAssistant,
  request: HttpServerRequest.HttpServerRequest,
  objkey: string,
  projectionUrl: string
) {
  const sent = yield* readBody(request, row.properties)
  const temporary = yield* assistant.temporary.get(objkey)
  const values = temporary.header.values
  const added = {
    ...sent,
    Objkey: randomUUID().replaceAll("-", "").toUpperCase(),
    // The server takes these from the header, whatever was sent.
    AccountingYear: values["AccountingYear"] ?? null,
    AccountingPeriod: values["AccountingPeriod"] ?? null,
    VoucherDate: values["VoucherDate"] ?? null,
    VoucherType: values["VoucherType"] ?? null,
    TransCode: "MANUAL"
  }
  assistant.temporary.put(objkey, { ...temporary, rows: [...temporary.rows, added] })
  return respondCreated(request, row, { etag: makeEtag(added.Objkey, 1), values: added }, projectionUrl)
})

const createVoucher = Effect.fnUntraced(function* (
  assistant: VoucherAssistant,
  request: HttpServerRequest.HttpServerRequest,
  objkey: string,
  projectionUrl: string
) {
  yield* readBody(request, noParameters)
  const temporary = yield* assistant.temporary.get(objkey)
  yield* requireEtag(request, temporary.header.etag, {
    entity: "Voucher",
    required: assistant.requireIfMatch
  })
  const voucher = yield* enterVoucher(assistant, temporary.header.values, temporary.rows)
  assistant.temporary.put(objkey, { ...temporary, isFinished: true })
  const number = renderValue(whole(voucher.voucherNo), wantsIeee754(request))
  return respond(request, withContext(`${projectionUrl}/$metadata#Edm.Decimal`, `"value":${number}`))
})

/** Checks If-Match against the row's ETag: 428 when it is needed and missing, 412 when it is another. `*` skips the check. */
export const requireEtag = (
  request: HttpServerRequest.HttpServerRequest,
  etag: string,
  options: { readonly entity: string; readonly required: boolean }
): Effect.Effect<void, IfsError> => {
  const ifMatch = request.headers["if-match"]
  if (ifMatch === undefined) return options.required ? Effect.fail(missingPrecondition()) : Effect.void
  return ifMatch === "*" || ifMatch === etag ? Effect.void : Effect.fail(preconditionFailed(options.entity))
}
