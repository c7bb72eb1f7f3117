/**
 * shippingOf: shipping of a document, without tax.
 *
 * Invoices and credit memos do not state the discount on shipping: it is what
 * the header's discount has beyond the rows'. The tax inside that discount stands
 * in a field of its own on orders and invoices, whose header covers the rows only,
 * and is part of the header's figure on credit memos.
 *
 * Source: magento2 Sales/Model/Order/Invoice/Total/Tax.php and
 * Creditmemo/Total/Tax.php.
 */
import { BigDecimal } from "effect"
import { zero } from "../../accounting/Decimal.ts"
import type { SalesDocument } from "../../pipeline/SalesDocument.ts"
import { type Both, both, each, minus, negate, sum } from "./Both.ts"
import type { CarryingRow } from "./carryingRows.ts"
import type { CommerceDocument } from "./CommerceDocument.ts"

/** Shipping in both currencies; `discount` without tax and positive. */
export interface Shipping {
  readonly gross: Both
  readonly discount: Both
  readonly net: Both
  readonly tax: Both
}

/** Where nothing was shipped a leftover discount is rounding, and stays for the residual. */
const whereShipped = (gross: Both, value: Both): Both =>
  each((which) => (BigDecimal.isZero(gross[which]) ? zero : BigDecimal.max(value[which], zero)))

/** The shipping of `document`, given the rows that carry its goods. */
export const shippingOf = (
  kind: SalesDocument["kind"],
  document: CommerceDocument,
  rows: ReadonlyArray<CarryingRow>
): Shipping => {
  const gross = both(document.shipping_amount, document.base_shipping_amount)
  const tax = both(document.shipping_tax_amount, document.base_shipping_tax_amount)
  // The header's discount is negative, a row's is positive.
  const discounted = minus(
    negate(both(document.discount_amount, document.base_discount_amount)),
    sum(rows.map(({ discount }) => discount))
  )
  const compensation =
    kind !== "credit-note"
      ? both(
          document.shipping_discount_tax_compensation_amount,
          document.base_shipping_discount_tax_compensation_amnt
        )
      : minus(
          both(document.discount_tax_compensation_amount, document.base_discount_tax_compensation_amount),
          sum(rows.map((row) => row.compensation))
        )
  const discount = minus(whereShipped(gross, discounted), whereShipped(gross, compensation))
  return { gross, discount, net: minus(gross, discount), tax }
}
