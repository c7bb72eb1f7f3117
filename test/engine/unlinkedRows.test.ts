/*
 * Which customers are worked on at once, before anybody has linked them.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import type { MatchRule } from "../../src/config/CustomerRules.ts"
import { unlinkedRows } from "../../src/engine/customers/unlinkedRows.ts"
import type { EncodedCustomer } from "../../src/pipeline/Customer.ts"
import type { CustomerTask } from "../../src/store/CustomerLink.ts"
import { IntakeStore } from "../../src/store/IntakeStore.ts"

type Given = Partial<EncodedCustomer>

const task = (externalId: string): CustomerTask => ({
  pair: "erp/shop",
  side: "right",
  externalId,
  pipeline: "shop-to-erp",
  resource: "customer",
  number: externalId,
  revision: 1,
  asked: 1,
  attempts: 0,
  isByPerson: false
})

/** The rows by the ids of their customers; undefined was never read. */
const rowsOf = (rules: ReadonlyArray<MatchRule>, read: Readonly<Record<string, Given | undefined>>) =>
  Effect.map(
    unlinkedRows(rules, Object.keys(read).map(task)).pipe(
      Effect.provide(
        Layer.mock(IntakeStore)({
          latest: ({ externalId: id, pipeline }) => {
            const given = read[id]
            const record = { id, number: id, state: "active" as const, name: "", addresses: [], ...given }
            const origin = { system: "shop", resource: "customer", id, number: id, revision: "1" }
            return Effect.succeed(
              given === undefined
                ? Option.none()
                : Option.some({
                    pipeline,
                    revision: 1,
                    fingerprint: "",
                    origin,
                    raw: {},
                    normalised: { _tag: "Record", record }
                  })
            )
          }
        })
      )
    ),
    (rows) => rows.map((row) => row.map(({ externalId }) => externalId))
  )

const addresses = [{ street: ["Domgasse 12"], postcode: "50667" }]

describe("C4 customers who are not linked yet", () => {
  it.effect("are worked on at once, unless a rule could take them for one another", () =>
    Effect.gen(function* () {
      const rows = yield* rowsOf(["vatNumber", "email"], {
        a: { vatNumber: "DE 123", email: "a@example.com" },
        b: { email: "B@example.com", name: "Anna" },
        c: { vatNumber: "de123" },
        d: { email: "b@example.com" },
        e: { name: "Anna" }
      })
      assert.sameDeepMembers(rows, [["a", "c"], ["b", "d"], ["e"]])
    })
  )

  it.effect("stand in one row when one of them joins two others", () =>
    Effect.gen(function* () {
      const rows = yield* rowsOf(["vatNumber", "nameAndPostcode"], {
        a: { vatNumber: "DE1" },
        b: { name: "Nord GmbH", addresses },
        c: { name: "Other" },
        d: { vatNumber: "DE1", name: "nord gmbh", addresses }
      })
      assert.sameDeepMembers(rows, [["a", "b", "d"], ["c"]])
    })
  )

  it.effect("stand in one row, all of them, where one was never read", () =>
    Effect.gen(function* () {
      const rows = yield* rowsOf(["email"], { a: { email: "a@example.com" }, b: undefined, c: {} })
      assert.deepStrictEqual(rows, [["a", "b", "c"]])
    })
  )
})
