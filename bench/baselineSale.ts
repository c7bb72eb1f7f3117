/**
 * baselineSale: what the baseline makes of an invoice or credit memo, written by hand.
 *
 * Plain numbers in cents, no schema, no decimals, and only the fields that the
 * vouchers need, under the names that the shipped expressions and rules use.
 */

/** An object of the wire, with fields that are read by a computed name. */
type Fields = { readonly [name: string]: unknown }

interface AppliedTax {
  readonly code?: string
  readonly title?: string
  readonly amount?: number
  readonly base_amount?: number
}

interface ItemTaxes {
  readonly type?: string
  readonly item_id?: number
  readonly applied_taxes?: ReadonlyArray<AppliedTax>
}

/** An order of Commerce, as far as it is read. */
export type Order = Fields & {
  readonly entity_id: number
  readonly items: ReadonlyArray<Fields & { readonly item_id: number; readonly product_type: string }>
  readonly extension_attributes?: { readonly item_applied_taxes?: ReadonlyArray<ItemTaxes> }
}

/** An invoice or credit memo of Commerce, as far as it is read. */
export type Payload = Fields & {
  readonly entity_id: number
  readonly increment_id: string
  readonly order_id: number
  readonly store_id: number
  readonly created_at: string
  readonly updated_at: string
  readonly order_currency_code: string
  readonly base_currency_code: string
  readonly items: ReadonlyArray<
    Fields & {
      readonly order_item_id: number
      readonly sku: string
      readonly name: string
      readonly base_row_total?: number
    }
  >
  readonly extension_attributes?: Fields
}

/** Which of the two kinds. */
export type DocumentKind = "invoice" | "credit-note"

interface Money {
  readonly amount: string
  readonly accounting: { readonly amount: string }
}

interface Net {
  readonly net: string
  readonly accounting: { readonly net: string }
}

/** A document in the words of the shipped pipelines; amounts are decimal strings. */
export interface BaselineSale {
  readonly kind: DocumentKind
  readonly id: string
  readonly number: string
  readonly createdAt: string
  readonly currency: string
  readonly accountingCurrency: string
  readonly store: { readonly id: string; readonly code?: string }
  readonly lines: ReadonlyArray<
    Net & { readonly sku: string; readonly name: string; readonly productType: string }
  >
  readonly shipping: Net
  readonly taxes: ReadonlyArray<Money & { readonly code: string }>
  readonly settlements: ReadonlyArray<Money & { readonly type: string }>
  readonly fees: ReadonlyArray<Money & { readonly type: string; readonly title: string }>
  readonly totals: { readonly grand: string; readonly accounting: { readonly grand: string } }
}

const cents = (value: unknown): number => Math.round(Number(value ?? 0) * 100)
const text = (value: number): string => (value / 100).toFixed(2)

/** The field in the currency of the order, and in the base currency, whose name is not always regular. */
const pairOf = (from: Fields | undefined, name: string): readonly [number, number] => [
  cents(from?.[name]),
  cents(from?.[`base_${name}`] ?? from?.[`base_${name.replace(/amount$/u, "amnt")}`])
]

const money = ([amount, accounting]: readonly [number, number]): Money => ({
  amount: text(amount),
  accounting: { amount: text(accounting) }
})

const netOf = ([net, accounting]: readonly [number, number]): Net => ({
  net: text(net),
  accounting: { net: text(accounting) }
})

/** Splits a whole number of cents by weight; what is left over goes to the largest remainders. */
const allocate = (total: number, weights: ReadonlyArray<number>): Array<number> => {
  const whole = weights.reduce((all, weight) => all + weight, 0)
  const exact = weights.map((weight) => (total * weight) / whole)
  const parts = exact.map(Math.floor)
  const left = total - parts.reduce((all, part) => all + part, 0)
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .toSorted((a, b) => b.remainder - a.remainder)
  for (const { index } of byRemainder.slice(0, left)) parts[index] = (parts[index] ?? 0) + 1
  return parts
}

/** Rows that state a total carry the money, if they add up to the subtotal. */
const carryingRows = (document: Payload) => {
  const rows = document.items.filter((row) => row.base_row_total !== undefined)
  const total = rows.reduce((all, row) => all + cents(row.base_row_total), 0)
  return Math.abs(total - cents(document["base_subtotal"])) > rows.length ? undefined : rows
}

/** The tax of the document by code, or nothing where the order does not name the codes. */
const taxesOf = (document: Payload, order: Order, rows: Payload["items"]) => {
  const details = order.extension_attributes?.item_applied_taxes ?? []
  const byCode = new Map<string, [number, number]>()
  const spread = ([amount, base]: readonly [number, number], taxes: ReadonlyArray<AppliedTax>): boolean => {
    if (amount === 0 && base === 0) return true
    if (taxes.length === 0) return false
    const amounts = allocate(
      amount,
      taxes.map((tax) => cents(tax.amount))
    )
    const bases = allocate(
      base,
      taxes.map((tax) => cents(tax.base_amount))
    )
    for (const [index, tax] of taxes.entries()) {
      const [a, b] = byCode.get(tax.code ?? "") ?? [0, 0]
      byCode.set(tax.code ?? "", [a + (amounts[index] ?? 0), b + (bases[index] ?? 0)])
    }
    return true
  }
  const of = (is: (detail: ItemTaxes) => boolean) =>
    details.filter(is).flatMap((detail) => detail.applied_taxes ?? [])

  const complete = [
    ...rows.map((row) =>
      spread(
        pairOf(row, "tax_amount"),
        of((detail) => detail.type === "product" && detail.item_id === row.order_item_id)
      )
    ),
    spread(
      pairOf(document, "shipping_tax_amount"),
      of((detail) => detail.type === "shipping")
    )
  ].every(Boolean)
  if (!complete) return undefined

  const [tax, base] = pairOf(document, "tax_amount")
  const codes = [...byCode.values()]
  const rest = tax - codes.reduce((all, [amount]) => all + amount, 0)
  const baseRest = base - codes.reduce((all, [, amount]) => all + amount, 0)
  const largest = codes.toSorted(([, a], [, b]) => b - a)[0]
  if (rest !== 0 || baseRest !== 0) {
    if (largest === undefined || Math.max(Math.abs(rest), Math.abs(baseRest)) > rows.length + 1)
      return undefined
    largest[0] += rest
    largest[1] += baseRest
  }
  return [...byCode].map(([code, amounts]) => ({ code, ...money(amounts) }))
}

const shippingOf = (kind: DocumentKind, document: Payload, rows: Payload["items"]): Net => {
  const gross = pairOf(document, "shipping_amount")
  const header = pairOf(document, "discount_amount")
  const compensation =
    kind === "invoice"
      ? pairOf(document, "shipping_discount_tax_compensation_amount")
      : pairOf(document, "discount_tax_compensation_amount")
  const net = ([0, 1] as const).map((which) => {
    if (gross[which] === 0) return 0
    const sumOf = (name: string) => rows.reduce((all, row) => all + pairOf(row, name)[which], 0)
    const discount = Math.max(0, -header[which] - sumOf("discount_amount"))
    const inDiscount = Math.max(
      0,
      compensation[which] - (kind === "invoice" ? 0 : sumOf("discount_tax_compensation_amount"))
    )
    return gross[which] - discount + inDiscount
  })
  return netOf([net[0] ?? 0, net[1] ?? 0])
}

const lineOf = (row: Payload["items"][number], types: ReadonlyMap<number, string>) => {
  const gross = pairOf(row, "row_total")
  const discount = pairOf(row, "discount_amount")
  const compensation = pairOf(row, "discount_tax_compensation_amount")
  const type = types.get(row.order_item_id) ?? "unknown"
  return {
    sku: row.sku,
    name: row.name,
    productType: type === "giftcard" ? "gift-card" : type,
    ...netOf([gross[0] - discount[0] + compensation[0], gross[1] - discount[1] + compensation[1]])
  }
}

const isSomething = ({ accounting, amount }: Money) => amount !== "0.00" || accounting.amount !== "0.00"

/** The sale, or nothing when its rows or its tax do not add up. `stores` are the codes by store id. */
export const baselineSale = (
  kind: DocumentKind,
  document: Payload,
  order: Order,
  stores: ReadonlyMap<number, string>
): BaselineSale | undefined => {
  const rows = carryingRows(document)
  const taxes = rows === undefined ? undefined : taxesOf(document, order, rows)
  if (rows === undefined || taxes === undefined) return undefined
  const types = new Map(order.items.map((item) => [item.item_id, item.product_type]))
  const code = stores.get(document.store_id)
  const extension = document.extension_attributes
  const [kept, keptBase] = pairOf(document, "adjustment_negative")
  const grand = pairOf(document, "grand_total")
  return {
    kind,
    id: String(document.entity_id),
    number: document.increment_id,
    createdAt: `${document.created_at.replace(" ", "T")}Z`,
    currency: document.order_currency_code,
    accountingCurrency: document.base_currency_code,
    store: { id: String(document.store_id), ...(code === undefined ? {} : { code }) },
    lines: rows.map((row) => lineOf(row, types)),
    shipping: shippingOf(kind, document, rows),
    taxes,
    settlements: [
      { type: "gift-card", ...money(pairOf(extension, "gift_cards_amount")) },
      { type: "store-credit", ...money(pairOf(extension, "customer_balance_amount")) }
    ].filter(isSomething),
    fees: [
      {
        type: "adjustment-refund",
        title: "Adjustment refund",
        ...money(pairOf(document, "adjustment_positive"))
      },
      { type: "adjustment-fee", title: "Adjustment fee", ...money([-kept, -keptBase]) }
    ].filter(isSomething),
    totals: { grand: text(grand[0]), accounting: { grand: text(grand[1]) } }
  }
}
