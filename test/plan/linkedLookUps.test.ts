/*
 * C4: what `validate` knows of look-ups by link: whether a customer can be linked, whether anybody sees to it, and
 * that he may be missing.
 */
import { assert, describe, it } from "@effect/vitest"
import { NodeServices } from "@effect/platform-node"
import { Effect, FileSystem } from "effect"
import { connectors } from "../../src/connectors/registry.ts"
import { issueText, matchGolden } from "../config/golden.ts"
import { planOf } from "./planOf.ts"

const shipped = new URL("../../pipelines/customers", import.meta.url).pathname

const invoices = `name: invoices
source: { type: adobe-commerce/invoices, connection: shop }
lookups:
  - name: customer
    type: ifs-cloud/customers
    connection: erp
    match: [{ link: customer.id }]
    missing: create
    guests: continue
transform:
  - jsonata: |
      $merge([$, { "buyer": looked.customer.number }])
`

const ofGuests = invoices
  .replace("connection: shop }", "connection: shop, with: { guests: true } }")
  .replace(
    "match: [{ link: customer.id }]",
    "match: [{ link: customer.id }, { guestLink: customer.guestId }]"
  )

const guests = `name: guests
source: { type: adobe-commerce/guests, connection: shop }
customers: { match: [nameAndPostcode], create: false }
sink: { type: ifs-cloud/customers, connection: erp }
`

const both = ["shop-to-erp.yaml", "erp-to-shop.yaml"]

/** Plans the file beside shipped pipelines of customers. */
const planned = (
  text: string,
  beside: ReadonlyArray<string> = both,
  more: Readonly<Record<string, string>> = {}
) =>
  Effect.gen(function* () {
    const disk = yield* FileSystem.FileSystem
    const files = yield* Effect.forEach(["connections.yaml", ...beside], (name) =>
      Effect.map(disk.readFileString(`${shipped}/${name}`), (text) => [name, text] as const)
    )
    return yield* planOf({ ...Object.fromEntries(files), "invoices.yaml": text, ...more }, ["."], connectors)
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

describe("C4 B7 a look-up by link", () => {
  it.effect("is planned with what becomes of a customer who is missing, and of guests", () =>
    Effect.gen(function* () {
      const policies = [
        ["", "park"],
        ["    missing: continue\n", "continue"],
        ["    missing: wait\n", "park"],
        ["    missing: create\n    guests: continue\n", "continue"]
      ] as const
      for (const [said, guests] of policies) {
        const text = invoices.replace("    missing: create\n    guests: continue\n", said)
        const { issues, plan } = yield* planned(text)
        assert.deepStrictEqual(issues, [])
        const [lookUp] = plan?.readings[0]?.lookUps ?? []
        assert.strictEqual(lookUp?.guests, guests)
        assert.strictEqual(lookUp?.sourceConnection, "shop")
        assert.deepStrictEqual(lookUp?.match, [{ field: "link", path: "customer.id" }])
      }
    })
  )

  const cases: ReadonlyArray<
    readonly [name: string, edit: readonly [string, string], beside: ReadonlyArray<string>]
  > = [
    ["waiting for nobody", ["{ link: customer.id }", "{ associationNumber: customer.id }"], both],
    [
      "a link to what is no customer",
      ["type: ifs-cloud/customers", 'type: ifs-cloud/accounts\n    with: { companies: ["10"] }'],
      both
    ],
    [
      "a link within one system",
      [
        "type: ifs-cloud/customers\n    connection: erp",
        "type: adobe-commerce/customers\n    connection: shop"
      ],
      both
    ],
    ["a link by a field that the record lacks", ["customer.id", "customer.keyId"], both],
    ["a link by what is no key", ["customer.id", "customer.email"], both],
    ["links that nobody makes", ["missing: create", "missing: wait"], []],
    ["waiting for customers whom nobody creates", ["missing: create", "missing: wait"], ["erp-to-shop.yaml"]],
    ["customers whom nobody creates", ["missing: create", "missing: create"], ["erp-to-shop.yaml"]]
  ]
  it.effect.each(cases)("finds %s", ([name, edit, beside]) =>
    Effect.gen(function* () {
      assert.include(invoices, edit[0])
      const { issues } = yield* planned(invoices.replace(...edit), beside)
      assert.isNotEmpty(issues)
      yield* matchGolden(`${name.replaceAll(" ", "-")}.txt`, `${issues.map(issueText).join("\n")}\n`)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("asks for guests too, where the records name them and a pipeline brings them", () =>
    Effect.gen(function* () {
      const { issues, plan } = yield* planned(ofGuests, both, { "guests.yaml": guests })
      assert.deepStrictEqual(issues, [])
      assert.deepStrictEqual(plan?.readings[0]?.lookUps[0]?.match, [
        { field: "link", path: "customer.id" },
        { field: "guestLink", path: "customer.guestId" }
      ])
      const nobody = yield* planned(ofGuests)
      yield* matchGolden("guests-whom-nobody-links.txt", `${nobody.issues.map(issueText).join("\n")}\n`)
      const unnamed = yield* planned(ofGuests.replace(", with: { guests: true }", ""), both, {
        "guests.yaml": guests
      })
      yield* matchGolden("guests-whom-no-record-names.txt", `${unnamed.issues.map(issueText).join("\n")}\n`)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("of one file says nothing of the pipelines that stand beside it", () =>
    Effect.gen(function* () {
      const disk = yield* FileSystem.FileSystem
      const connections = yield* disk.readFileString(`${shipped}/connections.yaml`)
      const files = { "connections.yaml": connections, "invoices.yaml": invoices }
      const { issues } = yield* planOf(files, ["invoices.yaml"], connectors)
      assert.deepStrictEqual(issues, [])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})
