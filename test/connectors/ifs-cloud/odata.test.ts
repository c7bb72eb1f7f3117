import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, DateTime, Schema } from "effect"
import { odata } from "../../../src/connectors/ifs-cloud/odata.ts"

const instant = DateTime.makeUnsafe("2026-09-30T12:00:00.250Z")

describe("odata", () => {
  it.each([
    { what: "text", literal: odata.string("10"), expected: "'10'" },
    { what: "a quote is doubled", literal: odata.string("O'Neill"), expected: "'O''Neill'" },
    {
      what: "an attempt to leave the text stays text",
      literal: odata.string("x' or Company ne '"),
      expected: "'x'' or Company ne '''"
    },
    { what: "a date", literal: odata.date(instant), expected: "2026-09-30" },
    {
      what: "an instant in whole seconds",
      literal: odata.timestamp(instant),
      expected: "2026-09-30T12:00:00Z"
    },
    { what: "a decimal", literal: odata.decimal(BigDecimal.make(12345n, 2)), expected: "123.45" },
    {
      what: "a whole number without an exponent",
      literal: odata.decimal(BigDecimal.make(2n, -9)),
      expected: "2000000000"
    },
    { what: "a truth value", literal: odata.boolean(true), expected: "true" },
    {
      what: "an enumeration, qualified",
      literal: odata.enumMember({ projection: "VoucherHandling", type: "VoucherState", member: "Confirmed" }),
      expected: "IfsApp.VoucherHandling.VoucherState'Confirmed'"
    }
  ])("a literal: $what", ({ expected, literal }) => {
    assert.strictEqual(literal, expected)
  })

  it("conditions are joined with and", () => {
    assert.strictEqual(
      odata.and(
        odata.equal("Company", odata.string("10")),
        odata.startsWith("ReferenceNumber", odata.string("I42.")),
        odata.greaterThan("VoucherNo", odata.decimal(BigDecimal.make(7n, 0)))
      ),
      "Company eq '10' and startswith(ReferenceNumber,'I42.') and VoucherNo gt 7"
    )
  })

  it("a key cannot leave its path segment", () => {
    assert.strictEqual(odata.key({ Objkey: odata.string("a/b?c'd") }), "(Objkey='a%2Fb%3Fc''d')")
  })

  it.prop("any text survives quoting", { text: Schema.String.check(Schema.isMaxLength(40)) }, ({ text }) => {
    const inner = odata.string(text).slice(1, -1)
    assert.strictEqual(inner.replaceAll("''", "'"), text)
    assert.notInclude(inner.replaceAll("''", ""), "'")
  })
})
