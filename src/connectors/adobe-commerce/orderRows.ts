/**
 * orderRows: the rows of an order that carry its money.
 *
 * Their totals are not what REST shows (see PlacedOrder): what was ordered is
 * unit price times quantity. Where prices include tax the unit price is rounded,
 * so that the rows may miss the subtotal by half a cent a piece; the subtotal is
 * then spread over them, and no cent is lost.
 */
import { BigDecimal, Result } from "effect"
import { allocate } from "../../accounting/Amount.ts"
import { zero } from "../../accounting/Decimal.ts"
import type { Problem } from "../../pipeline/SourceRecord.ts"
import { type Both, both, type Currencies, decimalsOf, isNothing, minus, sum } from "./Both.ts"
import { carriersOf, type CarryingRow, rowsDoNotAddUp, times } from "./carryingRows.ts"
import type { PlacedItem, PlacedOrder } from "./PlacedOrder.ts"

/** Which part of an order: all that was ordered, or what was invoiced of it. */
export type Part = "ordered" | "invoiced"

const read = (item: PlacedItem, part: Part): CarryingRow => {
  const ordered = item.qty_ordered ?? zero
  const quantity = part === "ordered" ? ordered : (item.qty_invoiced ?? zero)
  const gross = BigDecimal.multiply(item.base_price ?? zero, ordered)
  const productTax = both(item.weee_tax_applied_row_amount, item.base_weee_tax_applied_row_amnt)
  const row = {
    order_item_id: item.item_id,
    qty: quantity,
    ...(item.product_id === undefined ? {} : { product_id: item.product_id }),
    ...(item.sku === undefined ? {} : { sku: item.sku }),
    ...(item.name === undefined ? {} : { name: item.name })
  }
  return part === "ordered"
    ? {
        row,
        item,
        gross: both(gross, gross),
        discount: both(item.discount_amount, item.base_discount_amount),
        compensation: both(item.discount_tax_compensation_amount, item.base_discount_tax_compensation_amount),
        tax: both(item.tax_amount, item.base_tax_amount),
        productTax
      }
    : {
        row,
        item,
        gross: both(item.row_invoiced, item.base_row_invoiced),
        discount: both(item.discount_invoiced, item.base_discount_invoiced),
        compensation: both(
          item.discount_tax_compensation_invoiced,
          item.base_discount_tax_compensation_invoiced
        ),
        tax: both(item.tax_invoiced, item.base_tax_invoiced),
        productTax: times(productTax, quantity, ordered)
      }
}

/** How far rounded unit prices may be off: half a cent a piece, and a cent a row. */
const toleranceOf = (rows: ReadonlyArray<CarryingRow>) =>
  BigDecimal.sumAll(
    rows.map(({ row }) =>
      BigDecimal.sum(BigDecimal.make(1n, 2), BigDecimal.multiply(row.qty, BigDecimal.make(5n, 3)))
    )
  )

/** Gives every row its share of the subtotal, in the proportion of what the rows come to by themselves. */
const spread = (
  rows: ReadonlyArray<CarryingRow>,
  subtotal: Both,
  currencies: Currencies
): ReadonlyArray<CarryingRow> => {
  const of = (which: keyof Both) =>
    allocate(
      subtotal[which],
      rows.map(({ gross }) => gross[which]),
      decimalsOf(subtotal[which], currencies[which])
    )
  const [amounts, accounting] = [of("amount"), of("accounting")]
  return rows.map((row, index) => ({
    ...row,
    gross: both(amounts[index], accounting[index])
  }))
}

/**
 * The rows that carry this part of the order, zero rows left out; a problem
 * `rows-do-not-add-up` when no choice of rows comes to `subtotal` in the base
 * currency. Amounts in the currency of the order follow in proportion.
 */
export const orderRows = (
  order: PlacedOrder,
  part: Part,
  subtotal: Both
): Result.Result<ReadonlyArray<CarryingRow>, Problem> => {
  const currencies = { amount: order.order_currency_code, accounting: order.base_currency_code }
  const choices = [false, true].map((flipped) => {
    const carriers = carriersOf(order, flipped)
    return order.items.filter(({ item_id }) => carriers.has(item_id)).map((item) => read(item, part))
  })
  const candidates = choices.flatMap((rows) => {
    // Whether the subtotal includes fixed product tax is a setting of the shop.
    const targets = [subtotal, minus(subtotal, sum(rows.map(({ productTax }) => productTax)))]
    return targets.map((target) => {
      const { accounting } = minus(target, sum(rows.map(({ gross }) => gross)))
      return { rows, target, off: BigDecimal.abs(accounting) }
    })
  })
  const chosen = candidates
    .filter(({ off, rows }) => BigDecimal.isLessThanOrEqualTo(off, toleranceOf(rows)))
    .toSorted((left, right) => BigDecimal.Order(left.off, right.off))[0]
  if (chosen === undefined) {
    return Result.fail(
      rowsDoNotAddUp(sum((choices[0] ?? []).map(({ gross }) => gross)), subtotal, currencies)
    )
  }
  return Result.succeed(
    spread(chosen.rows, chosen.target, currencies).filter(
      (row) => ![row.gross, row.discount, row.tax].every(isNothing)
    )
  )
}
