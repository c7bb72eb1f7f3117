/**
 * exampleDocument: an invoice that an accountant would recognise, complete.
 */
import type { EncodedSalesDocument } from "../../src/pipeline/SalesDocument.ts"

const twice = <A extends object>(amounts: A) => ({ ...amounts, accounting: amounts })

/** Invoice 1000042: 100.00 net, 19.00 tax. */
export const exampleDocument: EncodedSalesDocument = {
  kind: "invoice",
  id: "42",
  number: "1000042",
  state: "open",
  createdAt: "2026-03-31T10:00:00Z",
  updatedAt: "2026-03-31T10:00:00Z",
  currency: "EUR",
  accountingCurrency: "EUR",
  store: { id: "1", code: "de", name: "Germany" },
  order: { id: "9", number: "900009" },
  customer: { kind: "registered", id: "5", group: "General", email: "a@example.com", name: "Ada" },
  country: "DE",
  payment: { method: "checkmo" },
  lines: [
    {
      id: "1",
      sku: "MUG",
      name: "Mug",
      productType: "simple",
      quantity: "2",
      taxRate: "19",
      ...twice({ gross: "100.00", discount: "0.00", net: "100.00", tax: "19.00" })
    }
  ],
  shipping: twice({ gross: "0.00", discount: "0.00", net: "0.00", tax: "0.00" }),
  taxes: [{ code: "DE-19", title: "VAT 19 %", rate: "19", ...twice({ amount: "19.00" }) }],
  settlements: [],
  fees: [],
  totals: twice({
    grand: "119.00",
    settled: "0.00",
    net: "100.00",
    shipping: "0.00",
    tax: "19.00",
    fees: "0.00",
    residual: "0.00"
  })
}
