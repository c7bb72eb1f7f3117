/*
 * B7: what `validate` knows of look-ups.
 */
import { assert, describe, it } from "@effect/vitest"
import { NodeServices } from "@effect/platform-node"
import { Effect } from "effect"
import { issueText, matchGolden } from "../config/golden.ts"
import { planOf } from "./planOf.ts"

const connections = `connections:
  shop:
    type: shop
    baseUrl: https://shop.example.com
    credentials: { user: { env: SHOP_USER }, password: { env: SHOP_PASSWORD } }
  crm:
    type: shop
    baseUrl: https://crm.example.com
    credentials: { user: { env: CRM_USER }, password: { env: CRM_PASSWORD } }
`

const good = `name: invoices
source: { type: shop/invoices, connection: shop }
lookups:
  - name: customer
    type: shop/customers
    connection: crm
    match: [{ id: customer.id }, { name: customer.company }]
    missing: continue
transform:
  - jsonata: |
      $merge([$, { "buyer": looked.customer.name }])
`

const planned = (pipeline: string) =>
  planOf({ "connections.yaml": connections, "p.yaml": pipeline }).pipe(Effect.scoped)

describe("B7 validate", () => {
  it.effect("accepts a look-up, counts its connection as used, and knows the fields of what is found", () =>
    Effect.gen(function* () {
      const { issues, plan } = yield* planned(good)
      assert.deepStrictEqual(issues, [])
      assert.deepStrictEqual(
        plan?.readings[0]?.lookUps.map(({ match, missing, several }) => ({ match, missing, several })),
        [
          {
            match: [
              { field: "id", path: "customer.id" },
              { field: "name", path: "customer.company" }
            ],
            missing: "continue",
            several: "park"
          }
        ]
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )

  const cases: ReadonlyArray<readonly [name: string, pipeline: string, code: string]> = [
    [
      "a look-up by a field that cannot be asked for",
      good.replace("{ id: customer.id }", "{ nmae: customer.id }"),
      "plan/unknown-match"
    ],
    [
      "a look-up of a field that the record lacks",
      good.replace("customer.company", "customer.compny"),
      "plan/unknown-field"
    ],
    [
      "a misspelt field of what was looked up",
      good.replace("looked.customer.name", "looked.customer.nmae"),
      "expression/unknown-field"
    ],
    [
      "a misspelt look-up in a transform",
      good.replace("looked.customer.name", "looked.custmer.name"),
      "expression/unknown-field"
    ],
    [
      "a look-up in a source that cannot be asked",
      good.replace("shop/customers", "shop/payments"),
      "config/unknown-type"
    ],
    [
      "a look-up through no connection",
      good.replace("connection: crm", "connection: cmr"),
      "plan/unknown-connection"
    ]
  ]
  it.effect.each(cases)("finds %s", ([name, pipeline, code]) =>
    Effect.gen(function* () {
      const { issues } = yield* planned(pipeline)
      assert.include(
        issues.map((issue) => issue.code),
        code
      )
      yield* matchGolden(`${name.replaceAll(" ", "-")}.txt`, `${issues.map(issueText).join("\n")}\n`)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
