/**
 * transactions: the source `adobe-commerce/transactions`.
 *
 * A transaction of Commerce carries no money. Its amount is that of the invoice
 * or credit memo that names it; where none does, and it is the only one of its
 * type on the order, that of the order's own payment; and where that cannot be
 * told either, there is none and the payment is parked: it is never guessed.
 *
 * A transaction has no stamp of change, so it is read by when it was made, and
 * the last days once a day again. Where several pieces are missing beside it,
 * they are asked for once a page.
 *
 * Source: AdobeDocs/commerce-webapi, sales-data-transaction-interface and
 * sales-data-order-payment-interface. Before 2.4.8 the single GET looped on a
 * transaction that is its own parent; children are not read here.
 */
import { Effect, Schema } from "effect"
import { Payment } from "../../pipeline/Payment.ts"
import { type ListKind, listSource } from "./listSource.ts"
import { normalisePayment, paymentTypes } from "./normalisePayment.ts"
import { readingConfig } from "./readingConfig.ts"
import { besidePayments } from "./besidePayments.ts"

const usual = ["authorization", "capture", "refund", "void", "order"] as const

const Config = Schema.Struct({
  ...readingConfig,
  types: Schema.Array(Schema.Literals(usual))
    .annotate({
      description: "Which payments to read. Only capture and refund move money.",
      default: usual,
      factSource: "types: magento2 Sales/Api/Data/TransactionInterface.php",
      examples: [["capture", "refund"]]
    })
    .check(Schema.isMinLength(1))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(usual)))
}).annotate({ identifier: "AdobeCommerceTransactions" })

const kind: ListKind<typeof Config.Type> = {
  type: "adobe-commerce/transactions",
  summary:
    "Reads payments from Adobe Commerce: authorizations, captures, refunds, voids. A transaction carries no money there: the amount is that of the invoice or credit memo that names it, else of the order's payment.",
  resource: "payment",
  label: "transaction",
  list: { resource: "transactions", key: { column: "transaction_id", field: "transaction_id" } },
  time: "created_at",
  number: "txn_id",
  record: Payment,
  filters: ({ types }) => [
    {
      field: "txn_type",
      condition: "in",
      value: types.flatMap((type) => paymentTypes[type]).join(",")
    }
  ],
  beside: besidePayments,
  normalise: normalisePayment
}

/** Reads GET /V1/transactions by `created_at`, and the order, invoice and credit memo of each. */
export const transactions = listSource(kind, Config)
