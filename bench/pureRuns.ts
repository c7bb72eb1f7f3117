/**
 * pureRuns: what happens between two requests, without any request: reading a
 * payload, and transform and mapping, over generated invoices.
 */
import { BigDecimal, Effect, Result } from "effect"
import jsonata from "jsonata"
import { loadPipeline } from "../src/cli/loadPlan.ts"
import { invoiceKind } from "../src/connectors/adobe-commerce/normaliseInvoice.ts"
import { recordOf } from "../src/connectors/adobe-commerce/recordOf.ts"
import { parseExactJson } from "../src/http/parseExactJson.ts"
import type { SourceRecord } from "../src/pipeline/SourceRecord.ts"
import { generateShop } from "../src/sandbox/commerce/generateShop.ts"
import { printPayload } from "../src/sandbox/commerce/Payload.ts"
import { baselineSale, type Order, type Payload } from "./baselineSale.ts"
import { baselineVoucher } from "./baselineVoucher.ts"
import { BenchFailed } from "./BenchFailed.ts"
import type { Comparison } from "./Comparison.ts"
import { heapMegabytes, timed } from "./Measurement.ts"
import { shippedExpressions, shippedPipelines } from "./shippedPipelines.ts"

interface Given {
  readonly text: string
  readonly store: { readonly code: string; readonly name: string }
}

/** Invoices beside their orders, as text of the wire. */
const generate = (documents: number) => {
  const shop = generateShop({ seed: 1, documents })
  const orders = new Map(shop.orders.map((order) => [order["entity_id"], order]))
  const codes = new Map(shop.stores.map(({ code, id }) => [Number(id), String(code)]))
  const given = shop.invoices.map((document): Given => ({
    text: printPayload({ document, order: orders.get(document["order_id"]) }),
    store: { code: codes.get(Number(document["store_id"])) ?? "", name: "" }
  }))
  return { given, codes }
}

const read = ({ store, text }: Given): ReadonlyArray<SourceRecord> => {
  const parsed = parseExactJson(text)
  if (Result.isFailure(parsed)) return []
  const payload = parsed.success
  if (typeof payload !== "object" || payload === null || !("document" in payload)) return []
  return [
    recordOf(invoiceKind, {
      document: payload.document,
      ...("order" in payload ? { order: payload.order } : {}),
      store
    })
  ]
}

interface Pass {
  readonly seconds: number
  readonly cpuSeconds: number
}

/** Ours, theirs, ours, theirs; the first round of each only warms up. */
const alternate = Effect.fnUntraced(function* <E, R>(options: {
  readonly rounds: number
  readonly documents: number
  readonly ledgerline: Effect.Effect<unknown, E, R>
  readonly baseline: Effect.Effect<unknown, E, R>
}) {
  const passes = { ledgerline: Array.of<Pass>(), baseline: Array.of<Pass>() }
  for (let round = 0; round <= options.rounds; round++) {
    for (const side of ["ledgerline", "baseline"] as const) {
      heapMegabytes()
      const pass = yield* timed(options[side])
      if (round > 0) passes[side].push(pass)
    }
  }
  const { documents } = options
  const each = (of: (pass: Pass) => number) => ({
    ledgerline: passes.ledgerline.map(of),
    baseline: passes.baseline.map(of)
  })
  return (what: string): ReadonlyArray<Comparison> => [
    { what, unit: "documents/s", better: "more", ...each(({ seconds }) => documents / seconds) },
    { what, unit: "CPU ms/document", better: "less", ...each((pass) => (1000 * pass.cpuSeconds) / documents) }
  ]
})

/** Compares both over about so many documents, in so many rounds after one to warm up. */
export const pureRuns = Effect.fn("pureRuns")(function* (options: {
  readonly documents: number
  readonly rounds: number
}) {
  const { codes, given } = generate(options.documents)
  const records = given.flatMap(read)
  const documents = records.length
  const pipeline = yield* loadPipeline(`${yield* shippedPipelines}/invoices-to-gl.yaml`, undefined)
  if (pipeline._tag !== "Posting") return yield* Effect.die("the shipped pipeline posts nothing")
  const expression = jsonata((yield* shippedExpressions).invoice)
  const key = { idempotencyKey: (company: string) => `erp/${company}/shop/invoice/1/1/post` }

  const ours = Effect.forEach(records, (record) => pipeline.process(record, key))
  const byHand = Effect.promise(async () => {
    const vouchers = []
    for (const { normalised, raw } of records) {
      if (normalised._tag !== "Document") continue
      vouchers.push(baselineVoucher(await expression.evaluate({ ...normalised.document, raw })))
    }
    return vouchers
  })

  // The debits in accounting currency say whether the two made the same of it.
  const entries = (yield* ours).flatMap((outcome) => (outcome._tag === "Entry" ? [outcome.entry] : []))
  const vouchers = (yield* byHand).flatMap((voucher) => ("problem" in voucher ? [] : [voucher]))
  const oursInCents = BigDecimal.sumAll(
    entries.flatMap(({ lines }) =>
      lines.filter(({ side }) => side === "debit").map(({ accountingAmount }) => accountingAmount)
    )
  )
  const theirsInCents = vouchers
    .flatMap(({ lines }) => lines.filter(({ side }) => side === "debit"))
    .reduce((all, { accounting }) => all + accounting, 0)
  if (
    entries.length !== vouchers.length ||
    !BigDecimal.equals(oursInCents, BigDecimal.make(BigInt(theirsInCents), 2))
  ) {
    return yield* new BenchFailed({
      message: `transform and mapping made ${entries.length} entries of ${BigDecimal.format(oursInCents)}, the baseline ${vouchers.length} of ${theirsInCents} cents.`
    })
  }

  const reading = yield* alternate({
    ...options,
    documents,
    ledgerline: Effect.sync(() => given.map(read)),
    baseline: Effect.sync(() =>
      given.map(({ text }) => {
        const { document, order }: { readonly document: Payload; readonly order: Order } = JSON.parse(text)
        return baselineSale("invoice", document, order, codes)
      })
    )
  })
  const mapping = yield* alternate({ ...options, documents, ledgerline: ours, baseline: byHand })
  return [...mapping("transform + mapping"), ...reading("reading the payload")]
})
