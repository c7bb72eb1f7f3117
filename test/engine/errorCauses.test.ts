import { assert, describe, it } from "@effect/vitest"
import { errorCauses } from "../../src/engine/errorCauses.ts"
import type { ErrorItem } from "../../src/store/ErrorQueue.ts"

/** Item `id`, of invoice `1000<id>` over 119.00 EUR. */
const item = (id: number, given: Partial<ErrorItem>): ErrorItem => ({
  id,
  pipeline: "invoices",
  resource: "invoice",
  externalId: `${id}`,
  number: `10000${id}`,
  revision: 1,
  stage: "map",
  planRevision: "plan",
  problems: [],
  state: "open",
  retries: 0,
  automaticRetries: 0,
  amount: "119.00",
  currency: "EUR",
  openedAt: `2026-03-0${id}T00:00:00Z`,
  changedAt: `2026-03-0${id}T00:00:00Z`,
  ...given
})

const noRow = (code: string) => ({
  code: "mapping/no-row",
  message: `Table tables/vat.csv has no row for code = ${code}.`,
  path: "lines.vat",
  at: { file: "pipelines/invoices.yaml", line: 39 }
})

describe("errorCauses", () => {
  it("takes documents that lack the same row together, with what is at stake in each currency", () => {
    const causes = errorCauses([
      item(2, { problems: [noRow("DK-25")] }),
      item(1, { problems: [noRow("DK-25")], amount: "0.10" }),
      item(3, { problems: [noRow("DK-25")], amount: "20.00", currency: "USD" }),
      item(4, { problems: [noRow("SE-25")], amount: null, currency: null })
    ])
    assert.deepStrictEqual(causes, [
      {
        pipeline: "invoices",
        ...noRow("DK-25"),
        documents: 3,
        atStake: { EUR: "119.10", USD: "20.00" },
        oldest: "2026-03-01T00:00:00Z",
        items: [2, 1, 3]
      },
      {
        pipeline: "invoices",
        ...noRow("SE-25"),
        documents: 1,
        atStake: {},
        oldest: "2026-03-04T00:00:00Z",
        items: [4]
      }
    ])
  })

  it("takes entries that do not balance together although each is off by another amount", () => {
    const off = (amount: string) => ({
      code: "mapping/unbalanced",
      message: `The entry does not balance: debits and credits differ by ${amount}.`,
      path: "document"
    })
    const causes = errorCauses([item(1, { problems: [off("0.01")] }), item(2, { problems: [off("12.50")] })])
    assert.deepStrictEqual(
      causes.map(({ documents, message }) => ({ documents, message })),
      [{ documents: 2, message: off("0.01").message }]
    )
  })

  it("keeps the same gap in two rules, and in two pipelines, apart", () => {
    const causes = errorCauses([
      item(1, { problems: [noRow("DK-25"), { ...noRow("DK-25"), path: "lines.shipping" }] }),
      item(2, { problems: [noRow("DK-25")], pipeline: "credit-notes" })
    ])
    assert.deepStrictEqual(
      causes.map(({ items, path, pipeline }) => `${pipeline} ${path} ${items.join()}`),
      ["invoices lines.vat 1", "invoices lines.shipping 1", "credit-notes lines.vat 2"]
    )
  })
})
