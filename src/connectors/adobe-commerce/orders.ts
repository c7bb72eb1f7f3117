/**
 * orders: the source `adobe-commerce/orders`.
 */
import { Effect, Schema } from "effect"
import { documentsConfig } from "./documentsConfig.ts"
import { documentSource } from "./documentSource.ts"
import { orderKind } from "./normaliseOrder.ts"

const usual = ["open", "processing", "on-hold", "complete", "closed", "cancelled"] as const

const Config = Schema.Struct({
  ...documentsConfig,
  states: Schema.Array(Schema.Literals(["pending", ...usual]))
    .annotate({
      description:
        "Which orders to read, by state; a shop's own statuses do not count. pending: the payment is not yet sure. Keep `closed` and `cancelled`, so that what was posted is taken back.",
      default: usual,
      factSource: "states: magento2 Sales/Model/Order.php; which to read is our own choice",
      examples: [["processing", "complete", "closed", "cancelled"]]
    })
    .check(Schema.isMinLength(1))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(usual)))
}).annotate({ identifier: "AdobeCommerceOrders" })

/** Reads GET /V1/orders by `updated_at`, and for an edited order the one it was edited from. */
export const orders = documentSource(
  {
    type: "adobe-commerce/orders",
    summary:
      "Reads orders from Adobe Commerce: what is to be invoiced in all, and once the rest is cancelled, what was invoiced.",
    kind: orderKind,
    list: "orders",
    one: "orders",
    orderIn: "relation_parent_id",
    needsOrder: false,
    lookUpBy: { id: "entity_id", number: "increment_id" }
  },
  Config
)
