/**
 * invoices: the source `adobe-commerce/invoices`.
 */
import { Effect, Schema } from "effect"
import { documentsConfig } from "./documentsConfig.ts"
import { documentSource } from "./documentSource.ts"
import { invoiceKind } from "./normaliseInvoice.ts"

const Config = Schema.Struct({
  ...documentsConfig,
  states: Schema.Array(Schema.Literals(["open", "paid", "cancelled"]))
    .annotate({
      description:
        "Which invoices to read. An open one may still be cancelled: with `open`, list `cancelled` too, so that what was posted is taken back.",
      default: ["paid"],
      factSource: "states: magento2 Sales/Model/Order/Invoice.php; which to post is our own choice",
      examples: [["paid"], ["open", "paid", "cancelled"]]
    })
    .check(Schema.isMinLength(1))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(["paid"] as const)))
}).annotate({ identifier: "AdobeCommerceInvoices" })

/** Reads GET /V1/invoices by `updated_at`, which moves on creation and on change, and the order of each. */
export const invoices = documentSource(
  {
    type: "adobe-commerce/invoices",
    summary: "Reads invoices and their orders from Adobe Commerce.",
    kind: invoiceKind,
    list: "invoices",
    one: "invoices",
    orderIn: "order_id",
    needsOrder: true
  },
  Config
)
