/**
 * OrderHistory: an order of the generated shop and what became of it.
 */
import type { PayloadObject } from "./Payload.ts"
import type { Sale } from "./Sale.ts"
import type { SaleDocument } from "./SaleDocument.ts"

/** What became of an order, beside what was sold. */
export interface OrderHistory {
  readonly sale: Sale
  readonly number: string
  /** Fields that name the orders it was edited from and into. */
  readonly relations: PayloadObject
  /** What had no invoice by then was cancelled. */
  readonly isCancelled: boolean
  readonly updatedAt: number
  readonly invoices: ReadonlyArray<SaleDocument>
  /** The invoices whose money has come. */
  readonly paid: ReadonlyArray<SaleDocument>
  readonly creditMemos: ReadonlyArray<SaleDocument>
}
