/**
 * saleDrafts: every order of the generated shop with the times of its documents, before they have numbers.
 *
 * What comes to orders that are never invoiced is drawn apart from the rest, so that they change nothing
 * about invoices and credit memos but the keys of their orders.
 */
import type { IssuedDocument } from "./IssuedDocument.ts"
import { makeDraw, type Draw } from "./Draw.ts"
import { makeSale, type Sale } from "./Sale.ts"
import { makeCreditMemos, makeInvoices } from "./SaleDocument.ts"
import { danishScenario, scenarios, type Scenario } from "./scenarios.ts"
import { instant } from "./timestamp.ts"

const firstInstant = instant("2026-09-01T06:00:00Z")
const lastOrderInstant = instant("2026-10-24T18:00:00Z")
const lastInstant = instant("2026-10-31T23:00:00Z")
const hour = 3600
const day = 24 * hour

/** A document before it has a number: numbers follow the time of issue over the whole shop. */
export type DocumentDraft = Omit<IssuedDocument, "entityId" | "firstItemId" | "number">

/** An order and what became of it. */
export interface SaleDraft {
  readonly sale: Sale
  /** The invoices that stand, in order. */
  readonly invoices: ReadonlyArray<DocumentDraft>
  /** Invoices that were cancelled and made anew. */
  readonly cancelledInvoices: ReadonlyArray<DocumentDraft>
  readonly creditMemos: ReadonlyArray<DocumentDraft>
  /** When the order was cancelled. */
  readonly cancelledAt?: number
  /** Key of the order that this one was edited from. */
  readonly editOf?: number
}

/** How a shop is drawn. */
export interface DrawnShop {
  readonly seed: number
  /** Invoices and credit memos together, cancelled ones apart. */
  readonly documents: number
  readonly cancelsInvoices: boolean
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

/** The orders of a shop, in the order of their time and with keys from 1. */
export const saleDrafts = ({ cancelsInvoices, documents, seed }: DrawnShop): ReadonlyArray<SaleDraft> => {
  const draw = makeDraw(seed)
  // Another sequence, for what must not move the first one.
  const apart = makeDraw(seed + 0x5eed)
  const plan = planScenarios(draw, documents)
  const step = Math.floor((lastOrderInstant - firstInstant) / Math.max(1, plan.length))
  const drafts: Array<SaleDraft> = []
  let nextItemId = 1
  const place = (scenario: Scenario, source: Draw, createdAt: number) => {
    const sale = makeSale({
      scenario,
      draw: source,
      orderId: drafts.length + 1,
      firstItemId: nextItemId,
      createdAt
    })
    nextItemId += sale.rows.length
    return sale
  }
  for (const [index, scenario] of plan.entries()) {
    const start = firstInstant + index * step
    const createdAt = start + draw.between(0, Math.max(0, step - 1))
    let editOf: { readonly editOf?: number } = {}
    for (const [position, fate] of scenario.before.entries()) {
      const at = start + Math.floor(((createdAt - start) * position) / scenario.before.length)
      const sale = place(scenario, apart, at)
      const next = start + Math.floor(((createdAt - start) * (position + 1)) / scenario.before.length)
      drafts.push({
        sale,
        invoices: [],
        cancelledInvoices: [],
        creditMemos: [],
        ...editOf,
        ...(fate === "waiting" ? {} : { cancelledAt: fate === "edited" ? next : at + hour })
      })
      editOf = fate === "edited" ? { editOf: sale.orderId } : {}
    }
    const sale = place(scenario, draw, createdAt)
    drafts.push({ ...draftDocuments({ draw, sale, cancelsInvoices }), ...editOf })
  }
  return withOneBuyer(drafts)
}

/** Who edits an order does so for the same customer. */
const withOneBuyer = (drafts: ReadonlyArray<SaleDraft>): ReadonlyArray<SaleDraft> => {
  const childOf = new Map(drafts.map(({ editOf, sale }) => [editOf, sale] as const))
  const buyerOf = (sale: Sale): Sale["buyer"] => {
    const child = childOf.get(sale.orderId)
    return child === undefined ? sale.buyer : buyerOf(child)
  }
  return drafts.map((draft) =>
    childOf.has(draft.sale.orderId)
      ? { ...draft, sale: { ...draft.sale, buyer: buyerOf(draft.sale) } }
      : draft
  )
}

const draftDocuments = (given: {
  readonly draw: Draw
  readonly sale: Sale
  readonly cancelsInvoices: boolean
}): SaleDraft => {
  const { draw, sale } = given
  const isPaidOnline = sale.scenario.method === "braintree"
  let at = sale.createdAt
  const invoices = makeInvoices(sale)
  const issuedInvoices = invoices.map((document, position) => {
    // Sales not paid online are invoiced by the nightly run, all invoices of an order in the same second.
    if (isPaidOnline) at = Math.min(at + draw.between(hour, 20 * hour), lastInstant)
    else if (position === 0) at = Math.min(Math.ceil(at / day) * day + 3 * hour, lastInstant)
    return {
      document,
      createdAt: at,
      updatedAt: Math.min(at + draw.between(0, day), lastInstant),
      isCancelled: false
    }
  })
  const creditMemos = makeCreditMemos(sale, invoices).map((document) => {
    at = Math.min(at + draw.between(day, 3 * day), lastInstant)
    return { document, createdAt: at, updatedAt: at, isCancelled: false }
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
    // Only an invoice that awaits its money can be cancelled; it is made anew by the nightly run.
    cancelledInvoices:
      given.cancelsInvoices && sale.scenario.method === "checkmo"
        ? issuedInvoices.slice(0, 1).map((issued) => ({
            ...issued,
            createdAt: sale.createdAt,
            updatedAt: issued.createdAt,
            isCancelled: true
          }))
        : [],
    creditMemos,
    ...(sale.scenario.cancelsRest ? { cancelledAt: at } : {})
  }
}
