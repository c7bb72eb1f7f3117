/**
 * normaliseOrder: an order of Commerce in our own words.
 *
 * The document says what is to be invoiced in all, and does not change when a
 * part is invoiced, so that invoices can release what the order posted. Once no
 * more will be invoiced, because all of it was or because the rest is cancelled,
 * it is what was invoiced, to the cent.
 *
 * Source: magento2 Sales/Model/Order.php, registerCancellation() for what
 * cancelling leaves in the fields, Sales/Model/AdminOrder/Create.php for edits.
 */
import { BigDecimal, Result } from "effect"
import { type Decimal, zero } from "../../accounting/Decimal.ts"
import type { SalesDocument } from "../../pipeline/SalesDocument.ts"
import type { Json } from "../../pipeline/SourceRecord.ts"
import { both } from "./Both.ts"
import type { CommerceDocument } from "./CommerceDocument.ts"
import { decodePayload } from "./decodePayload.ts"
import { type Given, type Kind, refuse, stateOf, storeOf } from "./normalise.ts"
import { orderRows, type Part } from "./orderRows.ts"
import { PlacedOrder } from "./PlacedOrder.ts"
import { textAt } from "./recordOf.ts"
import { type Normalised, type Reading, salesDocumentOf } from "./salesDocumentOf.ts"

/** An order, by its state; a status is whatever the shop calls it. `fraud` is a status. */
export const orderKind: Kind = {
  kind: "order",
  label: "order",
  states: {
    new: "open",
    pending_payment: "pending",
    payment_review: "pending",
    processing: "processing",
    holded: "on-hold",
    complete: "complete",
    closed: "closed",
    canceled: "cancelled"
  },
  normalise: (given) => normaliseOrder(given)
}

const isSome = (value: Decimal | undefined) => value !== undefined && !BigDecimal.isZero(value)

const hasInvoices = (order: PlacedOrder) =>
  isSome(order.base_total_invoiced) || order.items.some(({ qty_invoiced }) => isSome(qty_invoiced))

/**
 * Cancelling an order that is partly invoiced leaves it processing or complete, and says so in the
 * amounts only. An order can also be complete because a program says so, with invoices yet to come.
 */
const isFinal = (order: PlacedOrder) =>
  order.state === "canceled" ||
  order.state === "closed" ||
  isSome(order.base_subtotal_canceled) ||
  (order.state === "complete" && BigDecimal.equals(order.base_subtotal_invoiced ?? zero, order.base_subtotal))

/** Shipping is charged whole, by the first invoice that has goods to ship. */
const headerOf = (order: PlacedOrder, part: Part): CommerceDocument => {
  const extension = order.extension_attributes
  const isWhole = part === "ordered"
  const chargesShipping = isWhole || isSome(order.base_shipping_invoiced)
  const pick = (ordered: Decimal | undefined, invoiced: Decimal | undefined) =>
    (isWhole ? ordered : invoiced) ?? zero
  const onShipping = (amount: Decimal | undefined) => (chargesShipping ? (amount ?? zero) : zero)
  return {
    entity_id: order.entity_id,
    increment_id: order.increment_id ?? order.entity_id,
    order_id: order.entity_id,
    state: order.state,
    created_at: order.created_at,
    ...(order.updated_at === undefined ? {} : { updated_at: order.updated_at }),
    order_currency_code: order.order_currency_code,
    base_currency_code: order.base_currency_code,
    grand_total: pick(order.grand_total, order.total_invoiced),
    base_grand_total: pick(order.base_grand_total, order.base_total_invoiced),
    subtotal: pick(order.subtotal, order.subtotal_invoiced),
    base_subtotal: pick(order.base_subtotal, order.base_subtotal_invoiced),
    discount_amount: pick(order.discount_amount, order.discount_invoiced),
    base_discount_amount: pick(order.base_discount_amount, order.base_discount_invoiced),
    shipping_amount: pick(order.shipping_amount, order.shipping_invoiced),
    base_shipping_amount: pick(order.base_shipping_amount, order.base_shipping_invoiced),
    tax_amount: pick(order.tax_amount, order.tax_invoiced),
    base_tax_amount: pick(order.base_tax_amount, order.base_tax_invoiced),
    shipping_tax_amount: onShipping(order.shipping_tax_amount),
    base_shipping_tax_amount: onShipping(order.base_shipping_tax_amount),
    shipping_discount_tax_compensation_amount: onShipping(order.shipping_discount_tax_compensation_amount),
    base_shipping_discount_tax_compensation_amnt: onShipping(
      order.base_shipping_discount_tax_compensation_amnt
    ),
    items: [],
    extension_attributes: {
      gift_cards_amount: pick(extension?.gift_cards_amount, extension?.gift_cards_invoiced),
      base_gift_cards_amount: pick(extension?.base_gift_cards_amount, extension?.base_gift_cards_invoiced),
      customer_balance_amount: pick(extension?.customer_balance_amount, extension?.customer_balance_invoiced),
      base_customer_balance_amount: pick(
        extension?.base_customer_balance_amount,
        extension?.base_customer_balance_invoiced
      ),
      gw_price: pick(extension?.gw_price, extension?.gw_price_invoiced),
      gw_base_price: pick(extension?.gw_base_price, extension?.gw_base_price_invoiced),
      gw_items_price: pick(extension?.gw_items_price, extension?.gw_items_price_invoiced),
      gw_items_base_price: pick(extension?.gw_items_base_price, extension?.gw_items_base_price_invoiced),
      gw_card_price: pick(extension?.gw_card_price, extension?.gw_card_price_invoiced),
      gw_card_base_price: pick(extension?.gw_card_base_price, extension?.gw_card_base_price_invoiced)
    }
  }
}

/** The order with its custom fees as far as they were invoiced. */
const withFeesInvoiced = (order: PlacedOrder): PlacedOrder =>
  order.extension_attributes?.custom_fees === undefined
    ? order
    : {
        ...order,
        extension_attributes: {
          ...order.extension_attributes,
          custom_fees: order.extension_attributes.custom_fees.map((fee) => ({
            ...fee,
            custom_fee_amount: fee.custom_fee_amount_invoiced ?? zero,
            base_custom_fee_amount: fee.base_custom_fee_amount_invoiced ?? zero
          }))
        }
      }

const reference = (id: string, number: string | undefined) => ({
  id,
  ...(number === undefined ? {} : { number })
})

/**
 * The orders an edit ties this one to. A number that ends in -1 is no proof:
 * releases since 2.4.7 give it to plain re-orders too. An edit cancels the
 * original, and the original names the order that it was edited into.
 */
const linksOf = (order: PlacedOrder, original: Json | undefined): NonNullable<Reading["links"]> => {
  const parent = order.relation_parent_id
  const child = order.relation_child_id
  const isEdit =
    parent !== undefined &&
    textAt(original, "entity_id") === parent &&
    textAt(original, "state") === "canceled" &&
    ["", order.entity_id].includes(textAt(original, "relation_child_id"))
  return {
    ...(isEdit ? { replaces: reference(parent, order.relation_parent_real_id) } : {}),
    ...(child !== undefined && order.state === "canceled"
      ? { replacedBy: reference(child, order.relation_child_real_id) }
      : {})
  }
}

/** An order that was cancelled after a part was invoiced still stands for that part. */
const stateWith = (state: SalesDocument["state"], part: Part): SalesDocument["state"] =>
  state === "cancelled" && part === "invoiced" ? "closed" : state

/** The order, or what is wrong with it; `given.order` is the order that it names as its original. */
export const normaliseOrder = (given: Given): Normalised => {
  const decoded = decodePayload(PlacedOrder, orderKind.label, given.document)
  if (Result.isFailure(decoded)) return refuse(...decoded.failure)
  const order = decoded.success
  const state = stateOf(orderKind, order.state)
  if (Result.isFailure(state)) return refuse(state.failure)
  const store = storeOf(orderKind, order.store_id, given.store)
  if (Result.isFailure(store)) return refuse(store.failure)

  // Where nothing was invoiced a cancelled order is shown as it was; nothing of it is posted.
  const isWhole = !isFinal(order) || (order.state === "canceled" && !hasInvoices(order))
  const part: Part = isWhole ? "ordered" : "invoiced"
  const document = headerOf(order, part)
  const rows = orderRows(order, part, both(document.subtotal, document.base_subtotal))
  if (Result.isFailure(rows)) return refuse(rows.failure)
  const extension = order.extension_attributes
  const points = both(extension?.reward_currency_amount, extension?.base_reward_currency_amount)
  return salesDocumentOf({
    kind: orderKind.kind,
    label: orderKind.label,
    document,
    order: isWhole ? order : withFeesInvoiced(order),
    rows: rows.success,
    state: stateWith(state.success, part),
    store: store.success,
    links: linksOf(order, given.order),
    ...(isWhole ? { rewardPoints: points } : {})
  })
}
