/**
 * normaliseCreditMemo: a credit memo of Commerce as a credit note in our own words.
 */
import { type Given, type Kind, normalise } from "./normalise.ts"
import type { Normalised } from "./salesDocumentOf.ts"

/** A credit memo. Amounts are positive in the direction of the customer, as in Commerce. */
export const creditMemoKind: Kind = {
  kind: "credit-note",
  label: "credit memo",
  states: { "1": "open", "2": "refunded", "3": "cancelled" },
  normalise: (given) => normalise(creditMemoKind, given)
}

/** The credit note, or what is wrong with the credit memo. */
export const normaliseCreditMemo = (given: Given): Normalised => normalise(creditMemoKind, given)
