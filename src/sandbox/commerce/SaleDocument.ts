/**
 * SaleDocument: an invoice or a credit memo as a share of a sale.
 *
 * Each row keeps a count of pieces already settled. A document takes the rounded share up to its new
 * count less the rounded share up to the old one, so the documents of a sale add up to it exactly.
 */
import {
  isZeroPair,
  minusPair,
  pairOf,
  shareOfPair,
  smallerPair,
  sumPairs,
  zeroPair,
  divideRounded,
  type Pair
} from "./Pair.ts"
import type { Sale, SaleRow } from "./Sale.ts"
import type { ScenarioRefund } from "./scenarios.ts"

/** A row of an invoice or credit memo; amounts positive, zero on rows that carry nothing. */
export interface SaleDocumentRow {
  readonly row: SaleRow
  readonly quantity: number
  readonly total: Pair
  readonly totalInclTax: Pair
  readonly discount: Pair
  readonly tax: Pair
  readonly compensation: Pair
}

/** The shipping a document charges or gives back. */
type ShippingShare = Omit<SaleDocumentRow, "row" | "quantity">

/** An invoice or a credit memo. All parts are positive; `grandTotal` is what remains to pay or to pay back. */
export interface SaleDocument {
  readonly sale: Sale
  /** Position among the documents of its kind in the sale, from 0. */
  readonly position: number
  readonly rows: ReadonlyArray<SaleDocumentRow>
  readonly shipping: ShippingShare
  readonly giftCards: Pair
  readonly storeCredit: Pair
  readonly adjustmentPositive: Pair
  readonly adjustmentNegative: Pair
  readonly grandTotal: Pair
}

/** The sum of one part over the rows of a document. */
export const rowsTotal = (
  document: SaleDocument,
  part: "total" | "totalInclTax" | "discount" | "tax" | "compensation"
): Pair => sumPairs(...document.rows.map((row) => row[part]))

/** The invoices of `sale`, in order. Shipping comes with the first; gift cards and store credit as early as they can. */
export const makeInvoices = (sale: Sale): ReadonlyArray<SaleDocument> => {
  const { invoices, parts, pennyResidue } = sale.scenario
  const documents: Array<SaleDocument> = []
  for (let position = 0; position < invoices; position++) {
    const from = settled(sale, (quantity) => Math.floor((quantity * position) / parts))
    const to = settled(sale, (quantity) => Math.floor((quantity * (position + 1)) / parts))
    const document = pay(
      {
        sale,
        position,
        rows: documentRows(sale, from, to),
        shipping: shippingShare(sale, position === 0 ? 100n : 0n),
        adjustmentPositive: zeroPair,
        adjustmentNegative: zeroPair
      },
      {
        giftCards: minusPair(sale.giftCards, sumPairs(...documents.map(({ giftCards }) => giftCards))),
        storeCredit: minusPair(sale.storeCredit, sumPairs(...documents.map(({ storeCredit }) => storeCredit)))
      }
    )
    documents.push(pennyResidue && position === invoices - 1 ? losePenny(document) : document)
  }
  return documents
}

/** The credit memos of `sale`, in order; they take back only what was invoiced. */
export const makeCreditMemos = (
  sale: Sale,
  invoices: ReadonlyArray<SaleDocument>
): ReadonlyArray<SaleDocument> => {
  const { parts, refunds } = sale.scenario
  const invoiced = settled(sale, (quantity) => Math.floor((quantity * invoices.length) / parts))
  const documents: Array<SaleDocument> = []
  let from = settled(sale, () => 0)
  for (const [position, refund] of refunds.entries()) {
    const to = refundedAfter({ sale, refund, from, invoiced })
    const refundable = (part: "giftCards" | "storeCredit") =>
      minusPair(
        sumPairs(...invoices.map((invoice) => invoice[part])),
        sumPairs(...documents.map((document) => document[part]))
      )
    const inBothCurrencies = (cents: bigint = 0n) =>
      pairOf((currency) => (currency === "base" ? cents : divideRounded(cents * sale.rate, 10_000n)))
    documents.push(
      pay(
        {
          sale,
          position,
          rows: documentRows(sale, from, to),
          shipping: shippingShare(sale, BigInt(refund.shippingPercent)),
          adjustmentPositive: inBothCurrencies(refund.adjustmentPositive),
          adjustmentNegative: inBothCurrencies(refund.adjustmentNegative)
        },
        { giftCards: refundable("giftCards"), storeCredit: refundable("storeCredit") }
      )
    )
    from = to
  }
  return documents
}

/** Pieces settled per row of the sale, from a rule for rows without parent. */
const settled = (sale: Sale, rule: (quantity: number) => number): ReadonlyArray<number> =>
  sale.rows.map((row) => {
    const parent = row.parentIndex === undefined ? undefined : sale.rows[row.parentIndex]
    return parent === undefined ? rule(row.quantity) : rule(parent.quantity) * row.quantityPerParent
  })

const refundedAfter = (memo: {
  readonly sale: Sale
  readonly refund: ScenarioRefund
  readonly from: ReadonlyArray<number>
  readonly invoiced: ReadonlyArray<number>
}): ReadonlyArray<number> => {
  const { sale, refund, from, invoiced } = memo
  if (refund.goods === "none") return from
  if (refund.goods === "rest") return invoiced
  const halves = sale.rows.map((row, index) => {
    const top = row.parentIndex ?? index
    const units = Math.floor((invoiced[top] ?? 0) / 2)
    // Where every row has a single piece, the first one goes back whole.
    return Math.max(units, top === 0 ? 1 : 0) * row.quantityPerParent
  })
  return halves.map((half, index) => Math.max(half, from[index] ?? 0))
}

const documentRows = (
  sale: Sale,
  from: ReadonlyArray<number>,
  to: ReadonlyArray<number>
): ReadonlyArray<SaleDocumentRow> =>
  sale.rows.flatMap((row, index) => {
    const [before, after] = [from[index] ?? 0, to[index] ?? 0]
    if (after === before) return []
    const share = (part: Pair) =>
      row.carries
        ? minusPair(
            shareOfPair(part, BigInt(after), BigInt(row.quantity)),
            shareOfPair(part, BigInt(before), BigInt(row.quantity))
          )
        : zeroPair
    const { total, totalInclTax, discount, tax, compensation } = row.charge
    return [
      {
        row,
        quantity: after - before,
        total: share(total),
        totalInclTax: share(totalInclTax),
        discount: share(discount),
        tax: share(tax),
        compensation: share(compensation)
      }
    ]
  })

const shippingShare = ({ shipping }: Sale, percent: bigint): ShippingShare => {
  const share = (part: Pair) => shareOfPair(part, percent, 100n)
  return {
    total: share(shipping.total),
    totalInclTax: share(shipping.totalInclTax),
    discount: share(shipping.discount),
    tax: share(shipping.tax),
    compensation: share(shipping.compensation)
  }
}

/** Completes a document: gift cards pay first, store credit next, the payment method the rest. */
const pay = (
  document: Omit<SaleDocument, "giftCards" | "storeCredit" | "grandTotal">,
  left: { readonly giftCards: Pair; readonly storeCredit: Pair }
): SaleDocument => {
  const parts = [...document.rows, document.shipping]
  const due = minusPair(
    sumPairs(
      ...parts.flatMap(({ total, tax, compensation }) => [total, tax, compensation]),
      document.adjustmentPositive
    ),
    sumPairs(...parts.map(({ discount }) => discount), document.adjustmentNegative)
  )
  const giftCards = smallerPair(left.giftCards, due)
  const storeCredit = smallerPair(left.storeCredit, minusPair(due, giftCards))
  return {
    ...document,
    giftCards,
    storeCredit,
    grandTotal: minusPair(due, sumPairs(giftCards, storeCredit))
  }
}

/** Takes one cent off the first compensation, leaving the grand total as it was. */
const losePenny = (document: SaleDocument): SaleDocument => {
  const index = document.rows.findIndex(({ compensation }) => !isZeroPair(compensation))
  const penny: Pair = { base: 1n, order: 1n }
  return {
    ...document,
    rows: document.rows.map((row, other) =>
      other === index ? { ...row, compensation: minusPair(row.compensation, penny) } : row
    )
  }
}
