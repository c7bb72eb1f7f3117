/**
 * taxesByCode: the tax of a document, split by the tax codes of its order.
 *
 * Invoices and credit memos state tax as one figure a row. The codes stand on
 * the order, per order item, for shipping, and for extras such as gift
 * wrapping; each figure is split in their proportion and no cent is lost.
 */
import { BigDecimal, Result } from "effect"
import { allocate } from "../../accounting/Amount.ts"
import { type Decimal, formatDecimal, zero } from "../../accounting/Decimal.ts"
import type { Problem } from "../../pipeline/SourceRecord.ts"
import { type Both, both, type Currencies, decimalsOf, each, isNothing, minus, sum } from "./Both.ts"
import type { CarryingRow } from "./carryingRows.ts"
import type { AppliedTax, CommerceOrder } from "./CommerceOrder.ts"

/** Tax under one code. */
export interface CodeTax {
  readonly code: string
  readonly title: string
  readonly rate: Decimal | undefined
  readonly amount: Both
}

const hundred = BigDecimal.make(100n, 0)

/** Code of a rate whose name is not known: "RATE-19", "RATE-7.5". */
const unnamed = (rate: Decimal, amount: Both): CodeTax => {
  const text = formatDecimal(BigDecimal.normalize(rate))
  return { code: `RATE-${text}`, title: `${text} %`, rate, amount }
}

// Combined rates share one entry: it is split in proportion of the percentages.
const codesOf = (tax: AppliedTax): ReadonlyArray<CodeTax> => {
  const amount = both(tax.amount, tax.base_amount)
  const rates = tax.extension_attributes?.rates ?? []
  if (rates.length > 0 && (rates.length > 1 || tax.code === undefined)) {
    const whole = BigDecimal.sumAll(rates.map((rate) => rate.percent ?? zero))
    return rates.map((rate) => ({
      code: rate.code,
      title: rate.title ?? rate.code,
      rate: rate.percent,
      amount: BigDecimal.isZero(whole)
        ? amount
        : each((which) =>
            BigDecimal.round(
              BigDecimal.divideUnsafe(BigDecimal.multiply(amount[which], rate.percent ?? zero), whole),
              { scale: 8 }
            )
          )
    }))
  }
  if (tax.code !== undefined) {
    return [{ code: tax.code, title: tax.title ?? tax.code, rate: tax.percent, amount }]
  }
  return tax.percent === undefined ? [] : [unnamed(tax.percent, amount)]
}

/** Splits `total` over `codes` by their amounts, or their rates where the amounts say nothing. */
const split = (
  total: Both,
  codes: ReadonlyArray<CodeTax>,
  currencies: Currencies
): ReadonlyArray<CodeTax> => {
  const share = (which: "amount" | "accounting") => {
    const amounts = codes.map(({ amount }) => BigDecimal.abs(amount[which]))
    const weights = amounts.some(BigDecimal.isPositive) ? amounts : codes.map(({ rate }) => rate ?? zero)
    return allocate(total[which], weights, decimalsOf(total[which], currencies[which]))
  }
  const amounts = share("amount")
  const accounting = share("accounting")
  return codes.map((code, index) => ({ ...code, amount: both(amounts[index], accounting[index]) }))
}

const merge = (parts: ReadonlyArray<CodeTax>): ReadonlyArray<CodeTax> =>
  [...Map.groupBy(parts, ({ code }) => code).values()].flatMap((same) => {
    const first = same[0]
    return first === undefined ? [] : [{ ...first, amount: sum(same.map(({ amount }) => amount)) }]
  })

/** True when `rate` of `net` is `tax`, give or take the rounding of a cent. */
const explains = (rate: Decimal | undefined, net: Decimal, tax: Decimal) =>
  rate !== undefined &&
  BigDecimal.isLessThanOrEqualTo(
    BigDecimal.abs(BigDecimal.subtract(BigDecimal.multiply(net, rate), BigDecimal.multiply(tax, hundred))),
    BigDecimal.make(1n, 0)
  )

const withoutCode = (what: string, tax: Both, path: string): Problem => ({
  code: "tax-without-code",
  message: `${formatDecimal(tax.accounting)} tax on ${what} cannot be given a tax code: the order names none for it. Check the order's tax details in Commerce; they are missing on some orders made by 2.4.6 to 2.4.7-p3.`,
  path
})

/**
 * The document's tax by code; the amounts add up to `tax` exactly, in both currencies.
 *
 * Where the order names no code for a row, the item's percentage makes one
 * (`RATE-19`). Shipping without a code takes the only code of the order, or the
 * one whose rate gives exactly this tax. What remains (gift wrapping, taxed
 * fixed product tax, a rounding cent) goes to the codes of those extras, or, up
 * to a cent a row, to the largest code, or to the only one; else it is a problem
 * `tax-without-code`.
 */
export const taxesByCode = (given: {
  readonly rows: ReadonlyArray<CarryingRow>
  readonly order: CommerceOrder
  readonly tax: Both
  readonly shipping: { readonly tax: Both; readonly gross: Both; readonly net: Both }
  readonly currencies: Currencies
}): Result.Result<ReadonlyArray<CodeTax>, ReadonlyArray<Problem>> => {
  const { currencies, order, rows, shipping, tax } = given
  const details = order.extension_attributes?.item_applied_taxes ?? []
  const codesWhere = (is: (detail: (typeof details)[number]) => boolean) =>
    merge(details.filter(is).flatMap((detail) => (detail.applied_taxes ?? []).flatMap(codesOf)))
  const problems: Array<Problem> = []

  const goods = rows.flatMap((row) => {
    if (isNothing(row.tax)) return []
    const named = codesWhere(
      ({ item_id, type }) => item_id === row.row.order_item_id && (type ?? "product") === "product"
    )
    const percent = row.item?.tax_percent
    const codes =
      named.length > 0 || percent === undefined || BigDecimal.isZero(percent)
        ? named
        : [unnamed(percent, row.tax)]
    if (codes.length === 0) {
      problems.push(withoutCode(`row ${row.row.sku ?? row.row.order_item_id}`, row.tax, "items"))
    }
    return split(row.tax, codes, currencies)
  })

  const listed = merge((order.extension_attributes?.applied_taxes ?? []).flatMap(codesOf))
  const known = merge([...(listed.length > 0 ? listed : goods), ...codesWhere(() => true)])
  const only = known.length === 1 ? known : []

  const shippingCodes = () => {
    const named = codesWhere(({ type }) => type === "shipping")
    if (named.length > 0) return named
    if (only.length > 0) return only
    const fitting = known.find(({ rate }) =>
      [shipping.net, shipping.gross].some((base) => explains(rate, base.accounting, shipping.tax.accounting))
    )
    return fitting === undefined ? [] : [fitting]
  }
  const onShipping = isNothing(shipping.tax) ? [] : split(shipping.tax, shippingCodes(), currencies)
  if (!isNothing(shipping.tax) && onShipping.length === 0) {
    problems.push(withoutCode("shipping", shipping.tax, "shipping_tax_amount"))
  }
  if (problems.length > 0) return Result.fail(problems)

  const sofar = merge([...goods, ...onShipping])
  const rest = minus(tax, sum(sofar.map(({ amount }) => amount)))
  if (isNothing(rest)) return Result.succeed(sofar)

  const extras = codesWhere(({ type }) => type !== undefined && type !== "product" && type !== "shipping")
  const isRounding = BigDecimal.isLessThanOrEqualTo(
    BigDecimal.max(BigDecimal.abs(rest.amount), BigDecimal.abs(rest.accounting)),
    BigDecimal.make(BigInt(rows.length + 1), 2)
  )
  const largest = sofar.toSorted((left, right) =>
    BigDecimal.Order(right.amount.accounting, left.amount.accounting)
  )[0]
  const codes = extras.length > 0 ? extras : isRounding && largest !== undefined ? [largest] : only
  return codes.length === 0
    ? Result.fail([withoutCode("extras such as gift wrapping", rest, "tax_amount")])
    : Result.succeed(merge([...sofar, ...split(rest, codes, currencies)]))
}
