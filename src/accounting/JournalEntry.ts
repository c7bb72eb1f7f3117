/**
 * JournalEntry: a balanced set of lines with one date, company and currency.
 *
 * Every line states its amount twice: in the currency of the document and in
 * the company's accounting currency, each as the source recorded it. Neither is
 * ever computed from a rate: rates are stored with too few decimals to give the
 * other amount back.
 */
import { BigDecimal, Schema } from "effect"
import { CalendarDate } from "./AccountingPeriod.ts"
import { Amount } from "./Amount.ts"
import { CurrencyCode, minorUnitDecimals } from "./CurrencyCode.ts"
import { Decimal, formatDecimal, zero } from "./Decimal.ts"

/** Which column of the ledger a line stands in. */
export const Side = Schema.Literals(["debit", "credit"]).annotate({ identifier: "Side" })
export type Side = typeof Side.Type

/** The other column. */
export const opposite = (side: Side): Side => (side === "debit" ? "credit" : "debit")

/** One leg of an entry. */
export class JournalLine extends Schema.Class<JournalLine>("JournalLine")({
  account: Schema.NonEmptyString.annotate({ description: "Number in the chart of accounts." }),
  side: Side,
  amount: Amount,
  /** May be zero: the smallest amount of a weak currency is less than a cent. */
  accountingAmount: Decimal.check(Schema.isGreaterThanOrEqualToBigDecimal(zero)),
  dimensions: Schema.Record(Schema.String, Schema.String).annotate({
    description: "Analysis attributes by the pipeline's own names, for example costCenter."
  }),
  taxCode: Schema.optionalKey(Schema.String),
  text: Schema.String,
  rule: Schema.String.annotate({ description: "Name of the posting rule that made the line." })
}) {}

/** The business document an entry comes from, as people know it. */
export const DocumentReference = Schema.Struct({
  resource: Schema.String.annotate({ description: "What it is, for example invoice." }),
  id: Schema.String.annotate({ description: "Stable key in the source." }),
  number: Schema.String.annotate({ description: "Number printed on the document." })
}).annotate({ identifier: "DocumentReference" })
export type DocumentReference = typeof DocumentReference.Type

const total = (lines: ReadonlyArray<JournalLine>, side: Side, of: "amount" | "accountingAmount") =>
  BigDecimal.sumAll(lines.filter((line) => line.side === side).map((line) => line[of]))

/** Sum of one side in the currency of the document. */
export const sumOf = (lines: ReadonlyArray<JournalLine>, side: Side): Decimal => total(lines, side, "amount")

interface Balanceable {
  readonly lines: ReadonlyArray<JournalLine>
  readonly currency: CurrencyCode
  readonly accountingCurrency: CurrencyCode
}

const balance = (entry: Balanceable, of: "amount" | "accountingAmount", currency: CurrencyCode) => {
  const debits = total(entry.lines, "debit", of)
  const credits = total(entry.lines, "credit", of)
  return (
    BigDecimal.equals(debits, credits) ||
    `debits ${formatDecimal(debits)} do not equal credits ${formatDecimal(credits)} ${currency}`
  )
}

// Invariant I4: an unbalanced entry cannot be constructed, decoded or stored.
const isBalanced = Schema.makeFilter(
  (entry: Balanceable) => {
    const inDocumentCurrency = balance(entry, "amount", entry.currency)
    return inDocumentCurrency === true
      ? balance(entry, "accountingAmount", entry.accountingCurrency)
      : inDocumentCurrency
  },
  { title: "balanced", description: "Debits equal credits to the minor unit, in both currencies." }
)

const isInMinorUnits = Schema.makeFilter(
  (entry: Balanceable) => {
    const decimals = minorUnitDecimals(entry.currency)
    const accountingDecimals = minorUnitDecimals(entry.accountingCurrency)
    const broken = entry.lines.find(
      (line) =>
        BigDecimal.normalize(line.amount).scale > decimals ||
        BigDecimal.normalize(line.accountingAmount).scale > accountingDecimals
    )
    return (
      broken === undefined ||
      `line ${broken.rule} has a fraction of the minor unit: ${formatDecimal(broken.amount)}`
    )
  },
  { title: "in minor units", description: "No amount has more decimals than its currency." }
)

/** A balanced entry, ready for the ledger. */
export class JournalEntry extends Schema.Class<JournalEntry>("JournalEntry")(
  Schema.Struct({
    idempotencyKey: Schema.NonEmptyString.annotate({
      description:
        "Names this entry across retries and crashes: connection, company, document, kind and revision."
    }),
    document: DocumentReference,
    company: Schema.NonEmptyString.annotate({ description: "Legal entity in the ledger." }),
    postingDate: CalendarDate,
    currency: CurrencyCode,
    accountingCurrency: CurrencyCode,
    text: Schema.String,
    lines: Schema.Array(JournalLine).check(Schema.isMinLength(2)),
    correction: Schema.Boolean.annotate({
      description: "True on a storno: same sides as the original, and the ledger shows the amounts negated."
    }),
    reverses: Schema.optionalKey(
      Schema.String.annotate({ description: "Idempotency key of the entry that this one cancels." })
    )
  }).check(isInMinorUnits, isBalanced)
) {}

const encodeEntry = Schema.encodeSync(JournalEntry)

/**
 * Everything of an entry but its name, as text: two entries with the same text
 * say the same to the ledger, in whichever order their dimensions were stored.
 */
export const contentOf = (entry: JournalEntry): string => {
  const { idempotencyKey: _, lines, ...rest } = encodeEntry(entry)
  return JSON.stringify([
    rest,
    lines.map(({ dimensions, ...line }) => [
      line,
      Object.entries(dimensions).toSorted(([a], [b]) => (a < b ? -1 : 1))
    ])
  ])
}
