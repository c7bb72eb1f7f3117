/**
 * changes: what people do in the shop meanwhile.
 */
import { BigDecimal, Clock, Effect } from "effect"
import type { Draw } from "../../src/sandbox/commerce/Draw.ts"
import { payloadAt, type PayloadObject } from "../../src/sandbox/commerce/Payload.ts"
import { timestamp } from "../../src/sandbox/commerce/timestamp.ts"
import type { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { isCancelled } from "./verdict.ts"

const oneMore = (value: PayloadObject[string]) =>
  BigDecimal.isBigDecimal(value) ? BigDecimal.sum(value, BigDecimal.fromBigInt(1n)) : value

/** Shipping costs 1.00 more; only where it bears no tax and one currency is enough. */
const dearer = (invoice: PayloadObject): PayloadObject => ({
  ...invoice,
  ...Object.fromEntries(
    ["grand_total", "shipping_amount", "shipping_incl_tax"]
      .flatMap((field) => [field, `base_${field}`])
      .map((field) => [field, oneMore(invoice[field])])
  )
})

const isPositive = (invoice: PayloadObject, field: string) => {
  const value = payloadAt(invoice, field)
  return BigDecimal.isBigDecimal(value) && BigDecimal.isPositive(value)
}

const canBeDearer = (invoice: PayloadObject) =>
  invoice["base_currency_code"] === invoice["order_currency_code"] &&
  isPositive(invoice, "shipping_amount") &&
  isPositive(invoice, "grand_total") &&
  !isPositive(invoice, "shipping_tax_amount")

/** Changes one invoice: another amount, cancelled, or no longer cancelled. */
export const changeOne = Effect.fn("changeOne")(function* (sandbox: Sandbox, draw: Draw) {
  const now = yield* Clock.currentTimeMillis
  yield* sandbox.commerce.update((shop) => {
    const chosen = draw.between(0, shop.invoices.length - 1)
    const isCancelling = draw.between(0, 1) === 0
    const changed = (invoice: PayloadObject): PayloadObject =>
      isCancelled(invoice)
        ? { ...invoice, state: 2 }
        : isCancelling || !canBeDearer(invoice)
          ? { ...invoice, state: 3 }
          : dearer(invoice)
    return {
      ...shop,
      invoices: shop.invoices.map((invoice, index) =>
        index === chosen ? { ...changed(invoice), updated_at: timestamp(Math.floor(now / 1000)) } : invoice
      )
    }
  })
})
