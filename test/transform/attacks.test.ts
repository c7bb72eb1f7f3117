/**
 * Expressions that are made to take long: each is stopped by its steps, at the same
 * place on any machine, long before the clock would stop it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { unknownShape } from "../../src/pipeline/Shape.ts"
import { compileTransform } from "../../src/transform/compileTransform.ts"

const rows = (count: number, text: string) => Array.from({ length: count }, (_, n) => ({ n, t: text }))

/** A payload of half a million characters, in which two lists are equal. */
const record = {
  number: "1000042",
  raw: {
    items: rows(3_000, ""),
    one: rows(2_000, "x".repeat(80)),
    other: rows(2_000, "x".repeat(80)),
    note: "y".repeat(30_000)
  }
}

const outcomeOf = (jsonata: string) =>
  Result.match(compileTransform({ steps: [{ jsonata }], shape: unknownShape }), {
    onFailure: ([issue]) => Effect.succeed(`refused: ${issue?.code}`),
    onSuccess: ({ run }) =>
      Effect.match(run(record), {
        onFailure: ({ code, message }) => `${code}: ${message}`,
        onSuccess: () => "it ran"
      })
  })

describe("an expression that is made to take long", () => {
  it.live.each([
    ["compares large lists for each item", "{ 'x': $count(raw.items[$$.raw.one = $$.raw.other]) }"],
    ["searches a list for each item", "( $l := raw.items.n; { 'x': $count(raw.items[n in $l]) } )"],
    ["merges a list for each item", "{ 'x': $count(raw.items.($merge($$.raw.items))) }"],
    ["removes doubles for each item", "{ 'x': $count(raw.items.($distinct($$.raw.one))) }"],
    ["lists keys for each item", "{ 'x': $count(raw.items.($keys($$.raw.one))) }"],
    ["writes a list as text for each item", "{ 'x': $count(raw.items.($string($$.raw.items.n))) }"],
    ["searches a text for each item", "{ 'x': $count(raw.items[$contains($$.raw.note, /(y{20}){20}z/)]) }"],
    ["takes a text apart for each item", "{ 'x': $count(raw.items.($count($split($$.raw.note, '')))) }"],
    ["adds up a list for each item", "{ 'x': $count(raw.items.($amountSum($$.raw.items.n))) }"]
  ] as const)("that %s is stopped by its steps", ([, expression]) =>
    Effect.gen(function* () {
      assert.include(
        yield* outcomeOf(expression),
        "transform/too-long: The expression takes more than 100000 steps"
      )
    })
  )

  it.live.each([
    ["goes down all levels at once", "{ 'x': $count(*.*.*.*.*) }", "transform/too-long"],
    [
      "fills the memory with one short call",
      '$length($pad("x",170000000))',
      "refused: expression/not-allowed"
    ],
    ["runs text as a program", "$eval('[1..1e9]')", "refused: expression/not-allowed"],
    ["calls itself", "($f := function(){ $f() }; $f())", "refused: expression/not-allowed"],
    [
      "sorts with an order of its own",
      "$sort(raw.items, function($a, $b){ true })",
      "refused: expression/not-allowed"
    ],
    ["groups by a key", "raw.items{ $string(n): t }", "refused: expression/not-allowed"],
    ["counts to a million", "{ 'x': [1..1000000] }", "refused: expression/not-allowed"],
    ["hands its value on and on", "raw.note ~> $uppercase ~> $lowercase", "refused: expression/not-allowed"],
    ["reaches for the constructor", "$lookup($, 'a').constructor", "refused: expression/not-allowed"]
  ] as const)("that %s is stopped", ([, expression, code]) =>
    Effect.gen(function* () {
      assert.include(yield* outcomeOf(expression), code)
    })
  )
})
