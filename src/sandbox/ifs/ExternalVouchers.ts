/**
 * ExternalVouchers: the projections of the external voucher interface.
 *
 * ExternalVoucherLoadInformationHandling holds the loads and their actions
 * DoCheckTransactions, DoCreateVoucher and DoRemoveLoads, ExternalVouchers the
 * transactions. Transactions with the same LoadGroupItem become one voucher.
 * What is inferred is said in ExternalLoads.
 */
import { BigDecimal, Effect } from "effect"
import type { HttpServerRequest } from "effect/http"
import { HttpServerResponse } from "effect/http"
import { checkHeader, decimalOf, requireValues, textOf } from "./checkHeader.ts"
import { checkRows } from "./checkRows.ts"
import type { EntitySet } from "./EntitySet.ts"
import { enterVoucher, type Entering } from "./enterVoucher.ts"
import {
  date,
  decimal,
  type EntityType,
  enumeration,
  makeEtag,
  string,
  type Values,
  whole
} from "./EntityType.ts"
import { type ExternalLoads, type Load, loadEtag, loadStates, requireChangeable } from "./ExternalLoads.ts"
import { databaseError, type IfsError, notFound } from "./IfsError.ts"
import { readBody } from "./readBody.ts"
import { parseKey, type ResourcePath } from "./ResourcePath.ts"
import { respondCreated } from "./respond.ts"
import { requireEtag, row } from "./VoucherAssistant.ts"

const loadInformation: EntityType = {
  projection: "ExternalVoucherLoadInformationHandling",
  entitySet: "ExtLoadInfoSet",
  entity: "ExtLoadInfo",
  keys: ["Company", "LoadId"],
  properties: {
    Company: string(20),
    LoadId: string(20),
    LoadType: string(20),
    Objstate: enumeration("ExtLoadState", loadStates)
  }
}

const { AccountingPeriod: _period, Objkey: _objkey, VoucherDate: _date, ...rowProperties } = row.properties

const transaction: EntityType = {
  projection: "ExternalVouchers",
  entitySet: "ExternalVouchersSet",
  entity: "ExtTransactions",
  keys: ["Company", "LoadId", "RecordNo"],
  properties: {
    ...rowProperties,
    LoadId: string(20),
    RecordNo: decimal,
    LoadGroupItem: string(50),
    TransactionDate: date,
    UserGroup: string(30),
    LoadError: string(2000)
  }
}

/** The names of the two projections in addresses. */
export const externalProjections: ReadonlyArray<string> = [loadInformation.projection, transaction.projection]

const loadValues = (load: Load): Values => ({
  ...load.header,
  Company: load.company,
  LoadId: load.loadId,
  Objstate: load.state
})

/** The sets a client can read; companies the user may not see hold no loads. */
export const externalSets = (loads: ExternalLoads): ReadonlyArray<EntitySet> => [
  {
    entityType: loadInformation,
    rows: (_books, companies) =>
      loads
        .all()
        .filter((load) => companies.some((it) => it.company === load.company))
        .map((load) => ({ etag: loadEtag(load), values: loadValues(load) }))
  },
  {
    entityType: transaction,
    rows: (_books, companies) =>
      loads
        .all()
        .filter((load) => companies.some((it) => it.company === load.company))
        .flatMap((load) =>
          [...load.transactions].map(([recordNo, values]) => ({
            etag: makeEtag(`EXT-${load.company}-${load.loadId}-${recordNo}`, 1),
            values
          }))
        )
  }
]

/** What the projections work on. */
export interface ExternalVouchers extends Entering {
  readonly loads: ExternalLoads
  readonly requireIfMatch: boolean
}

/** Answers a POST to one of the two projections. */
export const external = Effect.fnUntraced(function* (
  context: ExternalVouchers,
  request: HttpServerRequest.HttpServerRequest,
  path: ResourcePath,
  projection: { readonly name: string; readonly url: string }
): Effect.fn.Return<HttpServerResponse.HttpServerResponse, IfsError> {
  if (projection.name === transaction.projection) {
    if (path.set !== transaction.entitySet || path.keyText !== undefined) {
      return yield* notFound(`The part '${path.set}' is not defined.`)
    }
    return yield* addTransaction(context, request, projection.url)
  }
  if (path.set !== loadInformation.entitySet) return yield* notFound(`The part '${path.set}' is not defined.`)
  if (path.keyText === undefined) return yield* openLoad(context, request, projection.url)
  const key = yield* parseKey(path.keyText, loadInformation)
  yield* readBody(request, {})
  return yield* context.loads.locked(
    Effect.gen(function* () {
      const load = yield* context.loads.get(`${key.get("Company")}`, `${key.get("LoadId")}`)
      yield* requireEtag(request, loadEtag(load), { entity: "ExtLoadInfo", required: context.requireIfMatch })
      yield* act(context, load, path.rest ?? "")
      return HttpServerResponse.empty()
    })
  )
})

const requireCompany = (context: ExternalVouchers, id: string) =>
  context.companies.some((it) => it.company === id && it.allowedUsers.includes(context.user))
    ? Effect.void
    : databaseError(
        20110,
        "UserFinance.USERNOTALLOWED",
        `User ${context.user} is not allowed in company ${id}.`
      )

const openLoad = Effect.fnUntraced(function* (
  context: ExternalVouchers,
  request: HttpServerRequest.HttpServerRequest,
  url: string
) {
  const { Objstate: _state, ...writable } = loadInformation.properties
  const header = yield* readBody(request, writable)
  yield* requireValues("ExtLoadInfo", header, ["Company", "LoadId"])
  const company = textOf(header, "Company")
  yield* requireCompany(context, company)
  const load = yield* context.loads.open({ company, loadId: textOf(header, "LoadId"), header })
  return respondCreated(request, loadInformation, { etag: loadEtag(load), values: loadValues(load) }, url)
})

const addTransaction = Effect.fnUntraced(function* (
  context: ExternalVouchers,
  request: HttpServerRequest.HttpServerRequest,
  url: string
) {
  const { LoadError: _error, ...writable } = transaction.properties
  const values = yield* readBody(request, writable)
  yield* requireValues("ExtTransactions", values, ["Company", "LoadId", "RecordNo"])
  const company = textOf(values, "Company")
  yield* requireCompany(context, company)
  const recordNo = BigDecimal.format(decimalOf(values, "RecordNo") ?? BigDecimal.make(0n, 0))
  yield* context.loads.locked(context.loads.add(company, textOf(values, "LoadId"), recordNo, values))
  return respondCreated(request, transaction, { etag: makeEtag(`EXT-${recordNo}`, 1), values }, url)
})

const act = Effect.fnUntraced(function* (
  context: ExternalVouchers,
  load: Load,
  action: string
): Effect.fn.Return<void, IfsError> {
  yield* requireChangeable(load)
  switch (action) {
    case "IfsApp.ExternalVoucherLoadInformationHandling.ExtLoadInfo_DoCheckTransactions":
      return context.loads.put(yield* check(context, load))
    case "IfsApp.ExternalVoucherLoadInformationHandling.ExtLoadInfo_DoCreateVoucher": {
      if (load.state !== "Checked") {
        return yield* databaseError(20110, "ExtLoadInfo.NOTCHECKED", `Load Id ${load.loadId} is not checked.`)
      }
      yield* Effect.forEach(groupsOf(load), (rows) => enterVoucher(context, headerOf(context, rows), rows))
      return context.loads.put({ ...load, state: "Created", version: load.version + 1 })
    }
    case "IfsApp.ExternalVoucherLoadInformationHandling.ExtLoadInfo_DoRemoveLoads":
      return context.loads.remove(load)
    default:
      return yield* notFound(`The part '${action}' is not defined.`)
  }
})

const groupsOf = (load: Load) => [
  ...Map.groupBy(load.transactions.values(), (values) => textOf(values, "LoadGroupItem")).values()
]

/** The header that IFS makes of transactions: the period is looked up, the number taken from the series. */
const headerOf = ({ companies }: Entering, [first = {}]: ReadonlyArray<Values>): Values => {
  const day = textOf(first, "TransactionDate")
  const period = companies
    .find((it) => it.company === textOf(first, "Company"))
    ?.periods.find((it) => it.from <= day && day <= it.until)
  return {
    OpennedFrom: "NEW_VOUCHER",
    Company: first["Company"] ?? null,
    VoucherDate: day,
    UserGroup: first["UserGroup"] ?? null,
    VoucherType: first["VoucherType"] ?? null,
    AccountingYear: whole(period?.year ?? 0),
    AccountingPeriod: whole(period?.period ?? 0),
    VoucherNo: whole(0),
    VoucherStatus: "Approved",
    AmountMethod: "NetAmountEntry"
  }
}

// A check never fails: what it finds stands on the transactions, and in the state of the load.
const check = Effect.fnUntraced(function* (context: ExternalVouchers, load: Load): Effect.fn.Return<Load> {
  const problems = yield* Effect.forEach(groupsOf(load), (rows) =>
    Effect.gen(function* () {
      const header = yield* checkHeader(headerOf(context, rows), context.companies, context.user)
      if (header.voucherType.functionGroup !== "X") {
        return yield* databaseError(
          20110,
          "ExtTransactions.FUNCTIONGROUP",
          `Voucher type ${header.voucherType.voucherType} does not belong to function group X.`
        )
      }
      yield* checkRows(rows, header)
    }).pipe(Effect.match({ onSuccess: () => [], onFailure: ({ details }) => details }))
  )
  const [problem] = problems.flat()
  const empty = load.transactions.size === 0
  return {
    ...load,
    version: load.version + 1,
    state: problem === undefined && !empty ? "Checked" : "LoadedWithErrors",
    transactions: new Map(
      [...load.transactions].map(([recordNo, values]) => [
        recordNo,
        { ...values, LoadError: problem ?? null }
      ])
    )
  }
})
