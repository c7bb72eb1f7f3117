/*
 * Pipelines that keep customers the same: the shipped ones, and what is said of
 * mistakes in them.
 */
import { assert, describe, it } from "@effect/vitest"
import { NodeServices } from "@effect/platform-node"
import { Effect, FileSystem } from "effect"
import type { ConfigIssue } from "../../src/config/ConfigIssue.ts"
import { connectors } from "../../src/connectors/registry.ts"
import { pairsOf } from "../../src/engine/customers/CustomerPair.ts"
import { issueText, matchGolden } from "../config/golden.ts"
import { planOf } from "./planOf.ts"

const shipped = new URL("../../pipelines/customers", import.meta.url).pathname
const toErp = "shop-to-erp.yaml"
const toShop = "erp-to-shop.yaml"

const guestsToErp = `name: guests-to-erp
source: { type: adobe-commerce/guests, connection: shop }
customers: { match: [nameAndPostcode] }
sink: { type: ifs-cloud/customers, connection: erp }
`

/** Plans the shipped folder with some words of its files replaced. */
const planned = (
  edits: Readonly<Record<string, readonly [string | RegExp, string]>> = {},
  without?: string,
  beside: Readonly<Record<string, string>> = {}
) =>
  Effect.gen(function* () {
    const disk = yield* FileSystem.FileSystem
    const names = ["connections.yaml", toErp, toShop].filter((name) => name !== without)
    const files = yield* Effect.forEach(names, (name) =>
      Effect.map(disk.readFileString(`${shipped}/${name}`), (text) => {
        const edit = edits[name]
        const edited = edit === undefined ? text : text.replace(...edit)
        if (edit !== undefined) assert.notStrictEqual(edited, text, `${name} has no ${String(edit[0])}`)
        return [name, edited] as const
      })
    )
    return yield* planOf({ ...Object.fromEntries(files), ...beside }, ["."], connectors)
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

/** These mistakes and no others, in the words that a person has reviewed. */
const assertSaid = Effect.fn("assertSaid")(function* (
  name: string,
  issues: ReadonlyArray<ConfigIssue>,
  codes: ReadonlyArray<string>
) {
  assert.deepStrictEqual(
    issues.map(({ code }) => code),
    codes,
    issues.map(issueText).join("\n")
  )
  yield* matchGolden(`${name.replaceAll(" ", "-")}.txt`, `${issues.map(issueText).join("\n")}\n`)
})

describe("C4 the plan of two pipelines that keep customers the same", () => {
  it.effect("makes one pair of them, with the fields that both systems have a place for", () =>
    Effect.gen(function* () {
      const { issues, plan } = yield* planned()
      assert.deepStrictEqual(issues, [])
      const [pair = assert.fail("no pair"), ...others] = pairsOf(plan ?? assert.fail("no plan"))
      assert.isEmpty(others)
      assert.strictEqual(pair.name, "erp/shop")
      assert.deepStrictEqual(pair.fields, ["name", "email", "phone", "vatNumber"])
      assert.deepStrictEqual([...pair.policy.owners], [["vatNumber", "left"]])
      assert.deepStrictEqual(pair.policy.writable, { left: true, right: true })
      assert.isFalse(pair.right.writer?.settings.create)
    })
  )

  it.effect("stands beside a pair of guests, who have no way back", () =>
    Effect.gen(function* () {
      const { issues, plan } = yield* planned({}, undefined, { "guests.yaml": guestsToErp })
      assert.deepStrictEqual(issues, [])
      const pairs = pairsOf(plan ?? assert.fail("no plan"))
      assert.deepStrictEqual(
        pairs.map(({ name, people, policy, systems }) => [name, systems, people, policy.writable]),
        [
          ["erp/shop", "erp/shop", "registered", { left: true, right: true }],
          ["erp/shop/guests", "erp/shop", "guests", { left: true, right: false }]
        ]
      )
    })
  )

  it.effect("writes to one side only where there is one pipeline", () =>
    Effect.gen(function* () {
      const { issues, plan } = yield* planned({}, toShop)
      assert.deepStrictEqual(issues, [])
      const [pair] = pairsOf(plan ?? assert.fail("no plan"))
      assert.deepStrictEqual(pair?.policy.writable, { left: true, right: false })
    })
  )
})

describe("the message for", () => {
  const cases: ReadonlyArray<
    readonly [
      name: string,
      edits: Readonly<Record<string, readonly [string | RegExp, string]>>,
      codes: ReadonlyArray<string>
    ]
  > = [
    [
      "a misspelt field of a customer",
      { [toErp]: ["  conflicts: park", "  conflicts: park\n  fields: [name, vatNumer]"] },
      ["config/not-allowed"]
    ],
    [
      "a field that a system has no place for",
      { [toErp]: ["  conflicts: park", "  conflicts: park\n  fields: [name, vatNumber, firstName]"] },
      ["plan/no-place"]
    ],
    [
      "policies that contradict each other",
      { [toShop]: ["conflicts: park", "conflicts: source-wins"] },
      ["plan/contradicting"]
    ],
    [
      "owners that contradict each other",
      { [toShop]: ["vatNumber: source", "vatNumber: sink"] },
      ["plan/contradicting"]
    ],
    [
      "a rule by which a system finds nobody",
      { [toErp]: ["vatNumber, nameAndPostcode", "vatNumber, email"] },
      ["plan/not-findable"]
    ],
    [
      "customers for a ledger",
      {
        [toErp]: [
          /type: ifs-cloud\/customers[\s\S]*/u,
          "type: ifs-cloud/vouchers\n  connection: erp\n  with: { voucherType: M, userGroup: AC }\n"
        ]
      },
      ["plan/takes-no-customers"]
    ],
    [
      "customers of a source that has none",
      { [toErp]: ["type: adobe-commerce/customers", "type: adobe-commerce/invoices"] },
      ["plan/reads-no-customers"]
    ],
    [
      "customers with a transform",
      { [toErp]: ["customers:", "transform: []\ncustomers:"] },
      ["plan/customers-only"]
    ],
    ["two pipelines in one direction", { [toShop]: [/[\s\S]*/u, "SAME"] }, ["plan/same-direction"]]
  ]
  const texts = new Map([
    [
      "SAME",
      `name: again
source: { type: adobe-commerce/customers, connection: shop }
customers: { match: [nameAndPostcode] }
sink: { type: ifs-cloud/customers, connection: erp }
`
    ]
  ])
  it.effect.each(cases)("%s", ([name, edits, codes]) =>
    Effect.gen(function* () {
      const filled = Object.fromEntries(
        Object.entries(edits).map(([file, [what, by]]) => [file, [what, texts.get(by) ?? by] as const])
      )
      const { issues } = yield* planned(filled)
      yield* assertSaid(name, issues, codes)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  const ofGuests: ReadonlyArray<readonly [string, Readonly<Record<string, string>>, ReadonlyArray<string>]> =
    [
      [
        "two pipelines of guests in one direction",
        { "guests.yaml": guestsToErp, "guests-again.yaml": guestsToErp.replace("guests-to-erp", "again") },
        ["plan/same-direction"]
      ],
      [
        "a way back to guests",
        {
          "guests.yaml": guestsToErp.replace(
            "sink: { type: ifs-cloud/customers",
            "sink: { type: adobe-commerce/guests"
          )
        },
        ["config/unknown-type"]
      ],
      [
        "guests who would get accounts",
        {
          "guests.yaml": guestsToErp.replace(
            "ifs-cloud/customers, connection: erp",
            "adobe-commerce/customers, connection: shop2"
          )
        },
        ["plan/no-accounts-for-guests", "plan/unknown-connection"]
      ]
    ]
  it.effect.each(ofGuests)("%s", ([name, beside, codes]) =>
    Effect.gen(function* () {
      const { issues } = yield* planned({}, undefined, beside)
      yield* assertSaid(name, issues, codes)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
