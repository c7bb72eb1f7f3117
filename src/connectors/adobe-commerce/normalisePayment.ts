/**
 * normalisePayment: a transaction of Commerce, with what was read beside it, in our own words.
 */
import { Option, Result, Schema } from "effect"
import { CurrencyCode } from "../../accounting/CurrencyCode.ts"
import type { EncodedPayment, Payment } from "../../pipeline/Payment.ts"
import { type NormalisedRecord, Problem } from "../../pipeline/SourceRecord.ts"
import { named, personName } from "./addressOf.ts"
import { type Both, both, format, isNothing } from "./Both.ts"
import { decodePayload, Id, Instant, Money } from "./decodePayload.ts"
import { type Given, normaliseItem } from "./listSource.ts"
import { textAt } from "./recordOf.ts"

type Type = Payment["type"]

const isProblem = Schema.is(Problem)

/** Commerce's names for a type; the older `payment` is a capture by another name. */
export const paymentTypes: Readonly<Record<Type, ReadonlyArray<string>>> = {
  order: ["order"],
  authorization: ["authorization"],
  capture: ["capture", "payment"],
  refund: ["refund"],
  void: ["void"]
}

const typeOf = (name: string): Type | undefined => {
  switch (name) {
    case "order":
    case "authorization":
    case "capture":
    case "refund":
    case "void":
      return name
    case "payment":
      return "capture"
    default:
      return undefined
  }
}

const Text = Schema.optionalKey(Schema.String)
const Key = Schema.optionalKey(Id)
const Amount = Schema.optionalKey(Money)

const Transaction = Schema.Struct({
  transaction_id: Id,
  parent_id: Key,
  order_id: Id,
  txn_id: Id,
  parent_txn_id: Key,
  txn_type: Schema.String,
  is_closed: Key,
  created_at: Instant
})
type Transaction = typeof Transaction.Type

const PaidOrder = Schema.Struct({
  entity_id: Id,
  increment_id: Key,
  store_id: Key,
  order_currency_code: CurrencyCode,
  base_currency_code: CurrencyCode,
  customer_id: Key,
  customer_email: Text,
  billing_address: Schema.optionalKey(Schema.Struct({ firstname: Text, lastname: Text })),
  payment: Schema.optionalKey(
    Schema.Struct({
      method: Text,
      amount_ordered: Amount,
      base_amount_ordered: Amount,
      amount_authorized: Amount,
      base_amount_authorized: Amount,
      amount_paid: Amount,
      base_amount_paid: Amount,
      amount_refunded: Amount,
      base_amount_refunded: Amount,
      amount_canceled: Amount,
      base_amount_canceled: Amount
    })
  )
})
type PaidOrder = typeof PaidOrder.Type

const Totals = Schema.Struct({ entity_id: Id, grand_total: Money, base_grand_total: Money })

interface Stated {
  readonly amount: Both
  readonly from: Payment["amountFrom"]
}

/** What the order's payment says of a type; the figures are those of all payments of the type together. */
const ofOrder = (type: Payment["type"], { payment }: PaidOrder): Both => {
  switch (type) {
    case "order":
      return both(payment?.amount_ordered, payment?.base_amount_ordered)
    case "authorization":
      return both(payment?.amount_authorized, payment?.base_amount_authorized)
    case "capture":
      return both(payment?.amount_paid, payment?.base_amount_paid)
    case "refund":
      return both(payment?.amount_refunded, payment?.base_amount_refunded)
    case "void": {
      const cancelled = both(payment?.amount_canceled, payment?.base_amount_canceled)
      return isNothing(cancelled)
        ? both(payment?.amount_authorized, payment?.base_amount_authorized)
        : cancelled
    }
  }
}

/** The amount and where it stands; undefined where nothing says it. */
const amountOf = (type: Payment["type"], order: PaidOrder, given: Given): Stated | undefined => {
  for (const [name, from] of [
    ["invoice", "invoice"],
    ["creditMemo", "credit-note"]
  ] as const) {
    const totals = Schema.decodeUnknownOption(Totals)(given[name])
    if (Option.isSome(totals)) {
      return { amount: both(totals.value.grand_total, totals.value.base_grand_total), from }
    }
  }
  const amount = ofOrder(type, order)
  return given["ofItsType"] === 1 && !isNothing(amount) ? { amount, from: "order" } : undefined
}

const toRecord =
  (given: Given) =>
  (transaction: Transaction): EncodedPayment | Problem => {
    if (isProblem(given["problem"])) return given["problem"]
    const decoded = decodePayload(PaidOrder, "order", given["order"] ?? null)
    if (Result.isFailure(decoded)) {
      return given["order"] === undefined
        ? {
            code: "order-required",
            message: `transaction ${transaction.txn_id} carries no amount, and its order ${transaction.order_id} was not given. Give both: { "document": …, "order": …, "invoice": … }.`,
            path: "order_id"
          }
        : (decoded.failure[0] ?? { code: "unreadable-field", message: "the order cannot be read.", path: "" })
    }
    const order = decoded.success
    const type = typeOf(transaction.txn_type)
    if (type === undefined) {
      return {
        code: "unreadable-field",
        message: `txn_type of the transaction cannot be read: ${transaction.txn_type} is none of order, authorization, capture, payment, refund, void.`,
        path: "txn_type"
      }
    }
    const stated = amountOf(type, order, given)
    if (stated === undefined) {
      return {
        code: "payment-amount-unknown",
        message: `transaction ${transaction.txn_id} carries no amount in Commerce, no invoice or credit memo names it, and order ${order.increment_id ?? order.entity_id} has other payments of its type, so that the order's figures are not its own. Post it by hand from the payment provider's statement.`,
        path: "txn_id"
      }
    }
    const name = personName(order.billing_address ?? {})
    const parent = {
      ...named("id", transaction.parent_id === "0" ? undefined : transaction.parent_id),
      // Some releases before 2.4.8 name a transaction as its own parent.
      ...named(
        "number",
        transaction.parent_txn_id === transaction.txn_id ? undefined : transaction.parent_txn_id
      )
    }
    const amount = format(stated.amount.amount, order.order_currency_code)
    const accounting = format(stated.amount.accounting, order.base_currency_code)
    return {
      id: transaction.transaction_id,
      number: transaction.txn_id,
      type,
      state: transaction.is_closed === "1" ? "closed" : "open",
      createdAt: transaction.created_at,
      currency: order.order_currency_code,
      accountingCurrency: order.base_currency_code,
      amount,
      accounting: { amount: accounting },
      amountFrom: stated.from,
      ...named("method", order.payment?.method),
      ...(Object.keys(parent).length === 0 ? {} : { parent }),
      order: { id: order.entity_id, ...named("number", order.increment_id) },
      ...named("invoiceId", textAt(given["invoice"], "entity_id")),
      ...named("creditNoteId", textAt(given["creditMemo"], "entity_id")),
      customer: {
        ...named("id", order.customer_id),
        ...named("name", name),
        ...named("email", order.customer_email)
      },
      ...(order.store_id === undefined
        ? {}
        : {
            store: {
              id: order.store_id,
              ...named("code", textAt(given["store"], "code")),
              ...named("name", textAt(given["store"], "name")),
              ...named("website", textAt(given["store"], "website")),
              ...named("timeZone", textAt(given["store"], "timeZone"))
            }
          })
    }
  }

/** The payment, or why it is none. */
export const normalisePayment = (given: Given): NormalisedRecord =>
  normaliseItem(Transaction, "transaction", given, toRecord(given))
