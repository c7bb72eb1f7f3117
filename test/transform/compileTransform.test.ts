import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { SalesDocument } from "../../src/pipeline/SalesDocument.ts"
import { lookUp, shapeOf, unknownShape } from "../../src/pipeline/Shape.ts"
import type { Json } from "../../src/pipeline/SourceRecord.ts"
import { compileTransform } from "../../src/transform/compileTransform.ts"

const shape = shapeOf(SalesDocument)

/** Two lines of 60.00 and 40.00 net, sold by the wholesale store. */
const record: Json = {
  number: "1000042",
  store: { id: "1", code: "b2b" },
  lines: [
    { sku: "A-1", productType: "simple", net: "60.00" },
    { sku: "B-2", productType: "bundle", net: "40.00" }
  ],
  totals: { grand: "119.00", net: "100.00", tax: "19.00" },
  raw: { note: "as received", items: Array.from({ length: 400 }, (_, number) => ({ number })) }
}

const issuesOf = (...expressions: ReadonlyArray<string>) =>
  Result.match(compileTransform({ steps: expressions.map((jsonata) => ({ jsonata })), shape }), {
    onFailure: (issues) => issues,
    onSuccess: () => []
  })

/** Compiles without knowing the record, as after a step whose result cannot be told, and runs. */
const run = (input: Json, ...expressions: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const transform = yield* Effect.fromResult(
      compileTransform({ steps: expressions.map((jsonata) => ({ jsonata })), shape: unknownShape })
    ).pipe(Effect.orDie)
    return yield* transform.run(input)
  })

const codeOf = (input: Json, expression: string) =>
  run(input, expression).pipe(
    Effect.map(() => "it ran"),
    Effect.catchTag("TransformFailed", ({ code }) => Effect.succeed(code))
  )

describe("compileTransform", () => {
  it.effect("adds a field and keeps the others", () =>
    Effect.gen(function* () {
      const transform = yield* Effect.fromResult(
        compileTransform({
          steps: [{ jsonata: '$merge([$, { "channel": store.code = "b2b" ? "wholesale" : "web" }])' }],
          shape
        })
      )
      assert.deepStrictEqual(yield* transform.run(record), { ...Object(record), channel: "wholesale" })
      assert.deepStrictEqual(lookUp(transform.shape, "channel"), {
        _tag: "Literal",
        values: ["wholesale", "web"]
      })
      assert.strictEqual(lookUp(transform.shape, "totals.grand")._tag, "Decimal")
    })
  )

  it.effect("keeps the payload as received reachable after a step that drops it", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* run(record, '{ "number": number }', '$merge([$, { "note": raw.note }])'), {
        number: "1000042",
        note: "as received"
      })
    })
  )

  it.effect("without steps gives the record itself", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* run(record), record)
    })
  )

  it.effect("computes with amounts exactly", () =>
    Effect.gen(function* () {
      const result = yield* run(
        record,
        `{ "sum": $amountSum(lines.net), "tenths": $amountAdd("0.1", "0.2"), "less": $amountSubtract("1.00", "2.5"),
           "rounded": $amountMultiply("1.005", "1", 2), "back": $amountNegate("4.50"), "large": $amountAdd("9007199254740993", "0"),
           "parts": $amountAllocate("10.00", ["1", "1", "1"]), "isSame": $amountCompare("9.0", "9.00") = 0, "none": $amountSum([]) }`
      )
      assert.deepInclude(result, {
        sum: "100.00",
        tenths: "0.3",
        less: "-1.50",
        rounded: "1.01",
        back: "-4.50",
        large: "9007199254740993",
        parts: ["3.34", "3.33", "3.33"],
        isSame: true,
        none: "0"
      })
    })
  )

  it.effect.each([
    ['{ "x": $replace("a-b-c", "-", "+") }', "a+b+c"],
    ['{ "x": $replace("A-12", /-(\\d)/, "/$1") }', "A/12"],
    ['{ "x": $join(lines.sku, ", ") }', "A-1, B-2"],
    ['{ "x": $distinct([{"a": 1}, {"a": 1}, {"a": 2}]) }', [{ a: 1 }, { a: 2 }]],
    ['{ "x": $lookup({"b2b": "wholesale"}, store.code) }', "wholesale"],
    ['{ "x": lines[productType = "bundle"].sku }', "B-2"],
    ['{ "x": lines[1].{"s": sku} }', { s: "B-2" }],
    ['( $first := lines[0]; { "x": $first.sku & "!" })', "A-1!"],
    ['{ "x": $count(lines) * 2 - 1 }', 3],
    ['{ "x": nothing ?? "default" }', "default"],
    ['{ "x": $contains("GOLD", /gold/i) }', true],
    ['{ "x": [1..3] }', [1, 2, 3]]
  ] as const)("%s gives %j", ([expression, expected]) =>
    Effect.gen(function* () {
      assert.deepInclude(yield* run(record, expression), { x: expected })
    })
  )

  it("reports all issues of all steps, each with its place and what was meant", () => {
    assert.deepStrictEqual(
      issuesOf('{ "a": store.cde, "b": totals.grnad }', '{ "c": $uppercse(a) }').map(
        ({ step, offset, code, suggestion }) => ({ step, offset, code, suggestion })
      ),
      [
        { step: 0, offset: 13, code: "expression/unknown-field", suggestion: "code" },
        { step: 0, offset: 30, code: "expression/unknown-field", suggestion: "grand" },
        { step: 1, offset: 7, code: "expression/unknown-function", suggestion: "uppercase" }
      ]
    )
  })

  it("checks a step against the result of the one before", () => {
    assert.deepInclude(issuesOf('{ "net": totals.net }', '{ "x": nte }')[0], { step: 1, suggestion: "net" })
  })

  it("says that the field of a step before is gone", () => {
    assert.deepInclude(issuesOf('{ "sku": lines[0].sku }', "{ 'x': totals.net }")[0], {
      step: 1,
      code: "expression/unknown-field"
    })
  })

  it.each([
    ['{ "x": totals.net + totals.tax }', "expression/float-arithmetic"],
    ['{ "x": $sum(lines.net) }', "expression/float-arithmetic"],
    ['{ "x": $number(totals.net) }', "expression/float-arithmetic"],
    ['{ "x": -totals.net }', "expression/float-arithmetic"],
    ['{ "x": $round(1.005, 2) }', "expression/float-arithmetic"],
    ['{ "x": $count(lines) * totals.net }', "expression/float-arithmetic"],
    ['{ "x": totals.net = "0" }', "expression/amount-comparison"],
    ['{ "x": lines[net > "5"].sku }', "expression/amount-comparison"],
    ["{ 'x': $contains(number, /(a)\\1/) }", "expression/regex"],
    ["{ 'x': $contains(number, /(?=a)b/) }", "expression/regex"],
    ["{ 'x': $contains(number, /(a{900}){900}/) }", "expression/regex"],
    ["{ 'x': /a/ }", "expression/not-allowed"],
    ['$length($pad("x",170000000))', "expression/not-allowed"],
    ['$eval("1")', "expression/not-allowed"],
    ["($f := function($x){ $f($x) }; $f(1))", "expression/not-allowed"],
    ["$map(lines, $string)", "expression/not-allowed"],
    ["( $f := $uppercase; $f(number) )", "expression/not-allowed"],
    ["( $count := 1; $count )", "expression/not-allowed"],
    ["$substring(?, 1)", "expression/not-allowed"],
    ["number ~> $uppercase", "expression/not-allowed"],
    ['$ ~> |lines|{"a":1}|', "expression/not-allowed"],
    ["{ 'x': [1..10000000] }", "expression/not-allowed"],
    ["{ 'x': [1..$count(lines)] }", "expression/not-allowed"],
    ["lines{sku: net}", "expression/not-allowed"],
    ["lines^(net)", "expression/not-allowed"],
    ["lines@$line.sku", "expression/not-allowed"],
    ["lines#$place.sku", "expression/not-allowed"],
    ["lines.%.number", "expression/not-allowed"],
    ["**", "expression/not-allowed"],
    ["{ number: 1 }", "expression/not-allowed"],
    ['{ "__proto__": 1 }', "expression/not-allowed"],
    ["raw.constructor.constructor", "expression/not-allowed"],
    ["{ 'x': $now() }", "expression/not-allowed"],
    ["{ 'x': $random() }", "expression/not-allowed"],
    ["{ 'x': $missing }", "expression/unknown-variable"],
    ["{ 'x': $trim(number, 1) }", "expression/arguments"],
    ["{ 'x': (", "expression/syntax"]
  ])("refuses %s", (expression, code) => {
    assert.include(
      issuesOf(expression).map((issue) => issue.code),
      code
    )
  })

  it.each([
    ["too deep to parse", "(".repeat(9_000), "expression/syntax"],
    ["too long", `"${"x".repeat(20_000)}"`, "expression/too-large"],
    [
      "of thirty defaults inside each other",
      `${"(".repeat(30)}number${" ?: number)".repeat(30)}`,
      "expression/too-large"
    ],
    ["of too many parts", `[${"1,".repeat(7_000)}1]`, "expression/too-large"]
  ])("refuses an expression %s", (_, expression, code) => {
    assert.deepStrictEqual(
      issuesOf(expression).map((issue) => issue.code),
      [code]
    )
  })

  it("an unknown record is not complained about", () => {
    assert.isTrue(
      Result.isSuccess(
        compileTransform({ steps: [{ jsonata: '{ "x": a.b[c = "d"].e }' }], shape: unknownShape })
      )
    )
  })

  describe("an expression that is allowed and goes too far", () => {
    const doubled = Array.from({ length: 40 }, (_, n) => `$v${n + 1} := { "l": $v${n}, "r": $v${n} }`).join(
      "; "
    )
    const nested = `${"[".repeat(40)}1${"]".repeat(40)}`

    it.effect.each([
      [
        "a text that doubles",
        '( $a := raw.note & raw.note; $b := $a & $a; $c := $b & $b; { "x": $c } )',
        "transform/too-large"
      ],
      [
        "a value that doubles by sharing",
        `( $v0 := $; ${doubled}; { "x": $v40 = $v39 } )`,
        "transform/too-large"
      ],
      [
        "lists inside lists",
        '{ "x": $count(raw.items[$count($$.raw.items[number = 5]) > 0]) }',
        "transform/too-long"
      ],
      ["a product of lists", '{ "x": $count(raw.items.($$.raw.items.number)) }', "transform/too-long"],
      ["a joined list", '{ "x": $join(raw.items.($$.raw.note), "") }', "transform/too-large"],
      ["a replacement that multiplies", '{ "x": $replace(raw.note, "y", raw.note) }', "transform/too-large"],
      ["a result that is too deep", `{ "x": ${nested} }`, "transform/too-deep"],
      ["a pattern tried at each place", '{ "x": $replace(raw.note, /y*z|y/, "") }', "transform/too-long"],
      ["an amount that is none", '{ "x": $amountAdd(totals.net, number & "x") }', "transform/not-an-amount"],
      ["an amount that is absent", '{ "x": $amountAdd(totals.net, nothing) }', "transform/not-an-amount"],
      [
        "an amount that grows",
        `( ${"$a := $amountMultiply('123456789', '123456789'); ".repeat(1)} { "x": $amountMultiply($amountMultiply($a, $a), $a) } )`,
        "transform/not-an-amount"
      ],
      ["no document", "lines", "transform/not-a-document"],
      ["nothing", "nothing", "transform/not-a-document"],
      ["a wrong argument", '{ "x": $substring(lines, 1) }', "transform/failed"]
    ] as const)("%s is stopped", ([, expression, code]) =>
      Effect.gen(function* () {
        const large = { ...Object(record), raw: { ...Object(record).raw, note: "y".repeat(30_000) } }
        assert.strictEqual(yield* codeOf(large, expression), code)
      })
    )

    it.effect("a pattern that backtracks for minutes elsewhere answers at once", () =>
      Effect.gen(function* () {
        const input = { raw: { text: `${"a".repeat(60)}!` } }
        assert.deepInclude(yield* run(input, '{ "x": $contains(raw.text, /^(a+)+$/) }'), { x: false })
      })
    )

    it.effect("a record that is too large is not read", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* codeOf({ raw: "x".repeat(1_100_000) }, '{ "x": 1 }'), "transform/too-large")
      })
    )

    it.effect("its message names the step", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(run(record, "$", "lines"))
        assert.deepInclude(error, { step: 1 })
        assert.include(error.message, "Step 2")
      })
    )
  })

  it.effect("a prototype cannot be reached by a computed name", () =>
    Effect.gen(function* () {
      assert.notProperty(yield* run(record, '{ "x": $lookup(raw, "__proto__") }'), "x")
    })
  )

  it.effect("records in flight at the same time do not share their budget", () =>
    Effect.gen(function* () {
      const transform = yield* Effect.fromResult(
        compileTransform({
          steps: [{ jsonata: '{ "x": $count(raw.items[number > 5]) }' }],
          shape: unknownShape
        })
      )
      const results = yield* Effect.forEach(Array.from({ length: 80 }), () => transform.run(record), {
        concurrency: "unbounded"
      })
      assert.isTrue(results.every((result) => Object(result).x === 394))
    })
  )
})
