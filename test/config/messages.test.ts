/**
 * What a person reads who made a mistake in a file. Each case is a file and the
 * golden file with its messages.
 */
import { assert, describe, it } from "@effect/vitest"
import { NodeServices } from "@effect/platform-node"
import { Effect, Result, type Schema } from "effect"
import { connectionsSchema } from "../../src/config/connectionsSchema.ts"
import { decodeYaml } from "../../src/config/decodeYaml.ts"
import { parseYaml } from "../../src/config/parseYaml.ts"
import { pipelineSchema } from "../../src/config/pipelineSchema.ts"
import { fakeConnectors } from "./fakeConnector.ts"
import { issueText, matchGolden } from "./golden.ts"

const issues = (
  file: string,
  text: string,
  schema: Schema.Codec<unknown, unknown>,
  isConfidential: boolean
) => {
  const { issues: ofYaml, yaml } = parseYaml(file, text)
  const decoded = yaml === undefined ? undefined : decodeYaml(schema, yaml, { isConfidential })
  return [...ofYaml, ...(decoded !== undefined && Result.isFailure(decoded) ? decoded.failure : [])]
}

const ofPipeline = (text: string) => issues("pipeline.yaml", text, pipelineSchema(fakeConnectors), false)
const ofConnections = (text: string) =>
  issues("connections.yaml", text, connectionsSchema(fakeConnectors), true)

const good = `name: invoices-to-gl
source:
  type: shop/invoices
  connection: shop
  with: { stores: [1] }
mapping:
  company: "10"
  postingDate: { from: createdAt, timeZone: Europe/Berlin }
  lines:
    - { name: receivable, side: debit, amount: totals.grand, account: "1510" }
    - { name: revenue, side: credit, each: lines, amount: net, account: "4000" }
sink:
  type: ledger/entries
  connection: erp
  with: { series: M, dimensions: { costCenter: B } }
`

const edit = (from: string, to: string) => {
  assert.include(good, from)
  return good.replace(from, to)
}

const pipelines: ReadonlyArray<readonly [name: string, text: string]> = [
  ["an account without quotes", edit('account: "1510"', "account: 1510")],
  ["a company with a leading zero and no quotes", edit('company: "10"', "company: 010")],
  ["a misspelt key at the top", edit("mapping:", "maping:")],
  ["a misspelt key of a stage", edit("series: M", "sries: M")],
  ["an unknown key that resembles none", edit("sink:", "webhooks: yes\nsink:")],
  ["a missing section", edit(good.slice(good.indexOf("source:"), good.indexOf("mapping:")), "")],
  ["an unknown source", edit("shop/invoices", "shop/invoces")],
  ["a source without a type", edit("  type: shop/invoices\n", "")],
  ["a value that is not allowed", edit("stores: [1]", "states: [payed]")],
  ["yes where true is meant", edit("stores: [1]", "drafts: yes")],
  ["a number in quotes", edit("stores: [1]", 'stores: ["1"]')],
  ["a key without a value", edit('company: "10"', "company:")],
  ["a duration that is none", edit("sink:", "trigger: { poll: { every: 5 minuts } }\nsink:")],
  ["a limit without quotes", edit("sink:", '  rounding: { account: "7990", limit: 0.02 }\nsink:')],
  ["a time zone that does not exist", edit("Europe/Berlin", "Europe/Berln")],
  ["no posting rules", edit(good.slice(good.indexOf("  lines:"), good.indexOf("sink:")), "  lines: []\n")],
  ["a list where a block is due", edit("  with: { stores: [1] }", "  with: [1]")],
  ["a name with capitals", edit("invoices-to-gl", "Invoices to GL")],
  ["a side that is none", edit("side: debit", "side: debt")],
  ["an account table without its name", edit('account: "1510"', "account: { tabel: revenue }")],
  ["a key written twice", edit('company: "10"', 'company: "10"\n  company: "20"')],
  ["a bracket left open", edit("stores: [1] }", "stores: [1 }")],
  ["a colon inside a text", edit('company: "10"', "company: Acme: Germany")],
  ["a tab as indentation", edit("  connection: shop", "\tconnection: shop")],
  ["an alias", edit('company: "10"', "company: *company")],
  ["a custom tag", edit('company: "10"', "company: !env COMPANY")],
  ["an empty file", ""],
  ["only a text", "invoices"],
  [
    "many mistakes in one file",
    edit("side: debit, amount: totals.grand", "side: debt, amout: totals.grand")
      .replace("type: ledger/entries", "type: ledger/entry")
      .replace("name: invoices-to-gl", "nme: invoices-to-gl")
  ]
]

const connections: ReadonlyArray<readonly [name: string, text: string]> = [
  [
    "a credential in the file",
    `connections:
  shop:
    type: shop
    baseUrl: https://shop.example.com
    credentials: { user: { env: SHOP_USER }, password: hunter2-secret }
`
  ],
  [
    "a credential in the file, as a number and in an unknown key",
    `connections:
  shop:
    type: shop
    baseUrl: https://shop.example.com
    credentials: { user: 48151623, password: { env: SHOP_PASSWORD }, token: hunter2-secret }
`
  ],
  [
    "a reference of another form",
    `connections:
  shop:
    type: shop
    baseUrl: https://shop.example.com
    credentials: { user: { environment: SHOP_USER }, password: { env: A, file: b } }
`
  ],
  [
    "an address without encryption",
    `connections:
  shop:
    type: shop
    baseUrl: http://user:hunter2-secret@shop.example.com
    timeout: 30 seconds
    credentials: { user: { env: SHOP_USER }, password: { env: SHOP_PASSWORD } }
`
  ],
  [
    "a timeout without a unit",
    `connections:
  shop:
    type: shop
    baseUrl: https://shop.example.com
    timeout: "30"
    credentials: { user: { env: SHOP_USER }, password: { env: SHOP_PASSWORD } }
`
  ],
  [
    "an unknown type of connection",
    "connections:\n  shop: { type: shopp, baseUrl: https://shop.example.com }\n"
  ],
  ["no connections key", "shop: { type: shop }\n"]
]

describe("the message for", () => {
  it("a right file: none", () => {
    assert.deepStrictEqual(ofPipeline(good), [])
  })

  it.effect.each(pipelines)("%s", ([name, text]) =>
    matchGolden(
      `${name.replaceAll(" ", "-").replace(",", "")}.txt`,
      ofPipeline(text).map(issueText).join("\n") + "\n"
    ).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect.each(connections)("%s", ([name, text]) =>
    matchGolden(
      `${name.replaceAll(" ", "-").replace(",", "")}.txt`,
      ofConnections(text).map(issueText).join("\n") + "\n"
    ).pipe(Effect.provide(NodeServices.layer))
  )

  it("connections.yaml never repeats a value, since it may be a credential", () => {
    for (const [name, text] of connections) {
      const said = ofConnections(text).map(issueText).join("\n")
      assert.notInclude(said, "hunter2", name)
      assert.notInclude(said, "48151623", name)
    }
  })
})
