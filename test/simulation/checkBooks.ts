/**
 * checkBooks: what the ledger's own books say in the end.
 */
import { BigDecimal, Predicate } from "effect"
import { formatDecimal, zero } from "../../src/accounting/Decimal.ts"
import type { JournalEntry } from "../../src/accounting/JournalEntry.ts"
import type { StoredRecord } from "../../src/store/IntakeStore.ts"
import type { MemoryStore } from "./MemoryStore.ts"
import type { SimulatedLedger, Voucher } from "./SimulatedLedger.ts"
import type { Content, SimulatedShop } from "./SimulatedShop.ts"

/** What is wrong, by the invariant that is broken. */
export interface Violation {
  readonly kind: "lost" | "doubled" | "out of order" | "not in the journal" | "unbalanced" | "stuck" | "bug"
  readonly what: string
}

/** Balances by account; a storno counts against its own side. */
const balancesOf = (entries: ReadonlyArray<JournalEntry>): ReadonlyMap<string, BigDecimal.BigDecimal> => {
  const balances = new Map<string, BigDecimal.BigDecimal>()
  for (const { correction, lines } of entries) {
    for (const { account, amount, side } of lines) {
      const signed = (side === "debit") === correction ? BigDecimal.negate(amount) : amount
      balances.set(account, BigDecimal.sum(balances.get(account) ?? zero, signed))
    }
  }
  return balances
}

const textOf = (balances: ReadonlyMap<string, BigDecimal.BigDecimal>) =>
  [...balances]
    .filter(([, balance]) => !BigDecimal.isZero(balance))
    .map(([account, balance]) => `${account} ${formatDecimal(BigDecimal.normalize(balance))}`)
    .toSorted()
    .join(", ") || "nothing"

/** What a document comes to, by our own reckoning. */
const expected = ({ account, grand, isCancelled }: Content) =>
  isCancelled || grand === 0 ? "nothing" : [`1510 ${grand}`, `${account} -${grand}`].toSorted().join(", ")

/** Watches each voucher as it is made: its key, its place in its document's order, its balance, the journal. */
export const makeWatch = (store: () => MemoryStore["books"]) => {
  const violations: Array<Violation> = []
  const keys = new Set<string>()
  const lastPosition = new Map<string, number>()
  const standing = new Set<string>()

  return {
    violations,
    /** What was read earlier never replaces what was read later, unless the shop itself shows the past. */
    onRecord: (record: StoredRecord, before: StoredRecord | undefined) => {
      const isStale = Predicate.isObject(record.raw) && record.raw["isStale"] === true
      if (before !== undefined && !isStale && record.origin.revision < before.origin.revision) {
        violations.push({
          kind: "out of order",
          what: `document ${record.externalId} of ${record.origin.revision} was put back over the one of ${before.origin.revision}`
        })
      }
    },
    /** Invariant I1, at the moment that the ledger sees the entry. */
    onSent: ({ idempotencyKey }: JournalEntry) => {
      const posting = store().postings.get(idempotencyKey)
      if (posting === undefined || posting.record.attempts === 0) {
        violations.push({ kind: "not in the journal", what: `${idempotencyKey} was sent without a mark` })
      }
    },
    onVoucher: ({ entry, key }: Voucher) => {
      if (keys.has(key)) violations.push({ kind: "doubled", what: `${key} has two vouchers` })
      keys.add(key)
      if (textOf(balancesOf([entry])) !== "nothing" && !isBalanced(entry)) {
        violations.push({ kind: "unbalanced", what: key })
      }
      const posting = store().postings.get(key)
      const position = posting?.position ?? 0
      const document = posting?.document ?? ""
      const last = lastPosition.get(document) ?? 0
      if (position < last) {
        violations.push({ kind: "out of order", what: `${key} came after a later entry of its document` })
      }
      lastPosition.set(document, Math.max(last, position))
      if (entry.reverses === undefined) {
        standing.add(key)
      } else if (!standing.delete(entry.reverses)) {
        violations.push({ kind: "out of order", what: `${key} reverses what does not stand in the ledger` })
      }
    }
  }
}

const isBalanced = ({ lines }: JournalEntry) =>
  BigDecimal.isZero(
    BigDecimal.sumAll(
      lines.map(({ amount, side }) => (side === "debit" ? amount : BigDecimal.negate(amount)))
    )
  )

/** Compares the ledger's books with the shop's and with the journal, once everything has come to rest. */
export const checkBooks = (
  shop: SimulatedShop,
  ledger: SimulatedLedger,
  { postings }: MemoryStore["books"]
): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = []
  const ofDocument = Map.groupBy(ledger.vouchers, ({ entry }) => entry.document.id)
  for (const id of shop.documents.keys()) {
    const content = shop.latest(id)
    const vouchers = ofDocument.get(String(id)) ?? []
    const is = textOf(balancesOf(vouchers.map(({ entry }) => entry)))
    const ought = content === undefined ? "nothing" : expected(content)
    if (is !== ought) {
      violations.push({
        kind: is === "nothing" ? "lost" : vouchers.length > 1 ? "doubled" : "lost",
        what: `document ${id} is ${is} in the ledger and should be ${ought}: ${vouchers.map(({ key }) => key).join(" ")}`
      })
    }
  }
  const inLedger = new Set(ledger.vouchers.map(({ key }) => key))
  for (const { record } of postings.values()) {
    const { idempotencyKey, state } = record
    if ((state === "posted") !== inLedger.has(idempotencyKey)) {
      violations.push({
        kind: state === "posted" ? "lost" : "doubled",
        what: `${idempotencyKey} is ${state} in the journal and ${state === "posted" ? "not " : ""}in the ledger`
      })
    }
  }
  return violations
}
