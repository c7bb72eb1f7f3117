/**
 * normaliseInvoice: an invoice of Commerce in our own words.
 */
import { type Given, type Kind, normalise } from "./normalise.ts"
import type { Normalised } from "./salesDocumentOf.ts"

/** An invoice: open until its payment is captured; only an open one can be cancelled. */
export const invoiceKind: Kind = {
  kind: "invoice",
  label: "invoice",
  states: { "1": "open", "2": "paid", "3": "cancelled" },
  normalise: (given) => normalise(invoiceKind, given)
}

/** The invoice, or what is wrong with it. */
export const normaliseInvoice = (given: Given): Normalised => normalise(invoiceKind, given)
