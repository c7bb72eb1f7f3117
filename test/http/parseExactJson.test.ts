import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { parseExactJson } from "../../src/http/parseExactJson.ts"

describe("parseExactJson", () => {
  it.each([
    { text: '{"a":22.50}', expected: { a: "22.50" }, why: "a decimal keeps its text" },
    { text: "160", expected: 160, why: "a safe integer stays a number" },
    {
      text: "[9007199254740993]",
      expected: ["9007199254740993"],
      why: "an integer beyond the safe range keeps its digits"
    },
    { text: "3.55e-3", expected: "0.00355", why: "an exponent is written out" },
    { text: '{"a":-0}', expected: { a: 0 }, why: "minus zero is zero" },
    { text: '{"a":"1.10"}', expected: { a: "1.10" }, why: "text stays text" }
  ])("$why: $text", ({ text, expected }) => {
    assert.deepStrictEqual(parseExactJson(text), Result.succeed(expected))
  })

  it("refuses text that is not JSON, and nesting that could exhaust the stack", () => {
    assert.deepStrictEqual(parseExactJson('{"a":'), Result.fail("is not JSON"))
    assert.isTrue(Result.isFailure(parseExactJson("[".repeat(100) + "]".repeat(100))))
    assert.isTrue(Result.isSuccess(parseExactJson(JSON.stringify("[".repeat(100)))))
  })

  it.each(["01", "1.", ".5", "+1", "1e", "--1", "1-2", "NaN", "1e999999999"])(
    "refuses %s, which is no number of JSON",
    (text) => {
      assert.deepStrictEqual(parseExactJson(`{"a":${text}}`), Result.fail("is not JSON"))
    }
  )

  it.each([
    { text: '"1.50"', expected: "1.50" },
    { text: '"a \\"1.5\\" b"', expected: 'a "1.5" b' },
    {
      text: '{"1.5":[1.5,"1.5",-1.50,1E2,1e-2,-0.0]}',
      expected: { "1.5": ["1.5", "1.5", "-1.50", "100", "0.01", "0.0"] }
    }
  ])("a number inside a text is left alone: $text", ({ expected, text }) => {
    assert.deepStrictEqual(parseExactJson(text), Result.succeed(expected))
  })

  it.each([
    { text: '["a\\u0000b"]', expected: ["a\uFFFDb"] },
    { text: '{"a\\u0000b":1}', expected: { "a\uFFFDb": 1 } },
    { text: '["\\ud800","\\uDC00x","\\ud83d\\ude00"]', expected: ["\uFFFD", "\uFFFDx", "\u{1F600}"] },
    { text: '["\\\\u0000","\\\\\\u0000"]', expected: ["\\u0000", "\\\uFFFD"] }
  ])("replaces what the database cannot store: $text", ({ text, expected }) => {
    assert.deepStrictEqual(parseExactJson(text), Result.succeed(expected))
  })

  it.each([
    ["a number of a million digits", "1".repeat(1_000_000), "is not JSON"],
    ["a decimal of a million digits", `0.${"1".repeat(1_000_000)}`, "is not JSON"],
    ["ten million lists", `[${"[],".repeat(10_000_000)}1]`, "holds more than 1000000 values"],
    ["three million fields", `{${'"k":1,'.repeat(3_000_000)}"k":1}`, "holds more than 1000000 values"]
  ])("refuses %s before anything is made of it", (_, text, why) => {
    assert.deepStrictEqual(parseExactJson(text), Result.fail(why))
  })

  it("keeps a __proto__ key as data", () => {
    const parsed = Result.getOrThrow(parseExactJson('{"__proto__":{"polluted":true}}'))
    assert.isUndefined(Reflect.get({}, "polluted"))
    assert.deepStrictEqual(Object.keys(Object(parsed)), ["__proto__"])
  })
})
