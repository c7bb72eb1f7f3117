/**
 * normalise: a payload of Commerce to a sales document in our own words.
 *
 * Pure. An invoice or credit memo is read together with its order, which names
 * what they do not repeat; `normaliseOrder` reads the order as a document of
 * its own.
 */
import { Result } from "effect"
import type { EncodedSalesDocument, SalesDocument } from "../../pipeline/SalesDocument.ts"
import type { Json, Problem } from "../../pipeline/SourceRecord.ts"
import { carryingRows } from "./carryingRows.ts"
import { CommerceDocument } from "./CommerceDocument.ts"
import { CommerceOrder } from "./CommerceOrder.ts"
import { decodePayload } from "./decodePayload.ts"
import { type Normalised, salesDocumentOf } from "./salesDocumentOf.ts"
import type { StoreNames } from "./Stores.ts"

/**
 * What there is to normalise. `order` is the order of an invoice or credit memo,
 * and of an order the one that it was edited from; it may be missing.
 */
export interface Given {
  readonly document: Json
  readonly order?: Json
  readonly store?: StoreNames
}

/** What tells the kinds of document apart. */
export interface Kind {
  readonly kind: SalesDocument["kind"]
  /** In messages. */
  readonly label: string
  /** Commerce's names for states. Custom statuses are not read. */
  readonly states: Readonly<Record<string, SalesDocument["state"]>>
  /** The document, or what is wrong with it. */
  readonly normalise: (given: Given) => Normalised
}

/** Nothing but what is wrong. */
export const refuse = (...problems: ReadonlyArray<Problem>): Normalised => ({ _tag: "Problems", problems })

/** The state in our words; a problem when Commerce has no such state for this kind. */
export const stateOf = (kind: Kind, state: string): Result.Result<SalesDocument["state"], Problem> => {
  const word = kind.states[state]
  return word === undefined
    ? Result.fail({
        code: "unreadable-field",
        message: `state of the ${kind.label} cannot be read: ${state} is none of ${Object.entries(kind.states)
          .map(([number, word]) => `${number} (${word})`)
          .join(", ")}. Check that this is a ${kind.label}.`,
        path: "state"
      })
    : Result.succeed(word)
}

/** The store the document belongs to; a problem where it is gone. */
export const storeOf = (
  kind: Kind,
  id: string | undefined,
  names: StoreNames | undefined
): Result.Result<EncodedSalesDocument["store"], Problem> =>
  id === undefined
    ? Result.fail({
        code: "missing-field",
        message: `the ${kind.label} has no store_id: its store view was deleted in Commerce. Post it by hand; it can no longer be told which company it belongs to.`,
        path: "store_id"
      })
    : Result.succeed({ id, ...names })

const decodeOrder = (
  kind: Kind,
  given: Given,
  orderId: string
): Result.Result<CommerceOrder | undefined, ReadonlyArray<Problem>> => {
  if (given.order === undefined || given.order === null) return Result.succeed(undefined)
  const order = decodePayload(CommerceOrder, "order", given.order)
  return Result.isSuccess(order) && order.success.entity_id !== orderId
    ? Result.fail([
        {
          code: "order-mismatch",
          message: `the ${kind.label} belongs to order ${orderId}, but order ${order.success.entity_id} was given. Give the order whose entity_id is ${orderId}.`,
          path: "order.entity_id"
        }
      ])
    : order
}

/** Normalises an invoice or credit memo. Never fails: what cannot be read becomes problems. */
export const normalise = (kind: Kind, given: Given): Normalised => {
  const decoded = decodePayload(CommerceDocument, kind.label, given.document)
  if (Result.isFailure(decoded)) return refuse(...decoded.failure)
  const document = decoded.success
  const decodedOrder = decodeOrder(kind, given, document.order_id)
  if (Result.isFailure(decodedOrder)) return refuse(...decodedOrder.failure)
  const order = decodedOrder.success
  const state = stateOf(kind, document.state)
  if (Result.isFailure(state)) return refuse(state.failure)
  const store = storeOf(kind, document.store_id ?? order?.store_id, given.store)
  if (Result.isFailure(store)) return refuse(store.failure)
  const rows = carryingRows(document, order)
  if (Result.isFailure(rows)) return refuse(rows.failure)
  return salesDocumentOf({
    kind: kind.kind,
    label: kind.label,
    document,
    order,
    rows: rows.success,
    state: state.success,
    store: store.success
  })
}
