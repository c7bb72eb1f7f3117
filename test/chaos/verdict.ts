/**
 * verdict: what the shop says should stand in the ledger, against the ledger's own books.
 *
 * It looks at nothing that Ledgerline wrote down: not the journal, and of a
 * voucher only its text, its amounts, and whether two carry the same reference.
 */
import { BigDecimal, Effect } from "effect"
import { payloadAt, payloadsAt, type PayloadObject } from "../../src/sandbox/commerce/Payload.ts"
import type { Shop } from "../../src/sandbox/commerce/Shop.ts"
import type { BooksContent, Voucher } from "../../src/sandbox/ifs/Voucher.ts"

/** Documents and vouchers that are not as they must be, a sentence each. */
export interface Verdict {
  /** Documents that should stand in the ledger. */
  readonly documents: number
  readonly vouchers: number
  /** Those of the vouchers that take another back, because its document changed. */
  readonly reversals: number
  /** Documents whose vouchers do not come to their latest content. */
  readonly lost: ReadonlyArray<string>
  /** Vouchers that carry a reference which another carries too, or that come on top of one which was not reversed. */
  readonly doubled: ReadonlyArray<string>
  /** Reversals that stand before what they reverse. */
  readonly outOfOrder: ReadonlyArray<string>
}

const zero = BigDecimal.fromBigInt(0n)

const amountAt = (document: PayloadObject, ...path: ReadonlyArray<string>) => {
  const value = payloadAt(document, ...path)
  return BigDecimal.isBigDecimal(value) ? value : zero
}

/** Debit less credit of receivables, in accounting currency. */
const receivable = (vouchers: ReadonlyArray<Voucher>) =>
  BigDecimal.sumAll(
    vouchers
      .flatMap(({ rows }) => rows)
      .filter(({ account }) => account === "1510")
      .map(({ credit, debit }) => BigDecimal.subtract(debit ?? zero, credit ?? zero))
  )

const isReversal = ({ text }: Voucher) => (text ?? "").startsWith("Reversal: ")
const nameIn = ({ text }: Voucher) => /(?:Invoice|Credit note) \S+/u.exec(text ?? "")?.[0] ?? ""

/** Whether it can be cancelled and has been. */
export const isCancelled = (document: PayloadObject): boolean => document["state"] === 3

/** Documents of the shop that the shipped tables have rows for: all but those with Danish tax. */
const expected = (shop: Shop) => {
  const danish = new Set(
    shop.orders
      .filter((order) =>
        payloadsAt(order, "extension_attributes", "applied_taxes").some(({ code }) => code === "DK-25")
      )
      .map((order) => order["entity_id"])
  )
  const known = (documents: ReadonlyArray<PayloadObject>) =>
    documents.filter((document) => !danish.has(document["order_id"]))
  const named = (name: string, sign: bigint) => (document: PayloadObject) => ({
    name: `${name} ${String(document["increment_id"])}`,
    stands: !isCancelled(document),
    amount: isCancelled(document)
      ? zero
      : BigDecimal.multiply(BigDecimal.fromBigInt(sign), amountAt(document, "base_grand_total")),
    isFree: [
      amountAt(document, "grand_total"),
      amountAt(document, "extension_attributes", "gift_cards_amount"),
      amountAt(document, "extension_attributes", "customer_balance_amount")
    ].every((amount) => BigDecimal.isZero(amount))
  })
  return [
    ...known(shop.invoices).map(named("Invoice", 1n)),
    ...known(shop.creditmemos).map(named("Credit note", -1n))
  ]
}

/** Compares them. A document that is on its way looks lost: ask once nothing moves any more. */
export const verdict = (shop: Shop, { vouchers }: BooksContent): Verdict => {
  const documents = expected(shop)
  const chains = Map.groupBy(vouchers, nameIn)
  const references = Map.groupBy(vouchers, ({ rows }) => rows[0]?.referenceNumber ?? "")

  const lost = documents.flatMap(({ amount, isFree, name, stands }) => {
    const chain = chains.get(name) ?? []
    const sum = receivable(chain)
    // Where nothing is receivable, such as a sale that a gift card paid, the number of vouchers tells.
    const isThere = isFree || chain.filter((one) => !isReversal(one)).length > chain.filter(isReversal).length
    return BigDecimal.equals(sum, amount) && isThere === (stands || isFree)
      ? []
      : [
          `${name} should come to ${BigDecimal.format(amount)}, but ${chain.length} vouchers come to ${BigDecimal.format(sum)}`
        ]
  })
  const doubled = [...references].flatMap(([reference, own]) =>
    own.slice(1).map(({ voucherNo }) => `voucher ${voucherNo} carries ${reference} once more`)
  )
  const outOfOrder: Array<string> = []
  for (const [name, chain] of chains) {
    for (const [index, one] of chain.entries()) {
      const before = chain[index - 1]
      const reversed = before !== undefined && !isReversal(before)
      if (isReversal(one) && !reversed) outOfOrder.push(`voucher ${one.voucherNo} reverses ${name} too early`)
      if (!isReversal(one) && reversed) doubled.push(`voucher ${one.voucherNo} adds to ${name}`)
    }
  }
  return {
    documents: documents.length,
    vouchers: vouchers.length,
    reversals: vouchers.filter(isReversal).length,
    lost,
    doubled,
    outOfOrder
  }
}

/** Whether nothing is wrong. */
export const isClean = ({ doubled, lost, outOfOrder }: Verdict): boolean =>
  lost.length + doubled.length + outOfOrder.length === 0

/** Both systems of a sandbox, judged as they stand. */
export const judge = (sandbox: {
  readonly commerce: { readonly shop: Effect.Effect<Shop> }
  readonly ifs: { readonly books: Effect.Effect<BooksContent> }
}): Effect.Effect<Verdict> =>
  Effect.map(Effect.all([sandbox.commerce.shop, sandbox.ifs.books]), ([shop, books]) => verdict(shop, books))
