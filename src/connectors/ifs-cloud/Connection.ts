/**
 * Connection: the settings of one IFS Cloud in connections.yaml.
 *
 * Names of projections and limits differ between releases and tenants and IFS
 * publishes few of them, so each is a setting with the documented value as its
 * default.
 */
import { Duration, Effect, Schema } from "effect"
import { SecretReference } from "../../pipeline/Secrets.ts"
import { DoorConfig } from "./events/DoorConfig.ts"

const defaultTo = <Value>(value: Value) => Effect.succeed(value)

/** What is known of the names below; `factSource` of a setting stands in the reference. */
const names21R1 = "release 21R1; not verified on a tenant, compare with its $metadata"

const publicClients = "public clients in 2026 (knakit/ifs-mcp-server-local); not verified on a tenant"

/** A setting that names an entity set, `<Projection>.svc/<EntitySet>`. */
export const entitySet = (description: string, usual: string, factSource = names21R1) =>
  Schema.String.annotate({ description, examples: [usual], factSource })
    .check(Schema.isPattern(/^[A-Za-z]\w*\.svc\/[A-Za-z]\w*$/u))
    .pipe(Schema.withDecodingDefaultKey(defaultTo(usual)))

/** A setting that is a time longer than zero. */
export const duration = (description: string, usual: string, factSource?: string) =>
  Schema.String.annotate({ description, examples: [usual], factSource }).pipe(
    Schema.decodeTo(Schema.DurationFromString),
    Schema.check(
      Schema.makeFilter(
        (value: Duration.Duration) =>
          (Duration.isGreaterThan(value, Duration.zero) && Number.isFinite(Duration.toMillis(value))) ||
          "a time longer than zero, such as 60 seconds"
      )
    ),
    Schema.withDecodingDefaultKey(defaultTo(usual))
  )

const name = (description: string, usual: string, factSource = names21R1) =>
  Schema.String.annotate({ description, examples: [usual], factSource })
    .check(Schema.isPattern(/^[A-Za-z]\w*$/u))
    .pipe(Schema.withDecodingDefaultKey(defaultTo(usual)))

/** Where IFS keeps what we write and read; the defaults are the names of release 21R1 and of a live tenant. */
const Projections = Schema.Struct({
  voucherAssistant: name("Projection that creates manual vouchers.", "VoucherEntryAssistantHandling"),
  voucherDrafts: name("Entity set of temporary vouchers in it.", "VoucherSet"),
  voucherPostings: name("Array of rows below a temporary voucher.", "VoucherPostingArray"),
  createVoucher: name("Action that turns a temporary voucher into a voucher.", "VoucherEntry_CreateVoucher"),
  removeDraft: name("Action that removes a temporary voucher.", "VoucherEntry_RemoveTempVoucher"),
  voucherRows: entitySet(
    "Voucher rows in the hold table, that is, not yet updated to the general ledger.",
    "VoucherRowsAnalysis.svc/VoucherRowSet",
    "seen on a live tenant in 2026 (recordings of keboola/component-ex-ifs)"
  ),
  generalLedgerRows: entitySet(
    "Voucher rows in the general ledger. IFS does not publish this name: look it up in the API Explorer of your tenant.",
    "GenLedVoucherRowsAnalysis.svc/GenLedVoucherRowSet",
    "assumed; published nowhere"
  ),
  vouchers: entitySet(
    "Vouchers in the hold table, one row each, with their state: tells a cancelled one apart when books are reconciled.",
    "VouchersAnalysis.svc/VoucherSet"
  ),
  accounts: entitySet(
    "Accounts of a company with their code part demands; also read to prove that the company is visible to our user. Only the name of the projection is documented.",
    "AccountsHandling.svc/AccountSet"
  ),
  codePartValues: entitySet(
    "Values of the code parts B to J.",
    "CodePartValuesHandling.svc/CodePartValueSet"
  ),
  voucherTypes: entitySet("Voucher types with their function group.", "VoucherTypeHandling.svc/VoucherTypes"),
  userVoucherTypes: entitySet(
    "Voucher types by user group, of the groups that our user is a member of.",
    "UserRelatedVoucherData.svc/VoucherTypeSet"
  ),
  currencyRates: entitySet("Currency rates by rate type.", "CurrencyRatesHandling.svc/CurrencyRateSet"),
  accountingPeriods: entitySet(
    "Accounting periods with their first and last day and status. Check the names of its fields on your tenant.",
    "AccountingPeriodsHandling.svc/AccountingPeriodSet"
  ),
  userGroupPeriods: entitySet(
    "Status of accounting periods by user group. Check the names of its fields on your tenant.",
    "AccountingPeriodsHandling.svc/UserGroupPeriodSet"
  ),
  historyLog: entitySet(
    "History log, for sources that find changes by it.",
    "HistoryLogHandling.svc/HistoryLogOverviewSet"
  ),
  directVouchers: Schema.optionalKey(
    Schema.String.annotate({
      description:
        "Where your tenant takes a voucher with its rows in one request, for the strategy direct. IFS ships no such projection.",
      examples: ["VoucherIntegrationHandling.svc/VoucherSet"]
    }).check(Schema.isPattern(/^[A-Za-z]\w*\.svc\/[A-Za-z]\w*$/u))
  ),
  directRows: name("Name of the array of rows in that request.", "VoucherRows"),
  externalLoads: entitySet(
    "Loads of the external voucher interface, for the strategy external-load. IFS fills it from files; your tenant must let our user add loads.",
    "ExternalVoucherLoadInformationHandling.svc/ExtLoadInfoSet"
  ),
  externalTransactions: entitySet("Transactions of those loads.", "ExternalVouchers.svc/ExternalVouchersSet"),
  customers: entitySet(
    "Where one customer is read, created and changed, with what hangs below.",
    "CustomerHandling.svc/CustomerInfoSet",
    publicClients
  ),
  customerAddresses: name("Array of addresses below a customer.", "CustomerInfoAddresses", publicClients),
  customerAddressTypes: name("Array below an address of what it is for.", "AddressTypes", publicClients),
  customerMethods: name(
    "Array of telephone numbers and e-mail addresses below a customer.",
    "CommunicationMethods",
    publicClients
  ),
  customerCompanies: name(
    "Array below a customer of what each company keeps of him: payment terms and currency.",
    "CustomerInvoiceCompanies",
    publicClients
  )
}).annotate({ description: "Names of the projections; check them against $metadata of your tenant." })

const fieldNames = (what: string) =>
  Schema.optionalKey(
    Schema.Record(Schema.String, Schema.String.check(Schema.isPattern(/^[A-Za-z]\w*$/u))).annotate({
      description: `Fields of ${what} that your tenant calls otherwise: our name to its name.`
    })
  )

/** What we read or write, and the names that differ there. */
const Fields = Schema.Struct({
  voucherHeader: fieldNames("the voucher that is written"),
  voucherPosting: fieldNames("the rows that are written"),
  voucherRows: fieldNames("voucherRows"),
  generalLedgerRows: fieldNames("generalLedgerRows"),
  vouchers: fieldNames("vouchers"),
  accounts: fieldNames("accounts"),
  codePartValues: fieldNames("codePartValues"),
  voucherTypes: fieldNames("voucherTypes"),
  userVoucherTypes: fieldNames("userVoucherTypes"),
  accountingPeriods: fieldNames("accountingPeriods"),
  userGroupPeriods: fieldNames("userGroupPeriods"),
  currencyRates: fieldNames("currencyRates"),
  customers: fieldNames("customers"),
  customerAddresses: fieldNames("customerAddresses"),
  customerAddressTypes: fieldNames("customerAddressTypes"),
  customerMethods: fieldNames("customerMethods"),
  customerCompanies: fieldNames("customerCompanies")
}).annotate({
  description:
    "Names of fields, where those of your tenant differ from ours; `ledgerline discover` compares them.",
  examples: [{ accounts: { LedgerAccount: "LedgAccnt" } }]
})

/** Settings of a connection to IFS Cloud. Durations are text such as "60 seconds". */
export const Connection = Schema.Struct({
  baseUrl: Schema.String.annotate({
    description: "Address of IFS Cloud, without a path.",
    examples: ["https://erp.example.com"]
  }).check(Schema.isPattern(/^https?:\/\/[^/?#\s@]+\/?$/u)),
  insecure: Schema.Boolean.annotate({
    description: "Allows http:// in the addresses; only for a local sandbox."
  }).pipe(Schema.withDecodingDefaultKey(defaultTo(false))),
  realm: Schema.String.annotate({
    description: "Realm of the identity provider, usually the namespace of the tenant.",
    examples: ["acme1"]
  }).check(Schema.isPattern(/^[\w.-]+$/u)),
  tokenUrl: Schema.optionalKey(
    Schema.String.annotate({
      description:
        "Token endpoint; without it <baseUrl>/auth/realms/<realm>/protocol/openid-connect/token is used."
    }).check(Schema.isPattern(/^https?:\/\/[^/?#\s@]+(?:\/[^#\s]*)?$/u))
  ),
  credentials: Schema.Struct({ clientId: SecretReference, clientSecret: SecretReference }).annotate({
    description: "Client of the Identity and Access Manager with service accounts enabled."
  }),
  scope: Schema.String.annotate({
    description: "Scope of the token request.",
    factSource: "IFS techdocs 24R2, 300 client credential flow; seen on a live tenant"
  }).pipe(Schema.withDecodingDefaultKey(defaultTo("openid microprofile-jwt"))),
  endpoint: Schema.Literals(["main", "int"])
    .annotate({
      description:
        "First path segment: main, or int for the integration endpoint, which has no CSRF protection.",
      factSource: "IFS techdocs 21R2 to 24R1, Using IFS RESTful APIs, and 23R1, 500 csrf"
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("main" as const))),
  requestsPerMinute: Schema.Int.annotate({
    description:
      "Most requests a minute that IFS takes from us; we ask at 98 % of it. IFS publishes no limit. When it answers 429, we pause as long as it says and go on more slowly.",
    factSource: "assumed; IFS publishes none"
  })
    .check(Schema.isBetween({ minimum: 1, maximum: 100_000 }))
    .pipe(Schema.withDecodingDefaultKey(defaultTo(1000))),
  pageRows: Schema.Int.annotate({
    description:
      "Rows asked for at once. IFS is said to give at most 5000, which it does not publish: a page that it cuts short without saying so would be taken for the last.",
    factSource: "assumed; IFS publishes none"
  })
    .check(Schema.isBetween({ minimum: 1, maximum: 5000 }))
    .pipe(Schema.withDecodingDefaultKey(defaultTo(500))),
  paging: Schema.Literals(["key", "skip"])
    .annotate({
      description:
        "How long lists are read. key: each page asks for what comes after the last row, so rows that come or go meanwhile shift nothing. skip: by position, for a tenant whose database sorts texts in another order than it compares them.",
      factSource:
        "our own choice; that $skip may repeat or lose rows: IFS techdocs 23R2, 1000 supported functionalities"
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("key" as const))),
  timeout: duration(
    "How long we wait for one answer. IFS is told to give up five seconds earlier.",
    "60 seconds",
    "our own choice; Prefer: wait: IFS techdocs 21R2, Request Timeouts"
  ),
  statementTimeout: duration(
    "How long IFS may still work on a request we gave up on (its IFS_STATEMENT_TIMEOUT). So long we wait before we look whether a voucher was created after all. Must not be less than the server's own limit.",
    "15 minutes",
    "IFS techdocs 21R2, Request Timeouts"
  ),
  ieee754Compatible: Schema.Boolean.annotate({
    factSource: "IFS techdocs 24R1 and 26R1, Script-A-Rest command reference",
    description:
      "Amounts travel as decimal strings. false where a gateway does not pass IEEE754Compatible=true on."
  }).pipe(Schema.withDecodingDefaultKey(defaultTo(true))),
  projections: Projections.pipe(Schema.withDecodingDefaultKey(defaultTo({}))),
  fields: Fields.pipe(Schema.withDecodingDefaultKey(defaultTo({}))),
  events: Schema.Array(DoorConfig)
    .annotate({
      description: "How event actions report changes to `ledgerline run --listen`, one entry for each URL."
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed([])))
})
  .annotate({ identifier: "IfsCloudConnection" })
  .check(
    Schema.makeFilter((connection) => {
      const path = [connection.baseUrl, connection.tokenUrl ?? ""].findIndex((url) => url.startsWith("http:"))
      if (connection.insecure || path < 0) return true
      return {
        path: [path === 0 ? "baseUrl" : "tokenUrl"],
        issue:
          "must start with https://, since credentials travel over it. For a local sandbox write insecure: true"
      }
    }),
    Schema.makeFilter(
      (connection) =>
        Duration.isGreaterThanOrEqualTo(connection.statementTimeout, connection.timeout) || {
          path: ["statementTimeout"],
          issue: "is shorter than timeout: IFS may work at least as long as we wait for it"
        }
    )
  )
export type Connection = typeof Connection.Type
