/**
 * mapDocument: a document by posting rules, into a balanced entry or the problems that stand in the way.
 */
import { BigDecimal, DateTime, Option, Schema } from "effect"
import { roundTo } from "../accounting/Amount.ts"
import { CurrencyCode, minorUnitDecimals } from "../accounting/CurrencyCode.ts"
import { type Decimal, formatDecimal } from "../accounting/Decimal.ts"
import { JournalEntry, JournalLine, opposite } from "../accounting/JournalEntry.ts"
import type { Json, Problem } from "../pipeline/SourceRecord.ts"
import { isJsonList, isJsonObject, readField } from "../transform/readField.ts"
import type { EntryIdentification, MappingResult } from "./CompiledMapping.ts"
import type { CompiledRule, CompiledRules, Path } from "./CompiledRule.ts"
import { differenceOf, type DraftLine, settle } from "./DraftLine.ts"
import { dimensionsOf, fillIn, type LineScope, scopeOf, select, selectRequired } from "./fillIn.ts"

/** The two currencies of a document. */
interface Currencies {
  readonly currency: CurrencyCode
  readonly accountingCurrency: CurrencyCode
}

const isCurrency = Schema.is(CurrencyCode)

const currenciesOf = (document: Json, scope: LineScope): Currencies | undefined => {
  const [currency, accountingCurrency] = [
    readField(document, ["currency"]),
    readField(document, ["accountingCurrency"])
  ]
  if (isCurrency(currency) && isCurrency(accountingCurrency)) return { currency, accountingCurrency }
  for (const [name, value] of [
    ["currency", currency],
    ["accountingCurrency", accountingCurrency]
  ] as const) {
    if (!isCurrency(value)) {
      scope.report(
        "mapping/missing-field",
        `The document's ${name} is ${JSON.stringify(value) ?? "absent"}, not an ISO 4217 code such as EUR. Keep the field in the transform.`
      )
    }
  }
  return undefined
}

// Longer texts are not money, and would make the arithmetic slow.
const isDecimalText = (value: Json): value is string =>
  typeof value === "string" && value.length <= 40 && /^-?\d+(?:\.\d+)?$/u.test(value)

const decimalAt = (from: Json, path: Path, scope: LineScope): Decimal | undefined => {
  const value = readField(from, path)
  const name = path.join(".")
  if (value === undefined || value === null) {
    scope.report(
      "mapping/missing-field",
      `The document has no ${name}, which ${scope.where} posts. Correct the rule or the transform.`
    )
    return undefined
  }
  if (!isDecimalText(value)) {
    scope.report(
      "mapping/not-an-amount",
      `${name} is ${JSON.stringify(value).slice(0, 60)}, not an amount. Amounts are texts such as "119.00"; compute them with $amountAdd and its kin.`
    )
    return undefined
  }
  return BigDecimal.fromStringUnsafe(value)
}

/** Both amounts of a line, signed and rounded half away from zero to the minor unit of their currencies. */
const amountsOf = (rule: CompiledRule, from: Json, currencies: Currencies, scope: LineScope) => {
  const amount = decimalAt(from, rule.amount, scope)
  if (amount === undefined) return undefined
  const twin = readField(from, rule.accountingAmount)
  const isSame = currencies.currency === currencies.accountingCurrency
  if (twin === undefined && !isSame) {
    scope.report(
      "mapping/no-accounting-amount",
      `There is no ${rule.accountingAmount.join(".")}, the amount in ${currencies.accountingCurrency} beside ${rule.amount.join(".")} in ${currencies.currency}. Let the transform make both; no rate is ever applied.`
    )
    return undefined
  }
  const accounting = twin === undefined ? amount : decimalAt(from, rule.accountingAmount, scope)
  if (accounting === undefined) return undefined
  const rounded = {
    amount: roundTo(amount, minorUnitDecimals(currencies.currency)),
    accounting: roundTo(accounting, minorUnitDecimals(currencies.accountingCurrency))
  }
  if (BigDecimal.sign(rounded.amount) * BigDecimal.sign(rounded.accounting) < 0) {
    scope.report(
      "mapping/opposite-signs",
      `${rule.amount.join(".")} is ${formatDecimal(amount)} ${currencies.currency} but ${formatDecimal(accounting)} ${currencies.accountingCurrency}. One line cannot stand on both sides; correct the document.`
    )
    return undefined
  }
  return rounded
}

const lineOf = (
  rule: CompiledRule,
  from: Json,
  currencies: Currencies,
  scope: LineScope
): ReadonlyArray<DraftLine> => {
  const amounts = amountsOf(rule, from, currencies, scope)
  if (amounts === undefined || BigDecimal.isZero(amounts.amount)) return []
  const account = selectRequired(rule.account, scope, "account")
  const dimensions = dimensionsOf(rule.dimensions, scope)
  const taxCode = rule.taxCode === undefined ? undefined : select(rule.taxCode, scope)?.value
  if (account === undefined) return []
  return [
    {
      account: account.value,
      side: BigDecimal.isNegative(amounts.amount) ? opposite(rule.side) : rule.side,
      amount: BigDecimal.abs(amounts.amount),
      accountingAmount: BigDecimal.abs(amounts.accounting),
      dimensions,
      ...(taxCode === undefined || taxCode === "" ? {} : { taxCode }),
      text: rule.text === undefined ? "" : fillIn(rule.text, scope),
      provenance: {
        rule: rule.name,
        ...(account.table === undefined ? {} : { table: account.table }),
        ...(account.row === undefined ? {} : { row: account.row })
      }
    }
  ]
}

/** JSONata gives a list of one as the element itself and an empty one as nothing. */
const elementsOf = (document: Json, each: Path, scope: LineScope): ReadonlyArray<Json> => {
  const value = readField(document, each)
  if (isJsonList(value)) return value
  if (isJsonObject(value)) return [value]
  if (value !== undefined && value !== null) {
    scope.report(
      "mapping/not-a-list",
      `${each.join(".")} is ${JSON.stringify(value).slice(0, 60)}, not a list. Correct each, or the transform.`
    )
  }
  return []
}

const isInstant = /^[12]\d{3}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/u

/** A day without a time, as ledgers date their payments: no zone and no cut-off can move it. */
const dayOf = (value: Json | undefined): string | undefined => {
  if (typeof value !== "string" || !/^[12]\d{3}-\d{2}-\d{2}$/u.test(value)) return undefined
  // The thirtieth of February would be read as the second of March.
  const read = Option.map(DateTime.make(value), DateTime.formatIsoDate)
  return Option.getOrUndefined(read) === value ? value : undefined
}

const postingDateOf = (rules: CompiledRules, document: Json, scope: LineScope): string | undefined => {
  const { cutOffMinutes, from, zone } = rules.postingDate
  const value = readField(document, from)
  const day = dayOf(value)
  if (day !== undefined) return day
  const instant =
    typeof value === "string" && isInstant.test(value) ? DateTime.make(value) : Option.none<DateTime.Utc>()
  if (Option.isSome(instant)) {
    const local = DateTime.setZone(instant.value, zone)
    const { hour, minute } = DateTime.toParts(local)
    const isLate = cutOffMinutes !== undefined && hour * 60 + minute >= cutOffMinutes
    return DateTime.formatIsoDate(isLate ? DateTime.add(local, { days: 1 }) : local)
  }
  scope.report(
    "mapping/not-an-instant",
    `${from.join(".")} is ${JSON.stringify(value) ?? "absent"}, not an instant such as 2026-03-31T22:15:00Z or a day such as 2026-03-31. Correct postingDate.from, or the document.`
  )
  return undefined
}

const sideTotals = (
  lines: ReadonlyArray<DraftLine>,
  of: "amount" | "accountingAmount",
  currency: CurrencyCode
) => {
  const sum = (side: DraftLine["side"]) =>
    roundTo(
      BigDecimal.sumAll(lines.filter((line) => line.side === side).map((line) => line[of])),
      minorUnitDecimals(currency)
    )
  const [debits, credits] = [sum("debit"), sum("credit")]
  return `debits ${formatDecimal(debits)} and credits ${formatDecimal(credits)} ${currency} differ by ${formatDecimal(BigDecimal.abs(BigDecimal.subtract(debits, credits)))}`
}

/** Says what is out of balance and, where the document itself has an unexplained part, that it does. */
const reportImbalance = (
  rules: CompiledRules,
  lines: ReadonlyArray<DraftLine>,
  { currency, accountingCurrency }: Currencies,
  scope: LineScope
) => {
  const off = differenceOf(lines)
  const totals = BigDecimal.isZero(off.amount)
    ? sideTotals(lines, "accountingAmount", accountingCurrency)
    : sideTotals(lines, "amount", currency)
  const residual = readField(scope.document, ["totals", "residual"])
  const unexplained =
    residual !== undefined &&
    isDecimalText(residual) &&
    !BigDecimal.isZero(BigDecimal.fromStringUnsafe(residual))
      ? ` The source's total has an unexplained part of ${residual} ${currency} (totals.residual): a surcharge or a discount that stands in none of its fields.`
      : ""
  const { rounding } = rules
  scope.report(
    rounding === undefined ? "mapping/unbalanced" : "mapping/rounding-limit",
    `The entry does not balance: ${totals}${
      rounding === undefined ? "" : `, more than the rounding limit of ${formatDecimal(rounding.limit)}`
    }.${unexplained} Add a rule for the part that is missing${rounding === undefined ? ", or a rounding account for a cent" : ""}.`
  )
}

const balanced = (
  rules: CompiledRules,
  lines: ReadonlyArray<DraftLine>,
  currencies: Currencies,
  scope: LineScope
): ReadonlyArray<DraftLine> | undefined => {
  const off = differenceOf(lines)
  if (BigDecimal.isZero(off.amount) && BigDecimal.isZero(off.accountingAmount)) return lines
  const { rounding } = rules
  const isWithin = (value: Decimal) =>
    rounding !== undefined && BigDecimal.isLessThanOrEqualTo(BigDecimal.abs(value), rounding.limit)
  const settled =
    rounding !== undefined && isWithin(off.amount) && isWithin(off.accountingAmount)
      ? settle(lines, {
          account: rounding.account,
          dimensions: dimensionsOf(rounding.dimensions, scope),
          text: ""
        })
      : undefined
  if (settled === undefined) reportImbalance(rules, lines, currencies, scope)
  return settled
}

/**
 * Maps one document. Pure. Problems of all rules are collected; balance is
 * judged only when no line is missing, since a gap always unbalances.
 */
export const mapDocument = (
  rules: CompiledRules,
  document: Json,
  about: EntryIdentification
): MappingResult => {
  const problems = new Map<string, Problem>()
  const scope = (where: string, element?: Json) => scopeOf(document, where, problems, element)
  const whole = scope("document")
  const currencies = currenciesOf(document, whole)
  const company = selectRequired(rules.company, scope("company"), "company")
  const postingDate = postingDateOf(rules, document, scope("postingDate"))
  const drafts =
    currencies === undefined
      ? []
      : rules.lines.flatMap((rule) => {
          const where = `lines.${rule.name}`
          return rule.each === undefined
            ? lineOf(rule, document, currencies, scope(where))
            : elementsOf(document, rule.each, scope(where)).flatMap((element) =>
                lineOf(rule, element, currencies, scope(where, element))
              )
        })
  if (problems.size === 0 && drafts.length === 0) return { _tag: "NothingToPost" }
  const lines =
    problems.size === 0 && currencies !== undefined ? balanced(rules, drafts, currencies, whole) : undefined
  if (
    problems.size > 0 ||
    lines === undefined ||
    company === undefined ||
    postingDate === undefined ||
    currencies === undefined
  ) {
    return {
      _tag: "Problems",
      problems: [...problems.values()],
      ...(postingDate === undefined ? {} : { postingDate })
    }
  }
  const text =
    rules.text === undefined
      ? `${about.document.resource} ${about.document.number}`
      : fillIn(rules.text, whole)
  const isMoved = about.postingDate !== undefined && about.postingDate !== postingDate
  return {
    _tag: "Entry",
    provenance: lines.map(({ provenance }) => provenance),
    // Invariant I4: everything the constructor checks has been settled above; if it refuses, that is a bug of ours.
    entry: new JournalEntry({
      ...currencies,
      document: about.document,
      idempotencyKey: about.idempotencyKey(company.value),
      company: company.value,
      postingDate: about.postingDate ?? postingDate,
      text: isMoved ? `${text} (dated ${postingDate})` : text,
      correction: false,
      lines: lines.map(({ provenance, ...line }) => new JournalLine({ ...line, rule: provenance.rule }))
    })
  }
}
