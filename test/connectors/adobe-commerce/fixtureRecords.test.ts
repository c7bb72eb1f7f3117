import { assert, describe, it } from "@effect/vitest"
import { fixtureRecords } from "../../../src/connectors/adobe-commerce/fixtureRecords.ts"
import { creditMemoKind } from "../../../src/connectors/adobe-commerce/normaliseCreditMemo.ts"
import { invoiceKind } from "../../../src/connectors/adobe-commerce/normaliseInvoice.ts"
import { orderKind } from "../../../src/connectors/adobe-commerce/normaliseOrder.ts"
import type { Json } from "../../../src/pipeline/SourceRecord.ts"
import { creditMemo, invoice, order, placedOrder } from "./payloads.ts"

const outcome = (payload: Json, kind = invoiceKind) => {
  const given = fixtureRecords(kind, payload)
  return "code" in given
    ? given.code
    : given.map(({ normalised, origin }) =>
        normalised._tag === "Problems" ? normalised.problems.map(({ code }) => code).join() : origin.id
      )
}

const payloads: ReadonlyArray<[name: string, payload: Json, expected: unknown]> = [
  ["one document without its order", invoice(), ["order-required"]],
  ["one document with its order", { document: invoice(), order: order() }, ["7"]],
  ["a document whose order is null", { document: invoice(), order: null }, ["order-required"]],
  [
    "a search result",
    { items: [invoice(), invoice({ entity_id: 8 })], total_count: 2 },
    ["order-required", "order-required"]
  ],
  ["a search result with orders", { items: [{ document: invoice(), order: order() }] }, ["7"]],
  ["an empty search result", { items: [], total_count: 0 }, []],
  [
    "a document without its id",
    { document: invoice({ entity_id: null }), order: order() },
    ["missing-field"]
  ],
  ["a list", [invoice()], "not-a-payload"],
  ["something else", { hello: "world" }, "not-a-payload"],
  ["a text", "invoice", "not-a-payload"],
  ["an order", order({ increment_id: "1" }), "not-a-payload"],
  ["a credit memo", creditMemo(), "not-a-payload"]
]

describe("fixtureRecords", () => {
  it.each(payloads)("%s", (_name, payload, expected) => {
    assert.deepEqual(outcome(payload), expected)
  })

  it("reads a credit memo as such, and no invoice", () => {
    assert.deepEqual(outcome({ document: creditMemo(), order: order() }, creditMemoKind), ["3"])
    assert.deepEqual(outcome(invoice({ total_qty: 2 }), creditMemoKind), "not-a-payload")
  })

  it("reads an order as such, with or without the one it was edited from, and no invoice", () => {
    assert.deepEqual(outcome(placedOrder(), orderKind), ["5"])
    assert.deepEqual(outcome({ document: placedOrder(), order: placedOrder() }, orderKind), ["5"])
    assert.deepEqual(outcome(invoice({ total_qty: 2 }), orderKind), "not-a-payload")
    assert.deepEqual(outcome(creditMemo(), orderKind), "not-a-payload")
  })
})
