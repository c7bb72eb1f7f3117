/**
 * daysOf: the days of a range, one by one.
 */
import { DateTime, Option } from "effect"
import type { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import type { DayRange } from "./DocumentState.ts"

/** So many days later; earlier where `days` is negative. */
export const dayAfter = (day: CalendarDate, days = 1): CalendarDate =>
  Option.match(DateTime.make(day), {
    onNone: () => day,
    onSome: (instant) => DateTime.formatIsoDateUtc(DateTime.add(instant, { days }))
  })

/** Every day from the first to the last, in order. */
export const daysOf = ({ from, to }: DayRange): ReadonlyArray<CalendarDate> => {
  const days: Array<CalendarDate> = []
  for (let day = from; day <= to; day = dayAfter(day)) days.push(day)
  return days
}
