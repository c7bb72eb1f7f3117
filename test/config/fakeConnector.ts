/**
 * fakeConnector: a shop and a ledger that exist only as declarations.
 *
 * The shop reads invoices in our own words, and customers and payments as they
 * are saved; neither end can be opened.
 */
import { Effect, Schema } from "effect"
import { Decimal } from "../../src/accounting/Decimal.ts"
import { ConnectorError, Unreachable } from "../../src/pipeline/ConnectorError.ts"
import { defineConnector } from "../../src/pipeline/Connector.ts"
import { SalesDocument } from "../../src/pipeline/SalesDocument.ts"
import { SecretReference } from "../../src/pipeline/Secrets.ts"
import { defineSink } from "../../src/pipeline/Sink.ts"
import { defineSource } from "../../src/pipeline/Source.ts"
import type { Json, SourceRecord } from "../../src/pipeline/SourceRecord.ts"

const closed = (connection: string) =>
  Effect.fail(
    new ConnectorError({ connection, reason: new Unreachable({ message: "this is a declaration" }) })
  )

const ShopConnection = Schema.Struct({
  baseUrl: Schema.String.annotate({
    description: "Address of the shop.",
    examples: ["https://shop.example.com"]
  }),
  timeout: Schema.String.annotate({ description: "Wait for an answer.", examples: ["30 seconds"] }).pipe(
    Schema.decodeTo(Schema.DurationFromString),
    Schema.withDecodingDefaultKey(Effect.succeed("30 seconds"))
  ),
  credentials: Schema.Struct({ user: SecretReference, password: SecretReference })
})
  .annotate({ identifier: "ShopConnection" })
  .check(
    Schema.makeFilter(
      ({ baseUrl }) => baseUrl.startsWith("https://") || "the address must start with https://"
    )
  )

const InvoicesConfig = Schema.Struct({
  stores: Schema.Array(Schema.Int)
    .annotate({ description: "Only these stores.", default: [] })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed([]))),
  states: Schema.Array(Schema.Literals(["open", "paid"]))
    .annotate({ description: "Only documents in these states.", default: ["paid"] })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(["paid"] as const))),
  drafts: Schema.Boolean.annotate({ description: "Read drafts too.", default: false }).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(false))
  ),
  overlap: Schema.String.annotate({ description: "Reach back.", examples: ["10 minutes"] }).pipe(
    Schema.decodeTo(Schema.DurationFromString),
    Schema.withDecodingDefaultKey(Effect.succeed("10 minutes"))
  )
})

const Customer = Schema.Struct({
  id: Schema.String.annotate({ description: "Key of the customer." }),
  name: Schema.String.annotate({ description: "Name of the customer." }),
  addresses: Schema.Array(
    Schema.Struct({
      city: Schema.String.annotate({ description: "City." }),
      country: Schema.optionalKey(Schema.String.annotate({ description: "ISO country." }))
    })
  )
}).annotate({ identifier: "Customer" })

const Payment = Schema.Struct({
  id: Schema.String.annotate({ description: "Key of the payment." }),
  state: Schema.Literals(["received", "cancelled"]).annotate({ description: "Whether it still counts." }),
  paidOn: Schema.String.annotate({ description: "Day of the payment." }),
  amount: Decimal.annotate({ description: "What was paid." }),
  currency: Schema.String.annotate({ description: "Currency of the payment." })
}).annotate({ identifier: "Payment" })

/** A list of JSON objects with an id as records of `resource`, each in the words of its source. */
const savedRecords =
  (resource: string) =>
  (payload: Json): ReadonlyArray<SourceRecord> =>
    Schema.decodeUnknownSync(Schema.Array(Schema.Record(Schema.String, Schema.Json)))(payload).map(
      (record) => ({
        origin: {
          system: "shop",
          resource,
          id: String(record["id"]),
          number: String(record["id"]),
          revision: "1"
        },
        raw: record,
        normalised: { _tag: "Record", record }
      })
    )

const recordsSource = (
  resource: string,
  record: Schema.Codec<unknown, unknown>,
  lookUpBy: ReadonlyArray<string>
) =>
  defineSource({
    type: `shop/${resource}s`,
    summary: `Reads ${resource}s.`,
    config: Schema.Struct({}),
    record,
    ...(lookUpBy.length === 0 ? {} : { lookUpBy }),
    make: ({ name }) => ({ open: closed(name), fixture: savedRecords(resource), lookUp: closed(name) })
  })

/** A shop that emits invoices, customers and payments. */
export const fakeShop = defineConnector({
  name: "shop",
  summary: "A shop.",
  connection: ShopConnection,
  sources: [
    defineSource({
      type: "shop/invoices",
      summary: "Reads invoices.",
      config: InvoicesConfig,
      record: SalesDocument,
      make: ({ config, name }) => ({
        open: closed(name),
        fixture: () => ({ code: "overlap", message: JSON.stringify(config.overlap), path: "" })
      })
    }),
    recordsSource("customer", Customer, ["id", "name"]),
    recordsSource("payment", Payment, [])
  ],
  sinks: [],
  address: ({ baseUrl }) => baseUrl,
  probe: ({ name }) => closed(name)
})

/** A ledger with the dimension `costCenter`. */
export const fakeLedger = defineConnector({
  name: "ledger",
  summary: "A ledger.",
  connection: Schema.Struct({ baseUrl: Schema.String.annotate({ description: "Address of the ledger." }) }),
  sources: [],
  sinks: [
    defineSink({
      type: "ledger/entries",
      summary: "Posts entries.",
      config: Schema.Struct({
        series: Schema.NonEmptyString.annotate({ description: "Number series." }),
        dimensions: Schema.Record(Schema.String, Schema.Literals(["B", "C"])).annotate({
          description: "Dimension to column."
        })
      }),
      make: ({ config, name }) => ({
        open: closed(name),
        dimensions: Object.keys(config.dimensions),
        concurrency: 1,
        ambiguityMillis: 0,
        strategy: { name: "declared", guarantee: "none" },
        problems: []
      })
    })
  ],
  address: ({ baseUrl }) => baseUrl,
  probe: ({ name }) => closed(name)
})

/** Both. */
export const fakeConnectors = [fakeShop, fakeLedger]
