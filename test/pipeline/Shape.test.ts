import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { Decimal } from "../../src/accounting/Decimal.ts"
import { SalesDocument } from "../../src/pipeline/SalesDocument.ts"
import { lookUp, type Shape, shapeOf, suggest } from "../../src/pipeline/Shape.ts"

const tagAt = (shape: Shape, path: string) => lookUp(shape, path)._tag

describe("Shape", () => {
  const invoice = shapeOf(SalesDocument)

  it.each([
    ["totals.grand", "Decimal"],
    ["totals.accounting.grand", "Decimal"],
    ["store.code", "Text"],
    ["currency", "Text"],
    ["kind", "Literal"],
    ["lines", "List"],
    ["store", "Object"]
  ])("%s of a sales document is %s", (path, tag) => {
    assert.strictEqual(tagAt(invoice, path), tag)
  })

  it("an optional decimal of a line is still a decimal", () => {
    const lines = lookUp(invoice, "lines")
    assert.strictEqual(lines._tag === "List" ? tagAt(lines.item, "taxRate") : "", "Decimal")
  })

  it("a field says what it holds and whether it may be absent", () => {
    const shape = shapeOf(
      Schema.Struct({
        net: Decimal.annotate({ description: "Without tax." }),
        note: Schema.optionalKey(Schema.String)
      })
    )
    const fields = shape._tag === "Object" ? shape.fields : new Map()
    assert.deepStrictEqual(fields.get("net"), {
      shape: { _tag: "Decimal" },
      optional: false,
      description: "Without tax."
    })
    assert.isTrue(fields.get("note")?.optional)
  })

  it("a misspelt field is found with the name that was meant", () => {
    assert.deepInclude(lookUp(invoice, "totals.grnad"), {
      _tag: "Missing",
      missing: "grnad",
      suggestion: "grand"
    })
  })

  it("the fields of a list are not those of its items", () => {
    assert.strictEqual(tagAt(invoice, "lines.net"), "Missing")
  })

  it("a record of any keys accepts each field", () => {
    assert.strictEqual(
      tagAt(shapeOf(Schema.Record(Schema.String, Schema.String)), "whatever.it.is"),
      "Unknown"
    )
  })

  it.each([
    ["Net", ["net", "tax"], "net"],
    ["nett", ["net", "tax"], "net"],
    ["price", ["net", "tax"], undefined],
    ["price", [], undefined]
  ])("for %s among %j the suggestion is %s", (name, known, expected) => {
    assert.strictEqual(suggest(name, known), expected)
  })
})
