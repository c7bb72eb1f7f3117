import { assert, describe, it } from "@effect/vitest"
import { ifsReason } from "../../../src/connectors/ifs-cloud/ifsReason.ts"
import type { Json } from "../../../src/pipeline/SourceRecord.ts"

const database = (detail: string): Json => ({
  error: { code: "DATABASE_ERROR", message: "Database error.", details: [{ code: "1", message: detail }] }
})
const gateway = (code: string): Json => ({ error: { code, message: "Text of the gateway." } })

const reasonOf = (given: {
  readonly status: number
  readonly body?: Json
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
}) =>
  ifsReason(
    { status: given.status, body: given.body, text: "", headers: given.headers ?? {} },
    { method: given.method ?? "POST", path: given.path ?? "/VoucherEntryAssistantHandling.svc/VoucherSet" }
  )

describe("ifsReason", () => {
  it.each([
    { tag: "ORA-20110: Voucher.PERCLOSED: Periode 1 ist geschlossen.", code: "period-closed" },
    { tag: "ORA-20110: AccountingPeriod.NOTOPENPERIOD: x", code: "period-closed" },
    { tag: "ORA-20110: UserGroupPeriod.USRGRPPER: x", code: "period-closed" },
    { tag: "ORA-20110: Voucher.VOUNOTBALANCED: x", code: "not-balanced" },
    { tag: "ORA-20110: VoucherRow.VOUISLEDGER: x", code: "ledger-account" },
    { tag: "ORA-20110: VoucherRow.INCORRECTAMOUNTS: x", code: "amounts-refused" },
    { tag: "ORA-20110: VoucherRow.BASECURRSAME: x", code: "currency-rate" },
    { tag: "ORA-20110: VoucherRow.RATETYPENULL: x", code: "currency-rate-type" },
    { tag: "ORA-20111: Account.NOTEXIST: Konto 9999 fehlt.", code: "unknown-account" },
    { tag: "ORA-20111: AccountingCodePartValue.NOTEXIST: x", code: "unknown-dimension-value" },
    { tag: "ORA-20110: AccountingCodestr.CODEPARTMANDATORY: x", code: "dimension-demand" },
    { tag: "ORA-20111: VoucherType.NOTEXIST: x", code: "voucher-type" },
    { tag: "ORA-20110: UserGroupMemberFinance.NOTMEMBER: x", code: "user-group" },
    { tag: "ORA-20110: Voucher.SOMETHINGNEW: x", code: "refused" },
    { tag: "ORA-20114: Voucher.FND_MODIFIED: x", code: "changed-meanwhile" },
    { tag: "CustomerInfo.FND_MODIFIED: x", code: "changed-meanwhile" },
    { tag: "ORA-20115: CustomerInfo.FND_REMOVED: x", code: "record-removed" },
    { tag: "ORA-20116: CustomerInfo.CONSTRAINT: x", code: "constraint" },
    { tag: "ORA-20124: CustomerInfo.NULLVALUE: x", code: "value-refused" },
    { tag: "ORA-20160: CustomerInfo.ROWKEYEXISTS: x", code: "exists-already" },
    { tag: "ORA-20111: CustomerInfo.NOTEXIST: x", code: "refused" }
  ])("$tag is rejected as $code, under any status", ({ code, tag }) => {
    for (const status of [400, 409, 500]) {
      const reason = reasonOf({ status, body: database(tag) })
      assert.strictEqual(reason?._tag === "Rejected" ? reason.code : reason?._tag, code)
    }
  })

  it("quotes the text of IFS after the remedy, and names the tag", () => {
    const reason = reasonOf({
      status: 400,
      body: database("ORA-20110: Voucher.PERCLOSED: Periode 1 ist geschlossen.\nORA-06512: at line 7")
    })
    assert.match(
      reason?.message ?? "",
      /^The accounting period .* Open it in IFS .* IFS says: Periode 1 ist geschlossen\. \(Voucher\.PERCLOSED\)$/u
    )
  })

  const open = undefined
  it.each([
    { status: 408, method: "POST", expected: open },
    { status: 500, method: "POST", expected: open },
    { status: 502, method: "POST", expected: open },
    { status: 503, method: "POST", expected: open },
    { status: 504, method: "POST", body: gateway("ODP_OPERATION_TIMEOUT"), expected: open },
    { status: 500, method: "POST", body: gateway("MI_MODIFIED_ERROR"), expected: open },
    { status: 500, method: "POST", body: database("ORA-04068: existing state of packages"), expected: open },
    { status: 503, method: "GET", body: gateway("MI_MODIFIED_ERROR"), expected: open },
    { status: 504, method: "GET", expected: open },
    { status: 400, method: "POST", body: gateway("ODP_DESERIALIZATION_ERROR"), expected: "Rejected" },
    { status: 400, method: "GET", body: gateway("ODP_MALFORMED"), expected: "UnexpectedResponse" },
    { status: 401, method: "POST", expected: "Unauthorized" },
    { status: 403, method: "POST", expected: "Unauthorized" },
    { status: 403, method: "POST", body: gateway("CSRF_ERROR"), expected: "Unauthorized" },
    { status: 404, method: "GET", expected: "UnexpectedResponse" },
    {
      status: 500,
      method: "GET",
      body: database("ORA-20113: Voucher.FND_LOCKED: x"),
      expected: "Unreachable"
    },
    { status: 500, method: "POST", body: database("Voucher.FND_LOCKED: x"), expected: "Unreachable" },
    { status: 500, method: "POST", body: gateway("CSRF_ERROR"), expected: "Unauthorized" },
    { status: 400, method: "PATCH", body: gateway("ODP_MISSING_PRECONDITION"), expected: "Rejected" },
    { status: 500, method: "GET", body: gateway("ODP_NOT_IMPLEMENTED"), expected: "UnexpectedResponse" },
    { status: 405, method: "POST", expected: "UnexpectedResponse" },
    { status: 409, method: "POST", expected: "Rejected" },
    { status: 412, method: "POST", expected: "Rejected" },
    { status: 413, method: "POST", expected: "UnexpectedResponse" },
    { status: 428, method: "POST", body: gateway("ODP_MISSING_PRECONDITION"), expected: "Rejected" },
    { status: 429, method: "POST", expected: "RateLimited" },
    { status: 501, method: "POST", body: gateway("ODP_NOT_IMPLEMENTED"), expected: "UnexpectedResponse" },
    {
      status: 400,
      method: "POST",
      body: database("ORA-20113: Voucher.FND_LOCKED: x"),
      expected: "Unreachable"
    },
    { status: 400, method: "POST", body: database("ORA-20106: Voucher.NOPRIV: x"), expected: "Unauthorized" }
  ])("$method answered $status ($body): $expected", ({ body, expected, method, status }) => {
    assert.strictEqual(reasonOf({ status, method, ...(body === undefined ? {} : { body }) })?._tag, expected)
  })

  it("a missing grant names the projection to grant, whatever the status", () => {
    const reason = reasonOf({
      status: 500,
      body: { error: { code: "X", message: "FndProjectionGrant.SRV_NOT_ACCESS: Kein Zugriff." } }
    })
    assert.strictEqual(reason?._tag, "Unauthorized")
    assert.include(reason?.message, "Projection: VoucherEntryAssistantHandling")
  })

  it("429 waits as long as the server says", () => {
    const reason = reasonOf({ status: 429, headers: { "retry-after": "7" } })
    assert.strictEqual(reason?._tag === "RateLimited" ? reason.retryAfterMillis : undefined, 7000)
  })

  it("503 with Retry-After slows reading down, but leaves a writing request open", () => {
    const headers = { "retry-after": "7" }
    assert.strictEqual(reasonOf({ status: 503, method: "GET", headers })?._tag, "RateLimited")
    assert.isUndefined(reasonOf({ status: 503, method: "POST", headers }))
  })

  it.each([
    { path: "/CustomerHandling.svc/CustomerInfoSet(CustomerId='1')", expected: "NotFound" },
    { path: "/CustomerHandling.svc/CustomerInfoSet", expected: "UnexpectedResponse" }
  ])("404 of $path: $expected", ({ expected, path }) => {
    assert.strictEqual(reasonOf({ status: 404, method: "GET", path })?._tag, expected)
  })

  it("404 below a temporary voucher is a draft that is gone: nothing was posted, start again", () => {
    const path = "/VoucherEntryAssistantHandling.svc/VoucherSet(Objkey='A')/VoucherPostingArray"
    assert.strictEqual(reasonOf({ status: 404, path })?._tag, "Unreachable")
  })
})
