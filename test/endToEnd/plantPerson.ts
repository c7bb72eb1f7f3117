/**
 * plantPerson: a customer of the local shop with strings that stand nowhere else, to be looked for afterwards.
 */
import { BigDecimal, Effect, FileSystem } from "effect"
import { SqlClient } from "effect/sql"
import { payloadAt, type PayloadObject } from "../../src/sandbox/commerce/Payload.ts"
import type { Scene } from "./scene.ts"

/** Of the shop, and what stands instead. */
const planted: ReadonlyArray<readonly [string, string]> = [
  ["dana.reyes@example.com", "qvarn.zyx@planted.example"],
  ["Dana", "Qvarnita"],
  ["Reyes", "Zyxholm"]
]
/** What names or reaches the person in shop or ledger. */
export const plantedStrings = [
  "qvarn.zyx@planted.example",
  "Qvarnita",
  "Zyxholm",
  "Plantedweg 77b",
  "+49 30 5550199",
  "DE999888777",
  "zyx@erp.example",
  "Erpstrasse 5"
]

const replant = (value: unknown): unknown => {
  if (typeof value === "string") return planted.reduce((text, [from, to]) => text.replaceAll(from, to), value)
  if (Array.isArray(value)) return value.map(replant)
  if (typeof value !== "object" || value === null || BigDecimal.isBigDecimal(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === "street" ? ["Plantedweg 77b"] : key === "telephone" ? "+49 30 5550199" : replant(inner)
    ])
  )
}
const isPayload = (value: unknown): value is PayloadObject => typeof value === "object" && value !== null
const plant = (payload: PayloadObject): PayloadObject => {
  const made = replant(payload)
  if (!isPayload(made)) return payload
  const billing = payloadAt(made, "billing_address")
  return {
    ...made,
    ...(isPayload(billing) ? { billing_address: { ...billing, vat_id: "DE999888777" } } : {})
  }
}

const hasEmail = (email: string) => (payload: PayloadObject) =>
  payload["customer_email"] === email || payload["email"] === email

/** The shop with the planted person; its pipelines write his name into texts, and keep customers too. */
export const plantPerson = Effect.fn("plantPerson")(function* ({ pipelines, sandbox }: Scene) {
  const files = yield* FileSystem.FileSystem
  const isDana = hasEmail("dana.reyes@example.com")
  yield* sandbox.commerce.update((shop) => ({
    ...shop,
    orders: shop.orders.map((one) => (isDana(one) ? plant(one) : one)),
    customers: shop.customers.map((one) => (isDana(one) ? plant(one) : one))
  }))
  const file = `${pipelines}/invoices-to-gl.yaml`
  const text = yield* files.readFileString(file)
  yield* files.writeFileString(
    file,
    text.replaceAll(`text: "Invoice {number}"`, `text: "Invoice {number} {customer.name}"`)
  )
  yield* files.writeFileString(
    `${pipelines}/customers.yaml`,
    "name: customers\nsource: { type: adobe-commerce/customers, connection: shop }\ntrigger: { poll: { every: 1 hour } }\n"
  )
})

/** Every table, every column, as text. */
export const dump = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const tables = yield* sql<{ readonly name: string }>`
    SELECT relname::text AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname`
  const texts = yield* Effect.forEach(tables, ({ name }) =>
    Effect.map(
      sql<{ readonly line: string }>`SELECT whole::text AS line FROM ${sql(name)} whole ORDER BY 1`,
      (rows) => rows.map(({ line }) => `${name}: ${line}`)
    )
  )
  return texts.flat()
})
/** Those with the text in them, in whatever case. */
export const linesWith = (lines: ReadonlyArray<string>, text: string) =>
  lines.filter((line) => line.toLowerCase().includes(text.toLowerCase()))
