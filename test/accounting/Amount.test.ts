import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect, Exit, Schema } from "effect"
import { allocate, Amount, roundTo } from "../../src/accounting/Amount.ts"
import { Decimal, formatDecimal } from "../../src/accounting/Decimal.ts"

const decimal = BigDecimal.fromStringUnsafe

const cents = Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: -10_000_000n, maximum: 10_000_000n }))
const weights = Schema.Array(
  Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: 0n, maximum: 1_000_000n }))
).check(Schema.isMinLength(1), Schema.isMaxLength(12))
const decimals = Schema.Literals([0, 2, 3, 4])

describe("Amount", () => {
  it.each(["0", "0.00", "-1.00", "1e3", "1,00", "", " 1", "1.", ".5", "NaN"])("refuses %j", (text) => {
    assert.isTrue(Exit.isFailure(Schema.decodeExit(Amount)(text)))
  })

  it("refuses a JSON number, which has been a binary float", () => {
    assert.isTrue(Exit.isFailure(Schema.decodeUnknownExit(Amount)(1.1)))
  })

  it.each(["119.00", "0.10", "12345678901234567890.1234", "7"])(
    "reads and writes %s as it stands",
    (text) => {
      assert.strictEqual(Schema.encodeSync(Amount)(Schema.decodeSync(Amount)(text)), text)
    }
  )
})

describe("Decimal", () => {
  it.each(["-12.50", "0.00", "-0.001", "100"])("reads and writes %s as it stands", (text) => {
    assert.strictEqual(Schema.encodeSync(Decimal)(Schema.decodeSync(Decimal)(text)), text)
  })

  it.each([
    { value: BigDecimal.make(-5n, 3), expected: "-0.005" },
    { value: BigDecimal.make(5n, -3), expected: "5000" },
    { value: BigDecimal.make(0n, 2), expected: "0.00" }
  ])("is written without exponent: $expected", ({ expected, value }) => {
    assert.strictEqual(formatDecimal(value), expected)
  })
})

describe("roundTo", () => {
  it.each([
    { value: "2.345", decimals: 2, expected: "2.35", why: "half goes away from zero" },
    { value: "-2.345", decimals: 2, expected: "-2.35", why: "half goes away from zero on either side" },
    { value: "2.3449", decimals: 2, expected: "2.34", why: "less than half is cut" },
    { value: "1.005", decimals: 2, expected: "1.01", why: "a half that no float could hold" },
    { value: "119", decimals: 2, expected: "119.00", why: "missing decimals are added" },
    { value: "100.5", decimals: 0, expected: "101", why: "yen have no decimals" },
    { value: "1.2345", decimals: 3, expected: "1.235", why: "dinars have three" },
    { value: "-0.004", decimals: 2, expected: "0.00", why: "nothing has no sign" }
  ])("$why: $value to $decimals decimals is $expected", ({ decimals, expected, value }) => {
    assert.strictEqual(formatDecimal(roundTo(decimal(value), decimals)), expected)
  })
})

describe("allocate", () => {
  it.each([
    {
      total: "100.00",
      weights: ["1", "1", "1"],
      expected: ["33.34", "33.33", "33.33"],
      why: "the first of equals gets the cent"
    },
    {
      total: "-100.00",
      weights: ["1", "1", "1"],
      expected: ["-33.34", "-33.33", "-33.33"],
      why: "a refund splits like the charge"
    },
    {
      total: "0.05",
      weights: ["3", "7"],
      expected: ["0.02", "0.03"],
      why: "the cent goes where rounding cut most"
    },
    {
      total: "10.00",
      weights: ["0", "0"],
      expected: ["5.00", "5.00"],
      why: "without weights all share alike"
    },
    {
      total: "10.00",
      weights: ["0", "19.99"],
      expected: ["0.00", "10.00"],
      why: "a weight of nothing gets nothing"
    },
    {
      total: "10.00",
      weights: ["0.1", "0.025"],
      expected: ["8.00", "2.00"],
      why: "weights may have decimals of their own"
    },
    { total: "0.00", weights: ["1", "2"], expected: ["0.00", "0.00"], why: "nothing splits into nothing" },
    { total: "5.00", weights: [], expected: [], why: "nobody gets nothing" }
  ])("$why: $total by $weights", ({ expected, total, weights }) => {
    assert.deepStrictEqual(allocate(decimal(total), weights.map(decimal), 2).map(formatDecimal), expected)
  })

  it.each([
    { currency: "yen", decimals: 0, total: "100", expected: ["34", "33", "33"] },
    { currency: "dinars", decimals: 3, total: "1.000", expected: ["0.334", "0.333", "0.333"] }
  ])("splits $currency to their own minor unit", ({ decimals, expected, total }) => {
    const thirds = ["1", "1", "1"].map(decimal)
    assert.deepStrictEqual(allocate(decimal(total), thirds, decimals).map(formatDecimal), expected)
  })

  it.effect.prop(
    "the parts add up to the total exactly, and each is less than a step from its exact share",
    { total: cents, weights, decimals },
    ({ decimals, total, weights }) =>
      Effect.sync(() => {
        const parts = allocate(
          BigDecimal.make(total, decimals),
          weights.map((weight) => BigDecimal.make(weight, 2)),
          decimals
        ).map((part) => {
          assert.strictEqual(part.scale, decimals)
          return part.value
        })
        assert.strictEqual(
          parts.reduce((all, part) => all + part, 0n),
          total
        )
        const sum = weights.reduce((all, weight) => all + weight, 0n)
        const [shares, whole] = sum === 0n ? [weights.map(() => 1n), BigInt(weights.length)] : [weights, sum]
        for (const [index, part] of parts.entries()) {
          const away = part * whole - total * (shares[index] ?? 0n)
          assert.isTrue(away < whole && away > -whole, `part ${index} of ${parts.join(" ")}`)
        }
      }),
    { arbitrary: { runs: 1000 } }
  )

  it.effect.prop(
    "equal weights get parts at most one step apart, the larger ones first",
    { total: cents, count: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 30 })) },
    ({ count, total }) =>
      Effect.sync(() => {
        const parts = allocate(
          BigDecimal.make(total, 2),
          Array.from({ length: count }, () => decimal("1")),
          2
        ).map(({ value }) => (value < 0n ? -value : value))
        const [first, last] = [parts[0] ?? 0n, parts.at(-1) ?? 0n]
        assert.isTrue(first - last === 0n || first - last === 1n)
        assert.deepStrictEqual(
          parts,
          parts.toSorted((a, b) => (a > b ? -1 : a < b ? 1 : 0))
        )
      }),
    { arbitrary: { runs: 500 } }
  )
})
