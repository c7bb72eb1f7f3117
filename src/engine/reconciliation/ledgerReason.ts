/**
 * ledgerReason: why the ledger does not hold an entry as the journal has it.
 */
import { BigDecimal } from "effect"
import { balances, type Balance, type Balances, type Booked } from "../../accounting/balances.ts"
import { minorUnitDecimals } from "../../accounting/CurrencyCode.ts"
import { type Decimal, formatDecimal } from "../../accounting/Decimal.ts"
import type { JournalEntry } from "../../accounting/JournalEntry.ts"
import type { HeldEntry } from "../../pipeline/Sink.ts"
import type { BookedRecord } from "../../store/ReconciliationStore.ts"
import type { Reason } from "./Finding.ts"

const isEqual = (a: Booked, b: Booked) => balances([a], [b]).size === 0

/** Only amounts in the accounting currency differ, of each account by no more than a minor unit for each of its lines. */
export const isRounding = (
  off: Balances,
  entry: Pick<JournalEntry, "currency" | "accountingCurrency" | "lines">
): boolean => {
  const cent = BigDecimal.make(1n, minorUnitDecimals(entry.accountingCurrency))
  const limit = BigDecimal.multiply(cent, BigDecimal.fromBigInt(BigInt(entry.lines.length)))
  return (
    entry.currency !== entry.accountingCurrency &&
    off.size > 0 &&
    [...off.values()].every(
      ({ accountingAmount, amount }) =>
        BigDecimal.isZero(amount) && BigDecimal.isLessThanOrEqualTo(BigDecimal.abs(accountingAmount), limit)
    )
  )
}

const onSide = (value: Decimal) =>
  BigDecimal.isZero(value)
    ? "nothing"
    : `${BigDecimal.isNegative(value) ? "credit" : "debit"} ${formatDecimal(BigDecimal.abs(value))}`

const placeOf = ({ line }: Balance) =>
  [
    line.account,
    ...Object.entries(line.dimensions).map(([name, value]) => `${name} ${value}`),
    ...(line.taxCode === undefined ? [] : [`tax code ${line.taxCode}`])
  ].join(" ")

/** Each account on which two sets of entries differ: "4000 costCenter 100: credit 20.00 here, credit 20.01 there". */
export const differenceText = (
  ours: ReadonlyArray<Booked>,
  theirs: ReadonlyArray<Booked>,
  [here, there]: readonly [string, string]
): string => {
  const [own, other] = [balances(ours), balances(theirs)]
  return [...balances(ours, theirs)]
    .map(([name, off]) => {
      const measure = BigDecimal.isZero(off.amount) ? "accountingAmount" : "amount"
      const of = (found: Balance | undefined) => onSide(found?.[measure] ?? BigDecimal.make(0n, 0))
      const inBooks = measure === "accountingAmount" ? " in the accounting currency" : ""
      return `${placeOf(off)}: ${of(own.get(name))} ${here}, ${of(other.get(name))} ${there}${inBooks}`
    })
    .join("; ")
}

const changeIn = (entry: JournalEntry, held: HeldEntry): string | undefined => {
  const facts = [
    ...(isEqual(entry, held) ? [] : [differenceText([entry], [held], ["in the journal", "in the ledger"])]),
    ...(entry.postingDate === held.postingDate
      ? []
      : [`dated ${entry.postingDate} in the journal, ${held.postingDate} in the ledger`]),
    ...(entry.currency === held.currency
      ? []
      : [`in ${entry.currency} in the journal, in ${held.currency} in the ledger`])
  ]
  return facts.length === 0 ? undefined : facts.join("; ")
}

const namesOf = (held: ReadonlyArray<HeldEntry>) => held.map(({ receipt }) => receipt.reference)

/** Nothing of the entry counts in the ledger. */
const reasonForNothing = (
  record: BookedRecord,
  cancelled: ReadonlyArray<HeldEntry>,
  refusal: Reason
): Reason => {
  const none = { codes: [], references: [] }
  switch (record.state) {
    case "pending":
    case "superseded":
      return {
        ...none,
        kind: "pending",
        message: "its entry was not sent yet; `ledgerline run` posts it."
      }
    case "sending":
      return {
        ...none,
        kind: "sending",
        message: "its entry is being sent, and the ledger does not show it yet."
      }
    case "unknown":
      return {
        ...none,
        kind: "unknown",
        message:
          "its entry was sent without an answer, and the ledger does not show it. It is looked up again by itself."
      }
    case "rejected":
      return refusal
    case "posted": {
      const reference = record.receipt?.reference ?? ""
      return {
        codes: [],
        references: [reference],
        kind: "missing-in-ledger",
        message:
          cancelled.length > 0
            ? `${reference} was cancelled in the ledger. If that was right, cancel the document in the source too; if not, enter it there again.`
            : `the ledger has ${reference} no more: somebody deleted it there, or took our reference off its rows.`
      }
    }
  }
}

/**
 * Why the ledger does not hold the entry once and as it is, or undefined if it
 * does. `found` carries the entry's name; `refusal` is why it was refused, if it was.
 */
export const ledgerReason = (
  record: BookedRecord,
  found: ReadonlyArray<HeldEntry>,
  refusal: Reason
): Reason | undefined => {
  const { entry, receipt } = record
  const held = found.filter(({ isCancelled }) => isCancelled !== true)
  const own =
    held.find((one) => one.receipt.reference === receipt?.reference) ??
    held.find((one) => isEqual(one, entry)) ??
    held[0]
  if (own === undefined) {
    return reasonForNothing(
      record,
      found.filter(({ isCancelled }) => isCancelled === true),
      refusal
    )
  }
  const others = held.filter((one) => one !== own)
  const reversals = others.filter((one) => balances([one, own]).size === 0)
  const copies = others.filter((one) => isEqual(one, own))
  const rest = others.filter((one) => !reversals.includes(one) && !copies.includes(one))
  const reference = own.receipt.reference
  const reason = (
    kind: Reason["kind"],
    message: string,
    about: ReadonlyArray<HeldEntry> = [own]
  ): Reason => ({
    kind,
    message,
    codes: [],
    references: namesOf(about)
  })
  if (copies.length > reversals.length) {
    return reason(
      "twice-in-ledger",
      `it stands in the ledger as ${namesOf([own, ...copies]).join(" and ")}. Reverse all but ${reference} there.`,
      [own, ...copies]
    )
  }
  if (rest.length > 0) {
    return reason(
      "extra-in-ledger",
      `${namesOf(rest).join(", ")} carries the reference of ${reference} and other content. Reverse it in the ledger, or take our reference off it.`,
      rest
    )
  }
  const change = changeIn(entry, own)
  if (change !== undefined) {
    return isRounding(balances([entry], [own]), entry) && entry.postingDate === own.postingDate
      ? reason("rounding", `${reference}: ${change}. The ledger computed its own amount from its rate.`)
      : reason("changed-in-ledger", `${reference} was changed in the ledger: ${change}.`)
  }
  if (reversals.length > copies.length) {
    return reason(
      "changed-in-ledger",
      `${reference} was reversed in the ledger by ${namesOf(reversals).join(", ")}. If that was right, cancel the document in the source too.`,
      [own, ...reversals]
    )
  }
  if (receipt !== null && receipt.reference !== reference) {
    return reason(
      "changed-in-ledger",
      `it was posted as ${receipt.reference}, and stands in the ledger as ${reference}.`
    )
  }
  return undefined
}
