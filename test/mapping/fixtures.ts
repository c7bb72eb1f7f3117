/**
 * fixtures: an invoice and a mapping that an accountant would recognise.
 */
import { assert } from "@effect/vitest"
import { Result, Schema } from "effect"
import { formatDecimal } from "../../src/accounting/Decimal.ts"
import { compileMapping } from "../../src/mapping/compileMapping.ts"
import type { MappingResult } from "../../src/mapping/CompiledMapping.ts"
import { Mapping } from "../../src/mapping/Mapping.ts"
import { SalesDocument } from "../../src/pipeline/SalesDocument.ts"
import { type Shape, shapeOf } from "../../src/pipeline/Shape.ts"
import type { Json } from "../../src/pipeline/SourceRecord.ts"

/** Amounts that are the same in both currencies. */
export const both = <Amounts extends object>(amounts: Amounts) => ({ ...amounts, accounting: amounts })

/** Invoice 1000042 of 31 March, shortly before midnight UTC: 100.00 net, 19.00 tax, in euros. */
export const invoice = {
  kind: "invoice",
  number: "1000042",
  createdAt: "2026-03-31T22:15:00Z",
  currency: "EUR",
  accountingCurrency: "EUR",
  store: { id: "1", code: "web" },
  order: { id: "7", number: "2000007" },
  customer: { kind: "guest" },
  lines: [
    { sku: "A-1", name: "Lamp", productType: "simple", ...both({ net: "60.00" }) },
    { sku: "B-2", name: "Set", productType: "bundle", ...both({ net: "40.00" }) }
  ],
  taxes: [{ code: "DE-19", title: "VAT 19 %", ...both({ amount: "19.00" }) }],
  settlements: [],
  fees: [],
  shipping: both({ net: "0.00" }),
  totals: both({ grand: "119.00", net: "100.00", tax: "19.00", residual: "0.00" })
} satisfies Json

export const revenueCsv = `productType,store.code,account,costCenter
bundle,*,3010,sets
simple|virtual,web,3000,webshop
*,b2b,3100,
`

/** Receivable, revenue by product type and store, VAT by code. */
export const mapping = {
  company: "10",
  postingDate: { from: "createdAt", timeZone: "Europe/Berlin" },
  tables: {
    revenue: { file: "tables/revenue.csv", hitPolicy: "first" },
    vat: { rows: [{ code: "DE-19", account: "2610" }] }
  },
  lines: [
    { name: "receivable", side: "debit", amount: "totals.grand", account: "1510" },
    {
      name: "revenue",
      side: "credit",
      each: "lines",
      amount: "net",
      account: { table: "revenue" },
      dimensions: { costCenter: { table: "revenue", column: "costCenter" } },
      text: "{sku} {name}"
    },
    { name: "vat", side: "credit", each: "taxes", amount: "amount", account: { table: "vat" } }
  ]
} as const

/** The key names the company, which only the mapping knows. */
export const about = {
  idempotencyKey: (company: string) => `shop/${company}/invoice/42/1`,
  document: { resource: "invoice", id: "42", number: "1000042" }
}

/** Compiles a mapping as written in YAML; the CSV of the revenue table can be given. */
export const compile = (
  written: unknown,
  options: {
    readonly revenue?: string
    readonly shape?: Shape
    readonly dimensions?: ReadonlyArray<string>
  } = {}
) =>
  compileMapping({
    mapping: Schema.decodeUnknownSync(Mapping, { onExcessProperty: "error" })(written),
    tables: new Map([["revenue", { file: "tables/revenue.csv", text: options.revenue ?? revenueCsv }]]),
    shape: options.shape ?? shapeOf(SalesDocument),
    dimensions: options.dimensions ?? ["costCenter"]
  })

/** Maps a document by a mapping that must compile. */
export const map = (
  document: Json,
  written: unknown = mapping,
  options: Parameters<typeof compile>[1] = {}
): MappingResult => {
  const compiled = compile(written, options)
  assert.isTrue(
    Result.isSuccess(compiled),
    JSON.stringify(Result.isFailure(compiled) ? compiled.failure : "")
  )
  return Result.getOrThrow(compiled).map(document, about)
}

/** Lines as an accountant writes them: account, side, amount, accounting amount where it differs, rule. */
export const linesOf = (result: MappingResult) => {
  assert.strictEqual(result._tag, "Entry", JSON.stringify(result._tag === "Problems" ? result.problems : ""))
  return result._tag === "Entry"
    ? result.entry.lines.map((line) => {
        const [amount, accounting] = [formatDecimal(line.amount), formatDecimal(line.accountingAmount)]
        return `${line.account} ${line.side} ${amount}${amount === accounting ? "" : ` (${accounting})`} ${line.rule}`
      })
    : []
}

/** Problems as `code at path`, with their messages beside them. */
export const problemsOf = (result: MappingResult) => (result._tag === "Problems" ? result.problems : [])
