/**
 * Payment: money that was reserved, taken, given back or released, in our own words.
 *
 * Amounts are decimal strings and positive; `type` says which way they went. The
 * same amount in the accounting currency stands under `accounting`, as the
 * source recorded it; no rate is applied.
 */
import { Schema } from "effect"
import { CurrencyCode } from "../accounting/CurrencyCode.ts"
import { Decimal } from "../accounting/Decimal.ts"

const Text = (description: string) => Schema.String.annotate({ description })
const Optional = (description: string) => Schema.optionalKey(Text(description))

const amount = Decimal.annotate({ description: "What was moved, or reserved; positive." })

/** One movement of money, or the promise of one. */
export const Payment = Schema.Struct({
  id: Text("Stable key in the source."),
  number: Text("What the payment provider or the bank calls it."),
  type: Schema.Literals(["order", "authorization", "capture", "refund", "void"]).annotate({
    description:
      "Only capture and refund move money. authorization reserves it, void releases it, order promises it."
  }),
  state: Schema.Literals(["open", "closed"]).annotate({
    description: "closed: nothing more can be taken from it, or given back to it."
  }),
  createdAt: Text("Instant, ISO 8601 in UTC."),
  currency: CurrencyCode.annotateKey({ description: "Currency the customer was charged in." }),
  accountingCurrency: CurrencyCode.annotateKey({ description: "Currency the books are kept in." }),
  amount,
  accounting: Schema.Struct({ amount }).annotate({
    description: "The same amount in the accounting currency, as the source recorded it."
  }),
  amountFrom: Schema.Literals(["payment", "invoice", "credit-note", "order"]).annotate({
    description:
      "Where the amount stands in the source, for sources whose payments carry none: the invoice or credit note that names this payment, else the order's own figures."
  }),
  method: Optional("Payment method."),
  parent: Schema.optionalKey(
    Schema.Struct({
      id: Optional("Stable key of the earlier payment."),
      number: Optional("What the payment provider calls it.")
    }).annotate({ description: "The payment this one takes from or gives back, such as its authorization." })
  ),
  order: Schema.optionalKey(
    Schema.Struct({
      id: Text("Stable key of the order."),
      number: Optional("Number of the order.")
    }).annotate({ description: "The order that was paid." })
  ),
  invoiceId: Optional("Stable key of the invoice that was paid, where the source says so."),
  creditNoteId: Optional("Stable key of the credit note that was paid out, where the source says so."),
  customer: Schema.Struct({
    id: Optional("Customer in the source."),
    name: Optional("As printed."),
    email: Optional("As in the source.")
  }).annotate({ description: "Who paid, as far as the source says." }),
  store: Schema.optionalKey(
    Schema.Struct({
      id: Text("Store the order belongs to."),
      code: Optional("Short name of the store."),
      name: Optional("Name of the store."),
      website: Optional("Short name of the website the store belongs to."),
      timeZone: Optional("Time zone of the store, for example Europe/Berlin.")
    }).annotate({ description: "Where it was sold." })
  )
}).annotate({ identifier: "Payment" })
export type Payment = typeof Payment.Type
/** As JSON: amounts are decimal strings. */
export type EncodedPayment = typeof Payment.Encoded
