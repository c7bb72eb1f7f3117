/**
 * carryingRows: the rows of a document that carry its money.
 *
 * A configurable or fixed-price bundle carries it on the parent row, a bundle
 * with dynamic price on the child rows, and the other side repeats the price or
 * shows zero. Which it is (`product_calculations`) is not in REST, so it is
 * inferred and then proved: the rows must add up to the subtotal.
 *
 * Source: magento2 Sales/Model/Order/Item.php, isDummy().
 */
import { BigDecimal, Result } from "effect"
import { formatDecimal, type Decimal } from "../../accounting/Decimal.ts"
import type { Problem } from "../../pipeline/SourceRecord.ts"
import { type Both, both, type Currencies, each, format, isNothing, minus, sum } from "./Both.ts"
import type { CommerceDocument, CommerceRow } from "./CommerceDocument.ts"
import type { CommerceOrder, CommerceOrderItem } from "./CommerceOrder.ts"

/** A row that carries money, with the order item it comes from. */
export interface CarryingRow {
  readonly row: CommerceRow
  readonly item: CommerceOrderItem | undefined
  /** Before discount, without tax. */
  readonly gross: Both
  /** As printed: with the tax in it where prices include tax. */
  readonly discount: Both
  /** The tax inside `discount`. */
  readonly compensation: Both
  readonly tax: Both
  /** Fixed product tax (WEEE). */
  readonly productTax: Both
}

/** `unit` of `ordered` pieces, for `quantity` of them; rounded to the cent. */
export const times = (unit: Both, quantity: Decimal, ordered: Decimal): Both =>
  each((which) =>
    BigDecimal.isZero(ordered)
      ? BigDecimal.make(0n, 0)
      : BigDecimal.round(BigDecimal.divideUnsafe(BigDecimal.multiply(unit[which], quantity), ordered), {
          scale: 2,
          mode: "half-from-zero"
        })
  )

// Invoice rows have no field for it, so theirs is the share of the order item's.
const productTaxOf = (row: CommerceRow, item: CommerceOrderItem | undefined): Both => {
  const stated = both(row.weee_tax_applied_row_amount, row.base_weee_tax_applied_row_amnt)
  if (!isNothing(stated) || item === undefined || item.qty_ordered === undefined) return stated
  return times(
    both(item.weee_tax_applied_row_amount, item.base_weee_tax_applied_row_amnt),
    row.qty,
    item.qty_ordered
  )
}

const read = (row: CommerceRow, item: CommerceOrderItem | undefined): CarryingRow => ({
  row,
  item,
  gross: both(row.row_total, row.base_row_total),
  discount: both(row.discount_amount, row.base_discount_amount),
  compensation: both(row.discount_tax_compensation_amount, row.base_discount_tax_compensation_amount),
  tax: both(row.tax_amount, row.base_tax_amount),
  productTax: productTaxOf(row, item)
})

const isPositive = (value: Decimal | undefined) => value !== undefined && BigDecimal.isPositive(value)

/**
 * Ids of the order items that carry, by structure: of each family the children
 * if one of them has a price, or else the parent; with `flipped` the other side.
 */
export const carriersOf = (order: CommerceOrder, flipped: boolean): ReadonlySet<string> => {
  const items = order.items ?? []
  const families = Map.groupBy(
    items.filter((item) => item.parent_item_id !== undefined),
    (item) => item.parent_item_id
  )
  return new Set(
    items
      .filter((item) => {
        const children = families.get(item.parent_item_id ?? item.item_id)
        if (children === undefined) return true
        const childrenCarry = children.some((child) => isPositive(child.base_price)) !== flipped
        return childrenCarry === (item.parent_item_id !== undefined)
      })
      .map((item) => item.item_id)
  )
}

const carriesMoney = (row: CarryingRow) => ![row.gross, row.discount, row.tax].every(isNothing)

// Partial invoices round each row, so the rows may miss the subtotal by a cent each.
const isWithin = (difference: Both, rows: number) => {
  const most = BigDecimal.make(BigInt(rows), 2)
  return [difference.amount, difference.accounting].every((value) =>
    BigDecimal.isLessThanOrEqualTo(BigDecimal.abs(value), most)
  )
}

/** That no choice of rows comes to the subtotal; `found` is what the likeliest one comes to. */
export const rowsDoNotAddUp = (found: Both, subtotal: Both, currencies: Currencies): Problem => ({
  code: "rows-do-not-add-up",
  message: `the rows add up to ${format(found.accounting, currencies.accounting)} ${currencies.accounting} (${format(found.amount, currencies.amount)} ${currencies.amount}), but the subtotal is ${formatDecimal(subtotal.accounting)} (${formatDecimal(subtotal.amount)}). Compare the document in Commerce; it may have been changed by an extension.`,
  path: "items"
})

/**
 * The rows whose totals make the subtotal, zero rows left out; a problem
 * `rows-do-not-add-up` when no choice does.
 */
export const carryingRows = (
  document: CommerceDocument,
  order: CommerceOrder | undefined
): Result.Result<ReadonlyArray<CarryingRow>, Problem> => {
  const items = new Map(order?.items?.map((item) => [item.item_id, item] as const) ?? [])
  const rows = document.items.map((row) => read(row, items.get(row.order_item_id)))
  const stated = rows.filter(({ row }) => row.base_row_total !== undefined)
  const chosenBy = (carriers: ReadonlySet<string>) =>
    rows.filter(({ item, row }) =>
      item === undefined ? row.base_row_total !== undefined : carriers.has(item.item_id)
    )
  const choices =
    order === undefined
      ? [stated]
      : [chosenBy(carriersOf(order, false)), stated, chosenBy(carriersOf(order, true))]

  // Whether the subtotal includes fixed product tax is a setting of the shop.
  const subtotal = both(document.subtotal, document.base_subtotal)
  const missing = (choice: ReadonlyArray<CarryingRow>) => {
    const rest = minus(subtotal, sum(choice.map(({ gross }) => gross)))
    return [rest, minus(rest, sum(choice.map(({ productTax }) => productTax)))]
  }
  const chosen =
    choices.find((choice) => missing(choice).some(isNothing)) ??
    choices.find((choice) => missing(choice).some((rest) => isWithin(rest, choice.length)))
  if (chosen !== undefined) return Result.succeed(chosen.filter(carriesMoney))

  const found = sum((choices[0] ?? []).map(({ gross }) => gross))
  return Result.fail(
    rowsDoNotAddUp(found, subtotal, {
      amount: document.order_currency_code,
      accounting: document.base_currency_code
    })
  )
}
