/**
 * normalisePurchaseOrder: a purchase order of a company, in our own words.
 *
 * It is what somebody wants to buy, and moves no money: once approved it becomes
 * an order, which the source of orders reads with everything that belongs to it.
 *
 * Source: AdobeDocs/commerce-webapi graphql/schema/b2b/purchase-order, which shows
 * every field asked for here; those of `quote` only for a single purchase order.
 * Documented of the states are PENDING, APPROVED, ORDER_PLACED, REJECTED and
 * CANCELED; the others are unconfirmed, and any further one is a problem that names it.
 */
import { Schema } from "effect"
import { CurrencyCode } from "../../accounting/CurrencyCode.ts"
import { Decimal } from "../../accounting/Decimal.ts"
import type { NormalisedRecord, Problem } from "../../pipeline/SourceRecord.ts"
import { named, personName } from "./addressOf.ts"
import { format } from "./Both.ts"
import { Id, Instant, Money } from "./decodePayload.ts"
import { type Given, normaliseItem } from "./listSource.ts"

const states = {
  PENDING: "pending",
  APPROVAL_REQUIRED: "waiting-for-approval",
  APPROVED: "approved",
  APPROVED_PENDING_PAYMENT: "waiting-for-payment",
  ORDER_IN_PROGRESS: "being-ordered",
  ORDER_PLACED: "ordered",
  ORDER_FAILED: "order-failed",
  REJECTED: "rejected",
  CANCELED: "cancelled"
} as const

type Status = keyof typeof states

const isStatus = (status: string): status is Status => status in states

const Words = (description: string) => Schema.String.annotate({ description })
const Optional = (description: string) => Schema.optionalKey(Words(description))

/** A purchase order of a company. */
export const PurchaseOrder = Schema.Struct({
  id: Words("Stable key in the shop, its uid."),
  number: Words("Number of the purchase order."),
  state: Schema.Literals(Object.values(states)).annotate({
    description:
      "How far it is; ordered: it became the order named in orderNumber; order-failed: it was approved and the shop could not place the order."
  }),
  createdAt: Words("Instant, ISO 8601 in UTC."),
  updatedAt: Optional("Instant of the last change, ISO 8601 in UTC."),
  createdBy: Schema.Struct({
    name: Optional("Who made it."),
    email: Optional("As in the shop.")
  }),
  orderNumber: Optional("Number of the order it became; absent before."),
  total: Schema.optionalKey(
    Schema.Struct({
      amount: Decimal.annotate({ description: "With tax, before it is ordered that of the cart." }),
      currency: CurrencyCode
    }).annotate({ description: "What it comes to: that of the order it became, before that of its cart." })
  )
}).annotate({ identifier: "PurchaseOrder" })

/** What is asked of each purchase order, in GraphQL. */
export const purchaseOrderFields = `
  uid number created_at updated_at status
  created_by { firstname lastname email }
  order { number total { grand_total { value currency } } }
  quote { prices { grand_total { value currency } } }`

const Text = Schema.optionalKey(Schema.String)
const GrandTotal = Schema.optionalKey(Schema.Struct({ value: Money, currency: CurrencyCode }))

const CommercePurchaseOrder = Schema.Struct({
  uid: Id,
  number: Id,
  status: Schema.String,
  created_at: Instant,
  updated_at: Schema.optionalKey(Instant),
  created_by: Schema.optionalKey(Schema.Struct({ firstname: Text, lastname: Text, email: Text })),
  order: Schema.optionalKey(
    Schema.Struct({
      number: Schema.optionalKey(Id),
      total: Schema.optionalKey(Schema.Struct({ grand_total: GrandTotal }))
    })
  ),
  quote: Schema.optionalKey(
    Schema.Struct({ prices: Schema.optionalKey(Schema.Struct({ grand_total: GrandTotal })) })
  )
})
type CommercePurchaseOrder = typeof CommercePurchaseOrder.Type

const toRecord = (given: CommercePurchaseOrder): typeof PurchaseOrder.Encoded | Problem => {
  if (!isStatus(given.status)) {
    return {
      code: "unreadable-field",
      message: `status of the purchase order cannot be read: ${given.status} is none of ${Object.keys(states).join(", ")}.`,
      path: "status"
    }
  }
  const total = given.order?.total?.grand_total ?? given.quote?.prices?.grand_total
  return {
    id: given.uid,
    number: given.number,
    state: states[given.status],
    createdAt: given.created_at,
    ...named("updatedAt", given.updated_at),
    createdBy: {
      ...named("name", personName(given.created_by ?? {})),
      ...named("email", given.created_by?.email)
    },
    ...named("orderNumber", given.order?.number),
    ...(total === undefined
      ? {}
      : { total: { amount: format(total.value, total.currency), currency: total.currency } })
  }
}

/** The purchase order, or what is wrong with it. */
export const normalisePurchaseOrder = (given: Given): NormalisedRecord =>
  normaliseItem(CommercePurchaseOrder, "purchase order", given, toRecord)
