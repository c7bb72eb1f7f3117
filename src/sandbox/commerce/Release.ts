/**
 * Release: what a release of Commerce does otherwise than the others with the same data.
 *
 * The generated payloads are those of 2.4.9. Every other release is shown by changing them on their
 * way out, so that one shop can be looked at through all of them.
 *
 * Source: magento2 Sales/Model/Order/Webapi/ChangeOutputArray.php and its patches (issues 39984 and
 * 38687, ACSD-65775); issue 26988 for pages past the last; release notes of 2.4.8 for transactions;
 * ACSD-62118 for lost tax details; issue 16854 for lost default addresses; AdobeDocs/commerce-webapi, the schemas of 2.4.6 to 2.4.9 and SaaS.
 */
import { BigDecimal } from "effect"
import { isPayloadObject, type Payload, payloadsAt, type PayloadObject } from "./Payload.ts"

/** The releases that differ, oldest first; SaaS is always the newest. */
export const releases = [
  "2.2",
  "2.3",
  "2.4.0",
  "2.4.1",
  "2.4.2",
  "2.4.3",
  "2.4.4",
  "2.4.5",
  "2.4.6",
  "2.4.7",
  "2.4.8",
  "2.4.9",
  "saas"
] as const
export type Release = (typeof releases)[number]

const isBefore = (release: Release, other: Release) => releases.indexOf(release) < releases.indexOf(other)

/** Whether a page past the last repeats the last one. */
export const repeatsLastPage = (release: Release): boolean => isBefore(release, "2.4.0")

/** Whether a transaction that is its own parent sends the server round for ever, until its memory is used up. */
export const loopsOnTransactions = (release: Release): boolean => isBefore(release, "2.4.8")

/** Whether a new address that is to be a default becomes none, where the customer had one. */
export const losesDefaults = (release: Release, customer: PayloadObject): boolean =>
  isBefore(release, "2.4.0") && customer["default_billing"] !== undefined

const amount = (item: PayloadObject, field: string): BigDecimal.BigDecimal => {
  const value = item[field]
  if (BigDecimal.isBigDecimal(value)) return value
  return typeof value === "number" ? BigDecimal.fromNumberUnsafe(value) : BigDecimal.fromBigInt(0n)
}

/** Row totals: as stored, less the discount, or of one piece less the discount of all. */
const rowTotals = (item: PayloadObject, release: Release): PayloadObject => {
  if (release === "2.2" || release === "2.4.8") {
    const fields = [
      ["row_total", "price", "discount_amount"],
      ["base_row_total", "base_price", "base_discount_amount"]
    ] as const
    return Object.fromEntries(
      fields.map(([field, price, discount]) => [
        field,
        release === "2.2"
          ? BigDecimal.sum(amount(item, field), amount(item, discount))
          : BigDecimal.subtract(amount(item, price), amount(item, discount))
      ])
    )
  }
  return {}
}

const itemAt = (item: PayloadObject, release: Release): PayloadObject => {
  const parent = item["parent_item"]
  return {
    ...item,
    // Since 2.4.9 the child of a bundle shows its parent's price.
    ...(isBefore(release, "2.4.9") && item["original_price"] !== undefined
      ? { price: item["original_price"] }
      : {}),
    ...rowTotals(item, release),
    ...(isPayloadObject(parent) ? { parent_item: itemAt(parent, release) } : {}),
    ...(release === "saas" ? { custom_attributes: [] } : {})
  }
}

const since247 = new Set([
  "taxes",
  "additional_itemized_taxes",
  "custom_fees",
  "coupon_codes",
  "coupon_discounts"
])

/** Tax details of orders on account are lost in 2.4.6 and 2.4.7, as in the flow of purchase orders. */
const losesTaxes = (order: PayloadObject, release: Release) => {
  const { payment } = order
  return (
    (release === "2.4.6" || release === "2.4.7") &&
    isPayloadObject(payment) &&
    payment["method"] === "companycredit"
  )
}

const extensionAt = (order: PayloadObject, release: Release): Payload => {
  const extension = order["extension_attributes"]
  if (!isPayloadObject(extension)) return extension
  const kept = Object.entries(extension).filter(
    ([name]) => !(isBefore(release, "2.4.7") && since247.has(name))
  )
  return {
    ...Object.fromEntries(kept),
    ...(losesTaxes(order, release) ? { applied_taxes: [], item_applied_taxes: [] } : {}),
    ...(isBefore(release, "2.4.7")
      ? {}
      : {
          coupon_codes: typeof order["coupon_code"] === "string" ? [order["coupon_code"]] : [],
          taxes: losesTaxes(order, release) ? [] : payloadsAt(extension, "applied_taxes")
        })
  }
}

const orderAt = (order: PayloadObject, release: Release): PayloadObject => ({
  ...order,
  items: payloadsAt(order, "items").map((item) => itemAt(item, release)),
  extension_attributes: extensionAt(order, release),
  ...(release === "saas" ? { custom_attributes: [] } : {})
})

/** `payload` of a list as the release shows it. Invoices and credit memos are the same in all of PaaS. */
export const shownBy = (release: Release, list: string, payload: PayloadObject): PayloadObject => {
  if (release === "2.4.9") return payload
  if (list === "orders") return orderAt(payload, release)
  const isDocument = list === "invoices" || list === "creditmemos"
  return release === "saas" && isDocument ? { ...payload, custom_attributes: [] } : payload
}
