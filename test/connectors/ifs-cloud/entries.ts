/**
 * entries: journal entries for the tests of the IFS Cloud connector, as an accountant would recognise them.
 */
import { Schema } from "effect"
import { JournalEntry } from "../../../src/accounting/JournalEntry.ts"

const decode = Schema.decodeUnknownSync(JournalEntry)

/** Invoice 000000042 of 2026-10-31: 100.00 net, 19.00 VAT. */
export const encodedInvoice = {
  idempotencyKey: "shop/10/invoice/42/post/1",
  document: { resource: "invoice", id: "42", number: "000000042" },
  company: "10",
  postingDate: "2026-10-31",
  currency: "EUR",
  accountingCurrency: "EUR",
  text: "Invoice 000000042, Müller & Söhne",
  correction: false,
  lines: [
    {
      account: "1510",
      side: "debit",
      amount: "119.00",
      accountingAmount: "119.00",
      dimensions: {},
      text: "Invoice 000000042",
      rule: "receivable"
    },
    {
      account: "4000",
      side: "credit",
      amount: "100.00",
      accountingAmount: "100.00",
      dimensions: { costCenter: "100" },
      text: "Revenue",
      rule: "revenue"
    },
    {
      account: "2610",
      side: "credit",
      amount: "19.00",
      accountingAmount: "19.00",
      dimensions: {},
      taxCode: "DE-19",
      text: "VAT 19 %",
      rule: "vat"
    }
  ]
}

/** The invoice, with some of its fields replaced. */
export const invoice = (change: Record<string, unknown> = {}): JournalEntry =>
  decode({ ...encodedInvoice, ...change })

/** The lines of the invoice, the one of `rule` changed. */
export const linesWith = (rule: string, change: Record<string, unknown>) =>
  encodedInvoice.lines.map((line) => (line.rule === rule ? { ...line, ...change } : line))
