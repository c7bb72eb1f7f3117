import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Option } from "effect"
import { judge } from "../../../src/connectors/ifs-cloud/findVoucher.ts"
import { marker } from "../../../src/connectors/ifs-cloud/marker.ts"
import { balancesOf, type HeldVoucher } from "../../../src/connectors/ifs-cloud/readVouchers.ts"
import { invoice } from "./entries.ts"

const cents = (value: bigint) => BigDecimal.make(value, 2)

/** A voucher with the reference of the invoice; `sign` -1n is its reversal, made in IFS with the reference copied. */
const voucher = (number: string, sign = 1n, change: Partial<HeldVoucher> = {}) => ({
  stage: "accepted" as const,
  voucher: {
    reference: `10/2026/Q/${number}`,
    functionGroup: "M",
    referenceNumber: marker(invoice()).referenceNumber,
    rowCount: 3,
    debits: cents(11900n),
    credits: cents(11900n),
    balances: balancesOf([
      ["1510", cents(11900n * sign)],
      ["4000", cents(-10000n * sign)],
      ["2610", cents(-1900n * sign)]
    ]),
    ...change
  }
})

const verdict = (found: ReadonlyArray<ReturnType<typeof voucher>>) => {
  const judged = judge(invoice(), marker(invoice()), found)
  if (!Option.isOption(judged)) return judged.code
  return Option.match(judged, { onNone: () => "absent", onSome: (receipt) => receipt.reference })
}

const otherAmounts = balancesOf([
  ["1510", cents(11800n)],
  ["4000", cents(-11800n)]
])

describe("judge", () => {
  it.each([
    { what: "nothing", found: [], expected: "absent" },
    { what: "its voucher", found: [voucher("1")], expected: "10/2026/Q/1" },
    {
      what: "its voucher and the reversal a person made of it",
      found: [voucher("1"), voucher("2", -1n)],
      expected: "10/2026/Q/1"
    },
    {
      what: "its voucher and an interim voucher with the copied reference",
      found: [voucher("1"), voucher("2", 1n, { functionGroup: "R" })],
      expected: "10/2026/Q/1"
    },
    { what: "its voucher twice", found: [voucher("1"), voucher("2")], expected: "marker-duplicate" },
    {
      what: "its voucher twice, one of them reversed",
      found: [voucher("1"), voucher("2"), voucher("3", -1n)],
      expected: "10/2026/Q/1"
    },
    {
      what: "its voucher, changed in the hold table",
      found: [voucher("1", 1n, { balances: otherAmounts })],
      expected: "marker-conflict"
    },
    { what: "only the reversal", found: [voucher("2", -1n)], expected: "marker-conflict" }
  ])("an entry of which IFS holds $what: $expected", ({ expected, found }) => {
    assert.strictEqual(verdict(found), expected)
  })
})
