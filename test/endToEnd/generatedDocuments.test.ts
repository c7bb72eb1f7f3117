/*
 * Every document that the generator can make, through normalisation and the shipped
 * pipelines, judged by the totals of the payload.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect, Result } from "effect"
import { connectors } from "../../src/connectors/registry.ts"
import { parseExactJson } from "../../src/http/parseExactJson.ts"
import { makePlan } from "../../src/plan/makePlan.ts"
import type { Outcome, PostingPipeline } from "../../src/plan/Plan.ts"
import type { SourceRecord } from "../../src/pipeline/SourceRecord.ts"
import { generateShop } from "../../src/sandbox/commerce/generateShop.ts"
import { payloadAt, type PayloadObject, printPayload } from "../../src/sandbox/commerce/Payload.ts"
import type { Shop } from "../../src/sandbox/commerce/Shop.ts"
import { shippedPipelines } from "./scene.ts"

const documentsOfAShop = 200
const seeds = [11, 12, 13, 14, 15]

const zero = BigDecimal.fromBigInt(0n)
const print = (amount: BigDecimal.BigDecimal) => BigDecimal.format(BigDecimal.normalize(amount))

const amountAt = (document: PayloadObject, ...path: ReadonlyArray<string>) => {
  const value = payloadAt(document, ...path)
  return BigDecimal.isBigDecimal(value) ? value : zero
}

/** What the customer paid or got back, in money and in what we owed already: "order currency / base currency". */
const paid = (document: PayloadObject) =>
  ["", "base_"]
    .map((prefix) =>
      BigDecimal.sumAll([
        amountAt(document, `${prefix}grand_total`),
        amountAt(document, "extension_attributes", `${prefix}gift_cards_amount`),
        amountAt(document, "extension_attributes", `${prefix}customer_balance_amount`)
      ])
    )
    .map(print)
    .join(" / ")

type Lines = Extract<Outcome, { readonly _tag: "Entry" }>["entry"]["lines"]

const totals = (lines: Lines, side: "debit" | "credit") => {
  const own = lines.filter((line) => line.side === side)
  return [own.map(({ amount }) => amount), own.map(({ accountingAmount }) => accountingAmount)]
    .map((amounts) => print(BigDecimal.sumAll(amounts)))
    .join(" / ")
}

/** A saved document names its store by number; the live source adds the name. */
const inStore = (record: SourceRecord, code: string): SourceRecord => {
  if (record.normalised._tag !== "Document") return record
  const { document } = record.normalised
  return {
    ...record,
    normalised: { _tag: "Document", document: { ...document, store: { ...document.store, code } } }
  }
}

/** A document and what becomes of it; the payload passes through JSON text as it would on the wire. */
const process = Effect.fnUntraced(function* (pipeline: PostingPipeline, shop: Shop, document: PayloadObject) {
  const order = shop.orders.find((candidate) => candidate["entity_id"] === document["order_id"])
  const store = shop.stores.find((candidate) => candidate["id"] === document["store_id"])
  const payload = Result.getOrThrow(parseExactJson(printPayload({ document, order })))
  const records = pipeline.source.fixture(payload)
  if ("code" in records) return assert.fail(records.message)
  const [record] = records
  if (record === undefined) return assert.fail("a fixture of one document gave no record")
  return yield* pipeline.process(inStore(record, String(store?.["code"])), {
    idempotencyKey: (company) => `shop/${company}/1`
  })
})

const shippedPipeline = Effect.fn("shippedPipeline")(function* (name: string) {
  const { plan } = yield* makePlan({ paths: [shippedPipelines], connectors })
  const pipeline = plan?.pipelines.find((candidate) => candidate.name === name)
  return pipeline ?? assert.fail(`there is no pipeline ${name}`)
}, Effect.provide(NodeServices.layer))

describe("C1 the shipped pipelines", () => {
  it.effect.each(seeds)(
    `balance each of ${documentsOfAShop} generated documents at its totals, and park only the Danish one (seed %i)`,
    (seed) =>
      Effect.gen(function* () {
        const shop = generateShop({ seed, documents: documentsOfAShop })
        const kinds = [
          { pipeline: yield* shippedPipeline("invoices-to-gl"), documents: shop.invoices, paidOn: "debit" },
          {
            pipeline: yield* shippedPipeline("credit-notes-to-gl"),
            documents: shop.creditmemos,
            paidOn: "credit"
          }
        ] as const
        const parked: Array<string> = []
        let seen = 0
        for (const { documents, paidOn, pipeline } of kinds) {
          for (const document of documents) {
            seen += 1
            const outcome = yield* process(pipeline, shop, document)
            if (outcome._tag === "Problems") {
              parked.push(...outcome.problems.map(({ message }) => message))
              continue
            }
            const what = `${pipeline.name} ${String(document["increment_id"])} of seed ${seed}`
            if (outcome._tag === "NothingToPost") {
              assert.strictEqual(paid(document), "0 / 0", `${what} is left out`)
              continue
            }
            const { lines } = outcome.entry
            assert.strictEqual(totals(lines, "debit"), totals(lines, "credit"), `${what} does not balance`)
            const settling = lines.filter(({ rule }) => rule === "receivable" || rule === "settlement")
            assert.strictEqual(totals(settling, paidOn), paid(document), `${what} has another total`)
          }
        }
        assert.strictEqual(seen, documentsOfAShop)
        assert.strictEqual(parked.length, 1, parked.join("\n"))
        assert.include(parked[0], "DK-25")
      })
  )
})
