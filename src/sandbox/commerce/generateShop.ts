/**
 * generateShop: a made-up shop whose totals are as exact as a real one's should be.
 *
 * The same seed and number of documents give the same shop, to the byte. Every invoice and credit memo
 * equals the sum of its parts, but for the scenario of the lost penny, where one invoice in base and in
 * order currency is one cent more than its parts, as rounding across partial invoices makes happen.
 * No amount has a fraction of a cent.
 */
import { Array, Order } from "effect"
import { categoryPayloads, productPayloads } from "./catalogue.ts"
import {
  captureId,
  creditMemoPayload,
  invoicePayload,
  refundId,
  type IssuedDocument
} from "./IssuedDocument.ts"
import { orderNumbers } from "./orderNumbers.ts"
import { orderPayload } from "./orderPayload.ts"
import { isZeroPair } from "./Pair.ts"
import type { PayloadObject } from "./Payload.ts"
import { companyCreditPayloads } from "./companyCreditPayloads.ts"
import { companyPayloads, customerPayloads } from "./customerPayloads.ts"
import { type DocumentDraft, saleDrafts } from "./saleDrafts.ts"
import type { Shop } from "./Shop.ts"
import { storefront } from "./storefront.ts"
import { timestamp } from "./timestamp.ts"

/** How many documents a shop has when nobody asks for another number: enough for every feature. */
export const defaultDocuments = 60

/** The seed of the shop that `ledgerline sandbox` and the demo show. */
export const defaultSeed = 1

/**
 * Makes a shop with `documents` invoices and credit memos together, all of September and October 2026,
 * and beside them orders that have none: still waiting, cancelled, or edited into another. With
 * `cancelsInvoices` some invoices are cancelled and made anew; the cancelled ones come on top.
 */
export const generateShop = (options: {
  readonly seed?: number
  readonly documents?: number
  readonly cancelsInvoices?: boolean
}): Shop => {
  const drafts = saleDrafts({
    seed: options.seed ?? defaultSeed,
    documents: options.documents ?? defaultDocuments,
    cancelsInvoices: options.cancelsInvoices ?? false
  })
  const invoices = number(
    drafts.flatMap(({ cancelledInvoices, invoices }) => [...cancelledInvoices, ...invoices])
  )
  const creditMemos = number(drafts.flatMap(({ creditMemos }) => creditMemos))
  const numbers = orderNumbers(drafts)
  const invoicesOf = byOrder(invoices)
  const creditMemosOf = byOrder(creditMemos)

  return {
    ...storefront,
    ...companyCreditPayloads(drafts.map(({ sale }) => sale)),
    companies: companyPayloads,
    customers: customerPayloads,
    products: productPayloads,
    categories: categoryPayloads,
    orders: drafts.map(({ sale, ...draft }, index) =>
      orderPayload({
        sale,
        ...(numbers[index] ?? { number: "", relations: {} }),
        isCancelled: draft.cancelledAt !== undefined,
        updatedAt: Math.max(
          sale.createdAt,
          draft.cancelledAt ?? 0,
          ...[...draft.invoices, ...draft.creditMemos].map((each) => each.updatedAt)
        ),
        invoices: draft.invoices.map(({ document }) => document),
        paid: draft.invoices.filter((issued) => invoiceState(issued) === 2).map(({ document }) => document),
        creditMemos: draft.creditMemos.map(({ document }) => document)
      })
    ),
    invoices: invoices.map((issued) =>
      invoicePayload({
        ...issued,
        state: invoiceState(issued),
        refunds: isLast(issued) ? creditMemosOf(issued).map(({ document }) => document) : []
      })
    ),
    creditmemos: creditMemos.map((issued) => {
      const invoice = invoicesOf(issued).find(isLast)
      return creditMemoPayload(
        isOnline(issued) && invoice !== undefined ? { ...issued, invoiceId: invoice.entityId } : issued
      )
    }),
    transactions: transactionsOf(invoices, creditMemos, (memo) => invoicesOf(memo).find(isLast))
  }
}

/** Gives documents their ids and numbers in the order of their issue. */
const number = (drafts: ReadonlyArray<DocumentDraft>): ReadonlyArray<IssuedDocument> => {
  const ordered = Array.sortWith(drafts, ({ createdAt }) => createdAt, Order.Number)
  const numbers = countPerStore(ordered, ({ document }) => document.sale.store.id)
  let nextItemId = 1
  return ordered.map((draft, index) => {
    const firstItemId = nextItemId
    nextItemId += draft.document.rows.length
    return { ...draft, entityId: index + 1, firstItemId, number: numbers[index] ?? 0 }
  })
}

const countPerStore = <A>(list: ReadonlyArray<A>, storeOf: (item: A) => number): ReadonlyArray<number> => {
  const counts = new Map<number, number>()
  return list.map((item) => {
    const count = (counts.get(storeOf(item)) ?? 0) + 1
    counts.set(storeOf(item), count)
    return count
  })
}

const invoiceState = ({ document, isCancelled }: DocumentDraft): 1 | 2 | 3 =>
  isCancelled
    ? 3
    : document.sale.scenario.lastInvoiceOpen && document.position === document.sale.scenario.invoices - 1
      ? 1
      : 2

/** Refunds are made against the last invoice of a sale. */
const isLast = ({ document, isCancelled }: IssuedDocument) =>
  !isCancelled && document.position === document.sale.scenario.invoices - 1

const isOnline = ({ document }: IssuedDocument) => document.sale.scenario.method === "braintree"

/** Looks up the documents that belong to the same order. */
const byOrder = (documents: ReadonlyArray<IssuedDocument>) => {
  const groups = Map.groupBy(documents, ({ document }) => document.sale.orderId)
  return ({ document }: IssuedDocument): ReadonlyArray<IssuedDocument> =>
    groups.get(document.sale.orderId) ?? []
}

/** What the payment gateway took and gave back; nothing for documents without a rest to pay. */
const transactionsOf = (
  invoices: ReadonlyArray<IssuedDocument>,
  creditMemos: ReadonlyArray<IssuedDocument>,
  refundedInvoice: (memo: IssuedDocument) => IssuedDocument | undefined
): ReadonlyArray<PayloadObject> => {
  const isTaken = (issued: IssuedDocument) => isOnline(issued) && !isZeroPair(issued.document.grandTotal)
  const payload = (
    type: "capture" | "refund",
    issued: IssuedDocument,
    id: string,
    parentId: string | null
  ) => ({
    order_id: issued.document.sale.orderId,
    payment_id: issued.document.sale.orderId,
    txn_id: id,
    parent_txn_id: parentId,
    txn_type: type,
    is_closed: type === "refund" ? 1 : 0,
    additional_information: [],
    created_at: timestamp(issued.createdAt),
    child_transactions: []
  })
  return [
    ...invoices
      .filter(isOnline)
      .map((issued) => payload("capture", issued, captureId(issued.entityId), null)),
    ...creditMemos.filter(isTaken).map((issued) => {
      const invoice = refundedInvoice(issued)
      return payload(
        "refund",
        issued,
        refundId(issued.entityId),
        invoice === undefined ? null : captureId(invoice.entityId)
      )
    })
  ].map((transaction, index) => ({ transaction_id: index + 1, ...transaction }))
}
