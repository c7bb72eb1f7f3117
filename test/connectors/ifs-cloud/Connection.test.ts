import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"
import { Connection } from "../../../src/connectors/ifs-cloud/Connection.ts"

const decode = Schema.decodeUnknownEffect(Connection, { onExcessProperty: "error", errors: "all" })

const given = {
  baseUrl: "https://erp.example.com",
  realm: "acme1",
  credentials: { clientId: { env: "IFS_CLIENT_ID" }, clientSecret: { env: "IFS_CLIENT_SECRET" } }
}

describe("Connection", () => {
  it.effect("needs address, realm and credentials only; the rest has the documented defaults", () =>
    Effect.gen(function* () {
      const connection = yield* decode(given)
      assert.strictEqual(connection.endpoint, "main")
      assert.strictEqual(connection.scope, "openid microprofile-jwt")
      assert.strictEqual(connection.requestsPerMinute, 1000)
      assert.strictEqual(Duration.toSeconds(connection.timeout), 60)
      assert.strictEqual(Duration.toMinutes(connection.statementTimeout), 15)
      assert.isTrue(connection.ieee754Compatible)
      assert.deepStrictEqual(connection.projections, {
        voucherAssistant: "VoucherEntryAssistantHandling",
        voucherDrafts: "VoucherSet",
        voucherPostings: "VoucherPostingArray",
        createVoucher: "VoucherEntry_CreateVoucher",
        removeDraft: "VoucherEntry_RemoveTempVoucher",
        voucherRows: "VoucherRowsAnalysis.svc/VoucherRowSet",
        generalLedgerRows: "GenLedVoucherRowsAnalysis.svc/GenLedVoucherRowSet",
        vouchers: "VouchersAnalysis.svc/VoucherSet",
        accounts: "AccountsHandling.svc/AccountSet",
        codePartValues: "CodePartValuesHandling.svc/CodePartValueSet",
        voucherTypes: "VoucherTypeHandling.svc/VoucherTypes",
        userVoucherTypes: "UserRelatedVoucherData.svc/VoucherTypeSet",
        currencyRates: "CurrencyRatesHandling.svc/CurrencyRateSet",
        accountingPeriods: "AccountingPeriodsHandling.svc/AccountingPeriodSet",
        userGroupPeriods: "AccountingPeriodsHandling.svc/UserGroupPeriodSet",
        directRows: "VoucherRows",
        historyLog: "HistoryLogHandling.svc/HistoryLogOverviewSet",
        externalLoads: "ExternalVoucherLoadInformationHandling.svc/ExtLoadInfoSet",
        externalTransactions: "ExternalVouchers.svc/ExternalVouchersSet",
        customers: "CustomerHandling.svc/CustomerInfoSet",
        customerAddresses: "CustomerInfoAddresses",
        customerAddressTypes: "AddressTypes",
        customerMethods: "CommunicationMethods",
        customerCompanies: "CustomerInvoiceCompanies"
      })
    })
  )

  it.effect.each([
    { what: "http", change: { baseUrl: "http://erp.example.com" }, said: 'insecure: true\n  at ["baseUrl"]' },
    { what: "a path", change: { baseUrl: "https://erp.example.com/main" }, said: 'at ["baseUrl"]' },
    { what: "an http token URL", change: { tokenUrl: "http://id.example.com" }, said: 'at ["tokenUrl"]' },
    {
      what: "a statement timeout below the timeout",
      change: { statementTimeout: "30 seconds" },
      said: 'at ["statementTimeout"]'
    },
    { what: "no duration", change: { timeout: "soon" }, said: 'at ["timeout"]' },
    {
      what: "a projection that is a path",
      change: { projections: { accounts: "../x" } },
      said: '["accounts"]'
    },
    { what: "a misspelt key", change: { relam: "x" }, said: 'at ["relam"]' }
  ])("refuses $what", ({ change, said }) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(decode({ ...given, ...change }))
      assert.include(error.message, said)
    })
  )

  it.effect("allows http for a local sandbox when told so", () =>
    Effect.gen(function* () {
      const connection = yield* decode({ ...given, baseUrl: "http://127.0.0.1:1", insecure: true })
      assert.isTrue(connection.insecure)
    })
  )
})
