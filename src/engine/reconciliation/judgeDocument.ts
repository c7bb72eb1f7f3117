/**
 * judgeDocument: whether source, journal and ledger agree about a document, and why not.
 *
 * Pure. A reason stands between two neighbours, source and journal or journal
 * and ledger, and accounts for the gap between them, so that the differences of
 * all findings add up to the difference of the totals.
 */
import { BigDecimal } from "effect"
import type { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import { balances, type Booked, turnover } from "../../accounting/balances.ts"
import { type Decimal, zero } from "../../accounting/Decimal.ts"
import type { DayRange, DocumentIdentity, DocumentState, UnmappedTotal } from "./DocumentState.ts"
import type { Columns, Finding, Reason } from "./Finding.ts"
import { ledgerReason } from "./ledgerReason.ts"
import { sourceReason, waitingReason } from "./sourceReason.ts"

/** What counts of a document in a range of days, in each of the three. */
export interface DocumentBooks {
  readonly identity: DocumentIdentity
  readonly day: CalendarDate
  readonly currency: string
  readonly accountingCurrency: string
  readonly source: ReadonlyArray<Booked>
  /** Stands for the source's entries where none can be made. */
  readonly unmapped?: UnmappedTotal
  readonly journal: ReadonlyArray<Booked>
  readonly ledger: ReadonlyArray<Booked>
}

/** The verdict on one document. */
export interface Judgement {
  readonly books: DocumentBooks
  readonly findings: ReadonlyArray<Finding>
}

/** Turnover of the document in each of the three. */
export const columnsOf = (books: DocumentBooks, measure: "amount" | "accountingAmount"): Columns => {
  const of = (entries: ReadonlyArray<Booked>) => turnover(balances(entries), measure)
  return {
    source: books.unmapped?.[measure] ?? of(books.source),
    journal: of(books.journal),
    ledger: of(books.ledger)
  }
}

const isWithin = ({ from, to }: DayRange, day: CalendarDate) => from <= day && day <= to

/** The reasons of a document's entries: of each kind one, and none for what only waits behind a refused one. */
const ledgerReasons = (state: DocumentState): ReadonlyArray<Reason> => {
  const all = state.records.flatMap((record) => {
    const reason = ledgerReason(record, state.held.get(record.idempotencyKey) ?? [], waitingReason(state))
    return reason === undefined ? [] : [{ record, reason }]
  })
  const isRefused = all.some(({ record }) => record.state === "rejected")
  const kept = all.filter(({ record }) => !isRefused || record.state !== "pending")
  return [...Map.groupBy(kept, ({ reason }) => reason.kind).values()].flatMap((same) =>
    same.slice(0, 1).map(({ reason }) => ({
      ...reason,
      message: [...new Set(same.map((one) => one.reason.message))].join(" "),
      references: [...new Set(same.flatMap((one) => one.reason.references))]
    }))
  )
}

const dayOf = (state: DocumentState, range: DayRange): CalendarDate => {
  const { source } = state
  const own =
    source._tag === "Gone"
      ? []
      : source.outcome._tag === "Entry"
        ? [source.outcome.entry.postingDate]
        : [source.outcome.day]
  const booked = [
    ...state.records.map(({ entry }) => entry.postingDate),
    ...[...state.held.values()].flat().map(({ postingDate }) => postingDate)
  ].toSorted()
  const all = [...own, ...booked]
  return all.find((day) => isWithin(range, day)) ?? all[0] ?? range.from
}

const booksOf = (state: DocumentState, range: DayRange, isAsPosted: boolean): DocumentBooks => {
  const { identity, records, source } = state
  const entries = records.map(({ entry }) => entry)
  const held = [...state.held.values()].flat().filter(({ isCancelled }) => isCancelled !== true)
  const outcome = source._tag === "Read" ? source.outcome : undefined
  const wanted = outcome?._tag === "Entry" ? [outcome.entry] : []
  const total = outcome?._tag === "Problems" && !isAsPosted ? outcome.total : undefined
  const [first] = [...wanted, ...entries]
  const currency = first?.currency ?? total?.currency ?? held[0]?.currency ?? ""
  return {
    identity,
    day: dayOf(state, range),
    currency,
    accountingCurrency: first?.accountingCurrency ?? total?.accountingCurrency ?? currency,
    source: (isAsPosted ? entries : wanted).filter(({ postingDate }) => isWithin(range, postingDate)),
    ...(total === undefined || outcome?._tag !== "Problems" || !isWithin(range, outcome.day)
      ? {}
      : { unmapped: total }),
    journal: entries.filter(({ postingDate }) => isWithin(range, postingDate)),
    ledger: held.filter(({ postingDate }) => isWithin(range, postingDate))
  }
}

const unexplained: Reason = {
  kind: "unexplained",
  message: "the three differ, and nothing that is known explains it.",
  codes: [],
  references: []
}

/** Findings that are no difference: they say why something is as it is. */
const isNote = (reason: Reason, gap: Decimal) =>
  reason.kind === "older-mapping" || (reason.kind === "closed-period" && BigDecimal.isZero(gap))

/** The reasons of one gap, each with its share: the first accounts for all of it. */
const findingsOf = (
  books: DocumentBooks,
  columns: Columns,
  reasons: ReadonlyArray<Reason>,
  gap: Decimal
): ReadonlyArray<Finding> => {
  const given = reasons.length === 0 && !BigDecimal.isZero(gap) ? [unexplained] : reasons
  const { id, number, pipeline, resource } = books.identity
  return given.map((reason, index) => ({
    ...reason,
    ...columns,
    pipeline,
    resource,
    id,
    number,
    day: books.day,
    currency: books.accountingCurrency,
    difference: index === 0 ? gap : zero,
    // A parked document that waits with its period is a difference even where it has no amount.
    isDifference: !isNote(reason, reason.codes.length > 0 ? BigDecimal.fromBigInt(1n) : gap)
  }))
}

/** The state with what the source said of somebody before he was forgotten, where that is what was posted. */
const asPosted = (state: DocumentState): DocumentState => {
  const { records, source } = state
  return source._tag === "Read" &&
    source.named?._tag === "Entry" &&
    records.length > 0 &&
    balances(
      [source.named.entry],
      records.map(({ entry }) => entry)
    ).size === 0
    ? { ...state, source: { ...source, outcome: source.named } }
    : state
}

/** Judges a document; only what is dated within the range counts in its books. */
export const judgeDocument = (given: DocumentState, range: DayRange): Judgement => {
  const state = asPosted(given)
  const fromSource = sourceReason(state)
  const books = booksOf(state, range, fromSource?.kind === "older-mapping")
  const columns = columnsOf(books, "accountingAmount")
  const fromLedger = ledgerReasons(state)
  const whole = (reason: Reason) => ({
    books,
    findings: findingsOf(books, columns, [reason], BigDecimal.subtract(columns.source, columns.ledger))
  })
  // Where source and ledger say the same, it is the journal alone that is wrong.
  if (fromSource?.kind === "differs-in-journal" && balances(books.source, books.ledger).size === 0) {
    return whole(fromSource)
  }
  // What waits in the error queue waits once, whatever stands in the journal of it.
  const [only, ...others] = fromLedger
  if (fromSource !== undefined && others.length === 0 && only?.message === fromSource.message) {
    return whole(fromSource)
  }
  return {
    books,
    findings: [
      ...findingsOf(
        books,
        columns,
        fromSource === undefined ? [] : [fromSource],
        BigDecimal.subtract(columns.source, columns.journal)
      ),
      ...findingsOf(books, columns, fromLedger, BigDecimal.subtract(columns.journal, columns.ledger))
    ]
  }
}
