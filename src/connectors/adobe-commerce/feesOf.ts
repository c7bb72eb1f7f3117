/**
 * feesOf: what a document charges or takes off beside goods and shipping.
 */
import type { SalesDocument } from "../../pipeline/SalesDocument.ts"
import { type Both, both, isNothing, negate, sum } from "./Both.ts"
import type { CarryingRow } from "./carryingRows.ts"
import type { CommerceDocument } from "./CommerceDocument.ts"
import type { CommerceOrder } from "./CommerceOrder.ts"

/** A fee, positive when it adds to the total. */
export interface Fee {
  readonly type: SalesDocument["fees"][number]["type"]
  readonly title: string
  readonly amount: Both
}

/**
 * The fees, zero ones left out. Custom fees stand on the order, each with the
 * invoice it was charged on and the credit memo it was refunded on. Adjustments are entered in the base
 * currency by the person who makes the credit memo.
 */
export const feesOf = (
  kind: SalesDocument["kind"],
  document: CommerceDocument,
  order: CommerceOrder | undefined,
  rows: ReadonlyArray<CarryingRow>
): ReadonlyArray<Fee> => {
  const extension = document.extension_attributes
  const wrap = (title: string, amount: Both): Fee => ({ type: "gift-wrap", title, amount })
  const custom = (order?.extension_attributes?.custom_fees ?? []).flatMap((fee): ReadonlyArray<Fee> => {
    const byKind = {
      order: { of: document.entity_id, amount: both(fee.custom_fee_amount, fee.base_custom_fee_amount) },
      invoice: {
        of: fee.invoice_id,
        amount: both(fee.custom_fee_amount_invoiced, fee.base_custom_fee_amount_invoiced)
      },
      "credit-note": {
        of: fee.creditmemo_id,
        amount: both(fee.custom_fee_amount_refunded, fee.base_custom_fee_amount_refunded)
      }
    }
    const { amount, of } = byKind[kind]
    return of === document.entity_id
      ? [{ type: "custom", title: fee.custom_fee_label ?? fee.custom_fee_code, amount }]
      : []
  })
  const fees: ReadonlyArray<Fee> = [
    wrap("Gift wrapping of the order", both(extension?.gw_price, extension?.gw_base_price)),
    wrap("Gift wrapping of items", both(extension?.gw_items_price, extension?.gw_items_base_price)),
    wrap("Printed card", both(extension?.gw_card_price, extension?.gw_card_base_price)),
    ...custom,
    {
      type: "product-tax",
      title: "Fixed product tax",
      amount: sum(rows.map(({ productTax }) => productTax))
    },
    {
      type: "adjustment-refund",
      title: "Adjustment refund",
      amount: both(document.adjustment_positive, document.base_adjustment_positive)
    },
    {
      type: "adjustment-fee",
      title: "Adjustment fee",
      amount: negate(both(document.adjustment_negative, document.base_adjustment_negative))
    }
  ]
  return fees.filter(({ amount }) => !isNothing(amount))
}
