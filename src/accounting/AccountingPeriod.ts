/**
 * AccountingPeriod: the year and period a posting date falls into.
 *
 * Calendar months of a fiscal year that may start in any month. Whether a
 * period is open is for the ledger to say; we never assume it.
 */
import { Schema } from "effect"

/** A calendar day, "2026-10-31", in the legal entity's own time zone. */
export const CalendarDate = Schema.String.annotate({
  identifier: "CalendarDate",
  description: "Calendar day, YYYY-MM-DD.",
  examples: ["2026-10-31"]
}).check(Schema.isPattern(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/u))
export type CalendarDate = typeof CalendarDate.Type

/** Period 1 is the first month of the fiscal year; a fiscal year is named by the calendar year it ends in. */
export interface AccountingPeriod {
  readonly year: number
  readonly period: number
}

/** The period of `date` when the fiscal year starts on the first of month `firstMonth` (1 to 12). */
export const accountingPeriod = (date: CalendarDate, firstMonth = 1): AccountingPeriod => {
  const year = Number(date.slice(0, 4))
  const month = Number(date.slice(5, 7))
  return {
    year: firstMonth > 1 && month >= firstMonth ? year + 1 : year,
    period: ((month - firstMonth + 12) % 12) + 1
  }
}
