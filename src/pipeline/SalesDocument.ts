/**
 * SalesDocument: an order, invoice or credit note in our own words.
 *
 * Every source of sales documents emits this record, so that whatever is
 * treacherous in a vendor's payload is settled once, in tested source code.
 * It is what a pipeline's transform and mapping read; `reference.md` lists it.
 *
 * Amounts are decimal strings and positive in the direction of the document: a
 * credit note's `totals.grand` is what goes back to the customer. Each object
 * that holds amounts in the currency of the document holds the same amounts in
 * the accounting currency under `accounting`.
 *
 * Always, in both currencies:
 * `totals.grand + totals.settled = totals.net + totals.shipping + totals.tax + totals.fees + totals.residual`.
 */
import { Schema } from "effect"
import { Decimal } from "../accounting/Decimal.ts"
import { CurrencyCode } from "../accounting/CurrencyCode.ts"

const describe = <S extends Schema.Top>(schema: S, description: string) => schema.annotate({ description })

/** Amount fields, once in the document's currency and again under `accounting`. */
const inBothCurrencies = <Fields extends Schema.Struct.Fields>(fields: Fields) => ({
  ...fields,
  accounting: Schema.Struct(fields).annotate({
    description: "The same amounts in the accounting currency, as the source recorded them."
  })
})

const Text = (description: string) => describe(Schema.String, description)
const Optional = (description: string) => Schema.optionalKey(Text(description))

/** A category of the source's catalogue. */
export const ProductCategory = Schema.Struct({
  id: Text("Stable key of the category."),
  name: Text("Name of the category."),
  path: Text("Names from below the root category down to this one, for example Clothing/Shirts.")
}).annotate({ identifier: "ProductCategory" })

/** What is sold or taken back. */
export const DocumentLine = Schema.Struct({
  id: Text("Stable key of the line in the source."),
  sku: Text("Stock keeping unit, as sold."),
  name: Text("Description, as printed."),
  productId: Optional("Product in the source's catalogue; the parent's for a configurable product."),
  productType: Text(
    "simple, configurable, bundle, virtual, downloadable, gift-card, grouped, or unknown where the order was not given."
  ),
  category: Schema.optionalKey(
    ProductCategory.annotateKey({
      description:
        "Category that the product is filed under when it is read, where the source's `categories` asks for it; absent where it is in none, or gone."
    })
  ),
  categories: Schema.optionalKey(
    Schema.Array(ProductCategory).annotate({
      description: "All categories of the product; the first is `category`."
    })
  ),
  quantity: Decimal,
  taxRate: Schema.optionalKey(Decimal),
  ...inBothCurrencies({
    gross: Decimal.annotate({ description: "Before discount, without tax." }),
    discount: Decimal.annotate({ description: "Discount without tax; positive." }),
    net: Decimal.annotate({ description: "Revenue: gross minus discount, without tax." }),
    tax: Decimal.annotate({ description: "Tax on the line." })
  })
}).annotate({ identifier: "DocumentLine" })

/** Tax of the whole document under one code. */
export const DocumentTax = Schema.Struct({
  code: Text("Tax code of the source, for example DE-19."),
  title: Text("As printed."),
  rate: Schema.optionalKey(Decimal),
  ...inBothCurrencies({
    amount: Decimal.annotate({ description: "Tax under this code, shipping included." })
  })
}).annotate({ identifier: "DocumentTax" })

/** What the customer paid with something that we already owed: a debit of that liability, not less revenue. */
export const Settlement = Schema.Struct({
  type: Schema.Literals(["gift-card", "store-credit", "reward-points"]),
  ...inBothCurrencies({ amount: Decimal.annotate({ description: "Settled this way; positive." }) })
}).annotate({ identifier: "Settlement" })

/** Charged or taken off beside goods and shipping. */
export const Fee = Schema.Struct({
  type: Schema.Literals([
    "gift-wrap",
    "custom",
    "product-tax",
    "adjustment-refund",
    "adjustment-fee"
  ]).annotate({
    description:
      "product-tax is a fixed product tax (WEEE). adjustment-refund and adjustment-fee stand on credit notes: extra refunded, and kept back (negative)."
  }),
  title: Text("As printed."),
  ...inBothCurrencies({ amount: Decimal.annotate({ description: "Positive when it adds to the total." }) })
}).annotate({ identifier: "Fee" })

/** Another order, by key and by number. */
const OrderReference = (description: string) =>
  Schema.optionalKey(
    Schema.Struct({
      id: Text("Stable key of the order."),
      number: Optional("Number of the order.")
    }).annotate({ description })
  )

/** An order, invoice or credit note. */
export const SalesDocument = Schema.Struct({
  kind: Schema.Literals(["order", "invoice", "credit-note"]),
  id: Text("Stable key in the source."),
  number: Text("Number printed on the document; not unique across stores."),
  state: Schema.Literals([
    "pending",
    "open",
    "processing",
    "on-hold",
    "complete",
    "closed",
    "paid",
    "refunded",
    "cancelled"
  ]).annotate({
    description:
      "cancelled takes back what was posted. Of an order, pending: its payment is not yet sure. closed: nothing more will come of it, and its amounts are what was invoiced."
  }),
  createdAt: Text("Instant, ISO 8601 in UTC."),
  updatedAt: Text("Instant, ISO 8601 in UTC."),
  currency: describe(CurrencyCode, "Currency the customer was charged in."),
  accountingCurrency: describe(CurrencyCode, "Currency the shop keeps its books in."),
  store: Schema.Struct({
    id: Text("Store the document belongs to."),
    code: Optional("Short name of the store."),
    name: Optional("Name of the store."),
    website: Optional("Short name of the website the store belongs to."),
    timeZone: Optional("Time zone of the store, for example Europe/Berlin: its business day."),
    locale: Optional("Language and country of the store, for example de_DE."),
    baseCurrency: Optional("Currency the store's website keeps its books in now.")
  }),
  order: Schema.Struct({
    id: Text("Stable key of the order."),
    number: Optional("Number of the order.")
  }),
  replaces: OrderReference("On an order: the cancelled order that it was edited from."),
  replacedBy: OrderReference("On a cancelled order: the order that it was edited into."),
  invoiceId: Optional("On a credit note: the invoice it takes back, if it was made from one."),
  customer: Schema.Struct({
    kind: Schema.Literals(["registered", "guest", "deleted", "unknown"]).annotate({
      description: "deleted: registered when ordering, gone since. unknown: the order was not given."
    }),
    id: Optional("Customer in the source."),
    guestId: Optional("Guest in the source, where it is told to say which; nobody has this and `id`."),
    group: Optional("Customer group in the source."),
    email: Optional("As on the order."),
    name: Optional("As on the billing address."),
    company: Optional("As on the billing address."),
    vatNumber: Optional("As on the billing address or the customer.")
  }),
  country: Optional("ISO country that decides the tax: shipping address, else billing address."),
  payment: Schema.Struct({
    method: Optional("Payment method of the order."),
    purchaseOrderNumber: Optional("The customer's own number.")
  }),
  lines: Schema.Array(DocumentLine),
  shipping: Schema.Struct({
    ...inBothCurrencies({
      gross: Decimal.annotate({ description: "Before discount, without tax." }),
      discount: Decimal.annotate({ description: "Discount without tax; positive." }),
      net: Decimal.annotate({ description: "Shipping revenue, without tax." }),
      tax: Decimal.annotate({ description: "Tax on shipping." })
    })
  }),
  taxes: Schema.Array(DocumentTax),
  settlements: Schema.Array(Settlement),
  fees: Schema.Array(Fee),
  totals: Schema.Struct({
    ...inBothCurrencies({
      grand: Decimal.annotate({ description: "What the customer pays or gets back." }),
      settled: Decimal.annotate({ description: "Sum of the settlements." }),
      net: Decimal.annotate({ description: "Sum of the lines' net." }),
      shipping: Decimal.annotate({ description: "Shipping net." }),
      tax: Decimal.annotate({ description: "Sum of the taxes." }),
      fees: Decimal.annotate({ description: "Sum of the fees." }),
      residual: Decimal.annotate({
        description:
          "Grand total minus all known parts: a rounding cent, or a surcharge that stands in no field."
      })
    })
  })
}).annotate({ identifier: "SalesDocument" })
export type SalesDocument = typeof SalesDocument.Type
/** As JSON: amounts are decimal strings. */
export type EncodedSalesDocument = typeof SalesDocument.Encoded
