/**
 * Totals: the three columns, added up while documents go by.
 *
 * What an entry moves is the sum of its debits, so that a document counts once;
 * by account and by tax code it is the balance, debits positive. All in the
 * accounting currency, because the balances of a ledger are; by currency in the
 * currency of the documents. Different currencies are never added.
 */
import { BigDecimal } from "effect"
import { type Booked, signedAmount } from "../../accounting/balances.ts"
import { zero } from "../../accounting/Decimal.ts"
import type { Columns } from "./Finding.ts"
import { columnsOf, type DocumentBooks } from "./judgeDocument.ts"

/** What totals may be split by. */
export const groupings = ["pipeline", "day", "store", "currency", "tax-code", "account", "document"] as const
export type Grouping = (typeof groupings)[number]

/** Three amounts of one group, in one currency. */
export interface TotalRow extends Columns {
  readonly group: string
  readonly currency: string
  /** How many documents took part. */
  readonly documents: number
}

/** Where the amount of a document stands that has no accounts yet. */
export const notMapped = "not mapped"

interface Share extends Columns {
  readonly group: string
  readonly currency: string
}

const none: Columns = { source: zero, journal: zero, ledger: zero }

const plus = (a: Columns, b: Columns): Columns => ({
  source: BigDecimal.sum(a.source, b.source),
  journal: BigDecimal.sum(a.journal, b.journal),
  ledger: BigDecimal.sum(a.ledger, b.ledger)
})

const sharesByLine = (books: DocumentBooks, by: "account" | "tax-code"): ReadonlyArray<Share> => {
  const shares = new Map<string, Columns>()
  const add = (column: keyof Columns, entries: ReadonlyArray<Booked>) => {
    for (const entry of entries) {
      for (const line of entry.lines) {
        const group = by === "account" ? line.account : (line.taxCode ?? "none")
        const value = signedAmount(entry, line, line.accountingAmount)
        shares.set(group, plus(shares.get(group) ?? none, { ...none, [column]: value }))
      }
    }
  }
  add("source", books.source)
  add("journal", books.journal)
  add("ledger", books.ledger)
  if (books.unmapped !== undefined) {
    shares.set(notMapped, { ...none, source: books.unmapped.accountingAmount })
  }
  return [...shares].map(([group, columns]) => ({ ...columns, group, currency: books.accountingCurrency }))
}

const sharesOf = (books: DocumentBooks, by: Grouping): ReadonlyArray<Share> => {
  const { identity } = books
  const whole = (group: string): ReadonlyArray<Share> => [
    { ...columnsOf(books, "accountingAmount"), group, currency: books.accountingCurrency }
  ]
  switch (by) {
    case "pipeline":
      return whole(identity.pipeline)
    case "day":
      return whole(books.day)
    case "store":
      return whole(identity.store === "" ? "none" : identity.store)
    case "document":
      return whole(`${identity.resource} ${identity.number}`)
    case "currency":
      return [{ ...columnsOf(books, "amount"), group: books.currency, currency: books.currency }]
    case "account":
    case "tax-code":
      return sharesByLine(books, by)
  }
}

/** Whether the three are equal. */
export const isEven = ({ journal, ledger, source }: Columns): boolean =>
  BigDecimal.equals(source, journal) && BigDecimal.equals(journal, ledger)

/** Adds up. `rows` are by group, `total` has one row for each accounting currency. */
export interface Totals {
  add(books: DocumentBooks): void
  rows(): ReadonlyArray<TotalRow>
  total(): ReadonlyArray<TotalRow>
}

const makeSum = (by: Grouping) => {
  const sums = new Map<string, TotalRow>()
  return {
    add: (books: DocumentBooks) => {
      for (const { currency, group, ...columns } of sharesOf(books, by)) {
        const key = JSON.stringify([group, currency])
        const before = sums.get(key)
        sums.set(key, {
          group,
          currency,
          documents: (before?.documents ?? 0) + 1,
          ...plus(before ?? none, columns)
        })
      }
    },
    rows: () =>
      [...sums.values()].toSorted((a, b) =>
        a.group === b.group ? (a.currency < b.currency ? -1 : 1) : a.group < b.group ? -1 : 1
      )
  }
}

/** Totals that are empty; by document they keep nothing but the total, since each row is whole at once. */
export const makeTotals = (by: Grouping): Totals => {
  const groups = makeSum(by)
  const pipelines = makeSum("pipeline")
  return {
    add: (books) => {
      if (by !== "document") groups.add(books)
      pipelines.add(books)
    },
    rows: groups.rows,
    total: () =>
      [...Map.groupBy(pipelines.rows(), ({ currency }) => currency)].map(([currency, rows]) => ({
        group: "total",
        currency,
        documents: rows.reduce((all, { documents }) => all + documents, 0),
        ...rows.reduce<Columns>(plus, none)
      }))
  }
}

/** The rows that one document makes by itself. */
export const documentRows = (books: DocumentBooks): ReadonlyArray<TotalRow> =>
  sharesOf(books, "document").map((share) => ({ ...share, documents: 1 }))
