/**
 * openOrders: what documents leave on accounts that should return to zero, order by order.
 *
 * Only balances that are not zero are held, so that what was set down and
 * released takes no memory, however many documents go by.
 */
import { BigDecimal } from "effect"
import { signedAmount } from "../../accounting/balances.ts"
import { type Decimal, zero } from "../../accounting/Decimal.ts"
import type { DocumentIdentity } from "./DocumentState.ts"
import type { DocumentBooks } from "./judgeDocument.ts"

/** What is left on an account by the documents of one order, or by one that belongs to none. */
export interface OpenOrder {
  readonly account: string
  readonly currency: string
  /** The last document that moved it. */
  readonly document: DocumentIdentity
  readonly day: string
  readonly balance: Decimal
}

/** Adds up balances. */
export interface OpenOrders {
  add(books: DocumentBooks): void
  open(): ReadonlyArray<OpenOrder>
}

/** Nothing open yet. */
export const makeOpenOrders = (accounts: ReadonlyArray<string>): OpenOrders => {
  const left = new Map<string, OpenOrder>()
  return {
    add: ({ accountingCurrency, day, identity, ledger }) => {
      for (const entry of ledger) {
        for (const line of entry.lines) {
          if (!accounts.includes(line.account)) continue
          const key = JSON.stringify([line.account, accountingCurrency, identity.order || identity.name])
          const balance = BigDecimal.sum(
            left.get(key)?.balance ?? zero,
            signedAmount(entry, line, line.accountingAmount)
          )
          if (BigDecimal.isZero(balance)) left.delete(key)
          else {
            const { account } = line
            left.set(key, { account, currency: accountingCurrency, document: identity, day, balance })
          }
        }
      }
    },
    open: () => [...left.values()]
  }
}
