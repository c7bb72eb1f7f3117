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
} from "./documentPayload.ts"
import { makeDraw, type Draw } from "./Draw.ts"
import { orderPayload } from "./orderPayload.ts"
import { isZeroPair } from "./Pair.ts"
import type { PayloadObject } from "./Payload.ts"
import { customerPayloads } from "./people.ts"
import { makeSale, type Sale } from "./Sale.ts"
import { makeCreditMemos, makeInvoices, type SaleDocument } from "./SaleDocument.ts"
import { danishScenario, scenarios, type Scenario } from "./scenarios.ts"
import type { Shop } from "./Shop.ts"
import { storefront } from "./storefront.ts"
import { instant, timestamp } from "./wireFormat.ts"

/** How many documents a shop has when nobody asks for another number: enough for every feature. */
export const defaultDocuments = 60

/** The seed of the shop that `ledgerline sandbox` and the demo show. */
export const defaultSeed = 1

const firstInstant = instant("2026-09-01T06:00:00Z")
const lastOrderInstant = instant("2026-10-24T18:00:00Z")
const lastInstant = instant("2026-10-31T23:00:00Z")
const hour = 3600
const day = 24 * hour

/** Makes a shop with `documents` invoices and credit memos together, all of September and October 2026. */
export const generateShop = (options: { readonly seed?: number; readonly documents?: number }): Shop => {
  const documents = options.documents ?? defaultDocuments
  const draw = makeDraw(options.seed ?? defaultSeed)
  const plan = planScenarios(draw, documents)
  const drafts = draftSales(draw, plan)
  const invoices = number(drafts.flatMap(({ invoices }) => invoices))
  const creditMemos = number(drafts.flatMap(({ creditMemos }) => creditMemos))
  const numbers = countPerStore(drafts, ({ sale }) => sale.store.id)
  const invoicesOf = byOrder(invoices)
  const creditMemosOf = byOrder(creditMemos)

  return {
    ...storefront,
    customers: customerPayloads,
    products: productPayloads,
    categories: categoryPayloads,
    orders: drafts.map(({ sale, ...draft }, index) =>
      orderPayload({
        sale,
        number: numbers[index] ?? 0,
        updatedAt: Math.max(
          sale.createdAt,
          ...[...draft.invoices, ...draft.creditMemos].map((each) => each.updatedAt)
        ),
        invoices: draft.invoices.map(({ document }) => document),
        paid: draft.invoices
          .filter(({ document }) => invoiceState(document) === 2)
          .map(({ document }) => document),
        creditMemos: draft.creditMemos.map(({ document }) => document)
      })
    ),
    invoices: invoices.map((issued) =>
      invoicePayload({
        ...issued,
        state: invoiceState(issued.document),
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

/** A document before it has a number: numbers follow the time of issue over the whole shop. */
type Draft = Omit<IssuedDocument, "entityId" | "firstItemId" | "number">

interface SaleDraft {
  readonly sale: Sale
  readonly invoices: ReadonlyArray<Draft>
  readonly creditMemos: ReadonlyArray<Draft>
}

/** Scenarios that make exactly `documents` documents, the Danish one last. */
const planScenarios = (draw: Draw, documents: number): ReadonlyArray<Scenario> => {
  const plan: Array<Scenario> = []
  let left = documents - 1
  while (left > 0) {
    const next = trimmed(scenarios[plan.length] ?? draw.pick(scenarios), left)
    plan.push(next)
    left -= next.invoices + next.refunds.length
  }
  return documents > 0 ? [...plan, danishScenario] : plan
}

/** The scenario, cut to the documents that are still wanted. */
const trimmed = (scenario: Scenario, left: number): Scenario => ({
  ...scenario,
  invoices: Math.min(scenario.invoices, left),
  refunds: scenario.refunds.slice(0, Math.max(0, left - scenario.invoices))
})

const draftSales = (draw: Draw, plan: ReadonlyArray<Scenario>): ReadonlyArray<SaleDraft> => {
  const step = Math.floor((lastOrderInstant - firstInstant) / Math.max(1, plan.length))
  let nextItemId = 1
  return plan.map((scenario, index) => {
    const createdAt = firstInstant + index * step + draw.between(0, Math.max(0, step - 1))
    const sale = makeSale({ scenario, draw, orderId: index + 1, firstItemId: nextItemId, createdAt })
    nextItemId += sale.rows.length
    return draftDocuments(draw, sale)
  })
}

const draftDocuments = (draw: Draw, sale: Sale): SaleDraft => {
  const isPaidOnline = sale.scenario.method === "braintree"
  let at = sale.createdAt
  const invoices = makeInvoices(sale)
  const issuedInvoices = invoices.map((document, position) => {
    // Sales not paid online are invoiced by the nightly run, all invoices of an order in the same second.
    if (isPaidOnline) at = Math.min(at + draw.between(hour, 20 * hour), lastInstant)
    else if (position === 0) at = Math.min(Math.ceil(at / day) * day + 3 * hour, lastInstant)
    return { document, createdAt: at, updatedAt: Math.min(at + draw.between(0, day), lastInstant) }
  })
  const creditMemos = makeCreditMemos(sale, invoices).map((document) => {
    at = Math.min(at + draw.between(day, 3 * day), lastInstant)
    return { document, createdAt: at, updatedAt: at }
  })
  const lastMemo = creditMemos.at(-1)
  return {
    sale,
    // A refund changes the invoice it is for, so its updated_at moves.
    invoices: issuedInvoices.map((issued, index) =>
      lastMemo !== undefined && index === issuedInvoices.length - 1
        ? { ...issued, updatedAt: lastMemo.createdAt }
        : issued
    ),
    creditMemos
  }
}

/** Gives documents their ids and numbers in the order of their issue. */
const number = (drafts: ReadonlyArray<Draft>): ReadonlyArray<IssuedDocument> => {
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

const invoiceState = ({ sale, position }: SaleDocument): 1 | 2 =>
  sale.scenario.lastInvoiceOpen && position === sale.scenario.invoices - 1 ? 1 : 2

/** Refunds are made against the last invoice of a sale. */
const isLast = ({ document }: IssuedDocument) => document.position === document.sale.scenario.invoices - 1

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
