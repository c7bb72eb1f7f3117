import { assert, describe, it } from "@effect/vitest"
import { parseYaml, type YamlFile } from "../../src/config/parseYaml.ts"

const text = `# A comment.
name: "a \\"quoted\\" WORD"
zero: 0815
transform:
  - jsonata: |   # Literal.

      $merge([$, {
        "channel": WORD
      }])
  - jsonata: >-
      folded
      WORD
  - jsonata: 'it''s a WORD'
  - jsonata: plain WORD
`

const read = (): YamlFile => parseYaml("pipeline.yaml", text).yaml ?? assert.fail("the file is readable")

/** Where WORD stands on the line that has `before` in front of it. */
const placeOf = (line: number) => ({ line, column: (text.split("\n")[line - 1]?.indexOf("WORD") ?? -1) + 1 })

const scalarAt = (yaml: YamlFile, path: ReadonlyArray<string | number>): string =>
  String(
    path.reduce<unknown>(
      (at, segment) => (at instanceof Object ? Reflect.get(at, segment) : undefined),
      yaml.value
    )
  )

describe("parseYaml", () => {
  it.each([
    { style: "double-quoted", path: ["name"], line: 2 },
    { style: "literal", path: ["transform", 0, "jsonata"], line: 8 },
    { style: "folded", path: ["transform", 1, "jsonata"], line: 12 },
    { style: "single-quoted", path: ["transform", 2, "jsonata"], line: 13 },
    { style: "plain", path: ["transform", 3, "jsonata"], line: 14 }
  ])("finds a character of a $style text where it was typed", ({ line, path }) => {
    const yaml = read()
    assert.deepStrictEqual(yaml.locateInText(path, scalarAt(yaml, path).indexOf("WORD")), placeOf(line))
  })

  it("locates a key, its value, and the parent of what is missing", () => {
    const yaml = read()
    assert.deepStrictEqual(yaml.locate(["zero"], "key"), { line: 3, column: 1 })
    assert.deepStrictEqual(yaml.locate(["zero"]), { line: 3, column: 7 })
    assert.deepStrictEqual(yaml.locate(["transform", 1, "lua"]), { line: 10, column: 5 })
    assert.deepStrictEqual(yaml.locate(["sink", "type"]), { line: 2, column: 1 })
  })

  it("remembers how a number was typed", () => {
    assert.strictEqual(read().written(["zero"]), "0815")
    assert.deepStrictEqual(read().written(["sink"]), undefined)
  })

  it("reads no, on and a key called __proto__ as text", () => {
    const { issues, yaml } = parseYaml("x.yaml", "%YAML 1.1\n---\nno: on\n__proto__: { a: no }\n")
    assert.deepStrictEqual(issues, [])
    assert.strictEqual(JSON.stringify(yaml?.value), '{"no":"on","__proto__":{"a":"no"}}')
  })

  it("refuses a file that grows by aliases, without expanding it", () => {
    const bomb = [
      "a: &a [x, x]",
      ...[..."bcdefghijklmnop"].map((name, at) => {
        const previous = String.fromCodePoint("a".charCodeAt(0) + at)
        return `${name}: &${name} [*${previous}, *${previous}, *${previous}, *${previous}]`
      })
    ].join("\n")
    const { issues, yaml } = parseYaml("x.yaml", bomb)
    assert.isUndefined(yaml)
    assert.strictEqual(issues[0]?.code, "config/yaml")
  })
})
