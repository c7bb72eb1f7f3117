import { assert, describe, it } from "@effect/vitest"
import { Exit, Schema } from "effect"
import { accountingPeriod, CalendarDate } from "../../src/accounting/AccountingPeriod.ts"

describe("accountingPeriod", () => {
  it.each([
    { date: "2026-01-01", firstMonth: 1, year: 2026, period: 1, why: "the calendar year" },
    { date: "2026-12-31", firstMonth: 1, year: 2026, period: 12, why: "the calendar year" },
    { date: "2026-03-31", firstMonth: 4, year: 2026, period: 12, why: "a year from April ends in March" },
    { date: "2026-04-01", firstMonth: 4, year: 2027, period: 1, why: "and is named by the year it ends in" },
    { date: "2026-12-31", firstMonth: 4, year: 2027, period: 9, why: "and goes on over New Year" },
    { date: "2027-01-01", firstMonth: 4, year: 2027, period: 10, why: "and goes on over New Year" },
    { date: "2026-11-30", firstMonth: 12, year: 2026, period: 12, why: "a year from December" },
    { date: "2026-12-01", firstMonth: 12, year: 2027, period: 1, why: "a year from December" },
    { date: "2028-02-29", firstMonth: 2, year: 2029, period: 1, why: "a leap day" }
  ])("$why, month $firstMonth first: $date is $year period $period", ({ date, firstMonth, period, year }) => {
    assert.deepStrictEqual(accountingPeriod(date, firstMonth), { year, period })
  })

  it("starts in January unless told otherwise", () => {
    assert.deepStrictEqual(accountingPeriod("2026-10-31"), { year: 2026, period: 10 })
  })
})

describe("CalendarDate", () => {
  it.each(["2026-10-31", "2028-02-29"])("accepts %s", (date) => {
    assert.isTrue(Exit.isSuccess(Schema.decodeExit(CalendarDate)(date)))
  })

  it.each(["2026-13-01", "2026-00-10", "2026-10-32", "31.10.2026", "2026-10-31T00:00:00Z", "26-10-31", ""])(
    "refuses %j",
    (date) => {
      assert.isTrue(Exit.isFailure(Schema.decodeExit(CalendarDate)(date)))
    }
  )
})
