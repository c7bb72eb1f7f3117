/**
 * Files that are made to take long, to fill the memory or to deceive their reader.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { parseYaml } from "../../src/config/parseYaml.ts"
import { readCsv } from "../../src/mapping/Table.ts"

const first = (text: string) => {
  const { issues, yaml } = parseYaml("p.yaml", text)
  const [issue] = issues
  return { isRead: yaml !== undefined, line: issue?.line, column: issue?.column, message: issue?.message }
}

const laughs = [
  "a0: &a0 [lol, lol, lol, lol]",
  ...Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(9)}*a${n}]`)
].join("\n")

describe("a hostile YAML file", () => {
  it.each([
    ["aliases that multiply", laughs, 2, "Aliases (*name) are not supported."],
    ["a merge key", "a: &a {x: 1}\nb:\n  <<: *a", 3, "Aliases (*name) are not supported."],
    ["brackets without end", "[".repeat(20_000), 1, "nested more than 64 levels"],
    ["brackets that are closed", "[".repeat(9_000) + "]".repeat(9_000), 1, "nested more than 64 levels"],
    ["a hundred lists in one line", `${"- ".repeat(100)}x`, 1, "nested more than 64 levels"],
    [
      "a hundred indentations",
      Array.from({ length: 100 }, (_, n) => `${" ".repeat(n)}a:`).join("\n"),
      65,
      "nested more than 64 levels"
    ],
    ["a tag that names a function", "a: !!js/function 'f()'", 1, "Tags (a word after !) are not supported."],
    ["a NUL", "a: 1\nb: x\0y", 2, "not shown, such as NUL"],
    ["letters that run backwards", 'account: "\u202e0151"', 1, "turns the direction of reading"],
    ["bytes that are no UTF-8", "a: Z\ufffdrich", 1, "not UTF-8 here. Save it as UTF-8."],
    ["one text of a million characters", `a: ${"x".repeat(1_000_000)}`, 1, "more than 500000 characters"],
    ["ten thousand mistakes", "- !t a\n".repeat(10_000), 1, "Tags (a word after !) are not supported."],
    ["ten thousand aliases", "- *x\n".repeat(10_000), 1, "Aliases (*name) are not supported."]
  ])("with %s is refused with its place", (_, text, line, message) => {
    const found = first(text)
    assert.deepStrictEqual([found.isRead, found.line], [false, line])
    assert.include(found.message, message)
  })

  it("with forty thousand keys is read in seconds, and the one that stands twice is named", () => {
    const keys = Array.from({ length: 40_000 }, (_, n) => `k${n}: 1`).join("\n")
    const { issues, yaml } = parseYaml("p.yaml", `${keys}\nk7: 2`)
    assert.isDefined(yaml)
    assert.deepStrictEqual(
      issues.map(({ code, line }) => [code, line]),
      [["config/duplicate-key", 40_001]]
    )
  }, 60_000)

  it("says two hundred mistakes and no more", () => {
    assert.isAtMost(parseYaml("p.yaml", "- !t a\n".repeat(2_000)).issues.length, 200)
  })

  it("reads yes, no, on and 012 as they stand, since YAML 1.2 gives them no other meaning", () => {
    const { yaml } = parseYaml("p.yaml", "a: yes\nb: no\nc: on\nd: 012\ne: 0o14")
    assert.deepStrictEqual(yaml?.value, { a: "yes", b: "no", c: "on", d: 12, e: 12 })
    assert.strictEqual(yaml?.written(["d"]), "012")
  })

  it("keeps __proto__ as a key like any other", () => {
    const { yaml } = parseYaml(
      "p.yaml",
      "__proto__: {polluted: true}\nconstructor: {prototype: {polluted: true}}"
    )
    assert.deepStrictEqual(Object.keys(Object(yaml?.value)), ["__proto__", "constructor"])
    assert.isUndefined(Reflect.get({}, "polluted"))
  })

  it("begins with a byte order mark and is read all the same", () => {
    assert.deepStrictEqual(parseYaml("p.yaml", "\ufeffa: x").yaml?.value, { a: "x" })
  })
})

describe("a hostile table", () => {
  const refusal = (text: string) =>
    Result.match(readCsv({ name: "t", file: "t.csv", text, hitPolicy: "first" }), {
      onSuccess: () => ["it was read"],
      onFailure: (issues) => issues.map(({ at, message }) => `${at?.line}: ${message}`)
    })

  it.each([
    ["a million columns", `${"c,".repeat(1_000_000)}c\n`, "1: The file is not readable as CSV"],
    [
      "three hundred columns",
      `${Array.from({ length: 300 }, (_, n) => `c${n}`).join()}\n`,
      "1: The table has 300 columns, more than 200. Split it."
    ],
    ["a quote that is not closed", `a,b\n"${"x".repeat(1_000_000)}`, "The file is not readable as CSV"],
    [
      "nine million characters",
      `a,b\n${"x,y\n".repeat(2_250_000)}`,
      "more than 8000000 characters. Split it."
    ],
    ["a NUL in a cell", "a,b\nx,1\nx\0,2", "3: There is a character here that is not shown"],
    ["bytes that are no UTF-8", "a,b\nZ\ufffdrich,1", "2: The file is not UTF-8 here."]
  ])("with %s is refused with its line", (_, text, message) => {
    const said = refusal(text)
    assert.lengthOf(said, 1)
    assert.include(said[0], message)
  })

  it("with a heading __proto__ decides nothing but what it says", () => {
    const table = Result.getOrThrow(
      readCsv({ name: "t", file: "t.csv", text: "__proto__,account\nx,1510\n", hitPolicy: "first" })
    )
    assert.deepStrictEqual(table.columns, ["__proto__", "account"])
    assert.isUndefined(Reflect.get({}, "account"))
  })
})
