/**
 * companyCreditPayloads: the credit that the shop's companies have, and what was bought on it.
 *
 * What a company owes is a negative balance, and each purchase takes it further down.
 */
import { decimalOf } from "./Pair.ts"
import type { PayloadObject } from "./Payload.ts"
import { companyPayloads } from "./customerPayloads.ts"
import type { Sale } from "./Sale.ts"
import type { Shop } from "./Shop.ts"
import { timestamp } from "./timestamp.ts"

const limitCents = 100_000_000n

/** Made from the sales, and changing none of them. */
export const companyCreditPayloads = (
  sales: ReadonlyArray<Sale>
): Pick<Shop, "companyCredits" | "companyCreditHistory"> => {
  const balances = new Map<number, bigint>()
  const history: Array<PayloadObject> = []
  const write = (fields: PayloadObject & { readonly company_credit_id: number }) => {
    const balance = balances.get(fields.company_credit_id) ?? 0n
    history.push({
      id: history.length + 1,
      user_id: 1,
      user_type: 2,
      currency_credit: "EUR",
      currency_operation: "EUR",
      rate: 1,
      rate_credit: 0,
      balance: decimalOf(balance),
      credit_limit: decimalOf(limitCents),
      available_limit: decimalOf(limitCents + balance),
      ...fields
    })
  }
  for (const { id } of companyPayloads) {
    write({
      company_credit_id: Number(id),
      amount: 0,
      type: 1,
      datetime: "2026-07-01 09:00:00",
      comment: ""
    })
  }
  for (const { buyer, createdAt, grandTotal, orderId, scenario } of sales) {
    if (buyer.company === undefined || scenario.method !== "companycredit") continue
    const credit = buyer.company.id
    balances.set(credit, (balances.get(credit) ?? 0n) - grandTotal.base)
    write({
      company_credit_id: credit,
      amount: decimalOf(-grandTotal.base),
      type: 3,
      datetime: timestamp(createdAt),
      purchase_order: `PO-${orderId}`,
      comment: `{"system":{"order":"${orderId}"}}`
    })
  }
  return {
    companyCredits: companyPayloads.map(({ id }) => {
      const balance = balances.get(Number(id)) ?? 0n
      return {
        id,
        company_id: id,
        credit_limit: decimalOf(limitCents),
        balance: decimalOf(balance),
        currency_code: "EUR",
        exceed_limit: false,
        available_limit: decimalOf(limitCents + balance)
      }
    }),
    companyCreditHistory: history
  }
}
