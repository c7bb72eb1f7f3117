/**
 * Shop: everything the local Adobe Commerce holds, as REST payloads.
 *
 * A shop is a plain value: change it with the server's `update` to let a document appear or change
 * while a pipeline runs.
 */
import type { PayloadObject } from "./Payload.ts"

/** The collections of a shop, each in ascending order of id. */
export interface Shop {
  readonly websites: ReadonlyArray<PayloadObject>
  readonly stores: ReadonlyArray<PayloadObject>
  readonly storeConfigs: ReadonlyArray<PayloadObject>
  readonly customerGroups: ReadonlyArray<PayloadObject>
  readonly customers: ReadonlyArray<PayloadObject>
  readonly products: ReadonlyArray<PayloadObject>
  readonly categories: ReadonlyArray<PayloadObject>
  readonly orders: ReadonlyArray<PayloadObject>
  readonly invoices: ReadonlyArray<PayloadObject>
  readonly creditmemos: ReadonlyArray<PayloadObject>
  readonly transactions: ReadonlyArray<PayloadObject>
  readonly companies: ReadonlyArray<PayloadObject>
  readonly companyCredits: ReadonlyArray<PayloadObject>
  readonly companyCreditHistory: ReadonlyArray<PayloadObject>
}
