import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { BigDecimal, Effect } from "effect"
import { zero } from "../../src/accounting/Decimal.ts"
import { generated } from "../../src/cli/generated.ts"
import { outputOf } from "../../src/cli/ReconciliationOutput.ts"
import { csvHead, groupCsv, renderReconciliation, restCsv } from "../../src/cli/renderReconciliation.ts"
import type { Finding } from "../../src/engine/reconciliation/Finding.ts"
import type { Reconciliation } from "../../src/engine/reconciliation/reconcile.ts"
import { matchGolden } from "../support/golden.ts"

const amount = (text: string) => BigDecimal.fromStringUnsafe(text)

const finding = (number: string, given: Partial<Finding>): Finding => ({
  kind: "parked",
  isDifference: true,
  pipeline: "invoices-to-gl",
  resource: "invoice",
  id: `${Number(number)}`,
  number,
  day: "2026-09-14",
  currency: "EUR",
  source: amount("233.94"),
  journal: zero,
  ledger: zero,
  difference: amount("233.94"),
  codes: [],
  references: [],
  message: "",
  ...given
})

const september: Reconciliation = {
  range: { from: "2026-09-01", to: "2026-09-30" },
  by: "pipeline",
  pipelines: ["credit-notes-to-gl", "invoices-to-gl"],
  rows: [
    {
      group: "credit-notes-to-gl",
      currency: "EUR",
      documents: 10,
      source: amount("1300.12"),
      journal: amount("1300.12"),
      ledger: amount("1300.12")
    },
    {
      group: "invoices-to-gl",
      currency: "EUR",
      documents: 62,
      source: amount("21850.89"),
      journal: amount("21616.95"),
      ledger: amount("21616.96")
    }
  ],
  total: [
    {
      group: "total",
      currency: "EUR",
      documents: 72,
      source: amount("23151.01"),
      journal: amount("22917.07"),
      ledger: amount("22917.08")
    }
  ],
  findings: [
    finding("000000042", {
      codes: ["mapping/no-row"],
      message:
        "The table vat has no row for code = DK-25. Add one to tables/vat.csv, then retry. See: ledgerline errors show 1"
    }),
    finding("000000007", {
      kind: "changed-in-ledger",
      day: "2026-09-03",
      source: amount("119.00"),
      journal: amount("119.00"),
      ledger: amount("119.01"),
      difference: amount("-0.01"),
      references: ["10/2026/M/2026000007"],
      message:
        "10/2026/M/2026000007 was changed in the ledger: 1510: debit 119.00 in the journal, debit 119.01 in the ledger."
    }),
    finding("000000003", {
      kind: "older-mapping",
      isDifference: false,
      source: amount("50.00"),
      journal: amount("50.00"),
      ledger: amount("50.00"),
      difference: zero,
      message:
        "the same content, posted under an older mapping: 4000: nothing today, credit 42.02 as posted; 4010: credit 42.02 today, nothing as posted."
    })
  ],
  findingsLeftOut: 0,
  differences: 2,
  clearing: [{ account: "1590", currency: "EUR", balance: amount("140.00"), stillOpen: amount("100.00") }],
  blind: []
}

const clean: Reconciliation = {
  ...september,
  rows: september.rows.slice(0, 1),
  total: september.rows.slice(0, 1).map((row) => ({ ...row, group: "total" })),
  findings: [],
  differences: 0,
  clearing: []
}

describe("a reconciliation", () => {
  it.effect("is a table of three columns, the differences, and one sentence", () =>
    matchGolden("cli/reconcile.txt", `${renderReconciliation(september, september.rows)}\n`).pipe(
      Effect.provide(NodeServices.layer)
    )
  )

  it.effect("says in one sentence that the three agree", () =>
    matchGolden("cli/reconcile-clean.txt", `${renderReconciliation(clean, clean.rows)}\n`).pipe(
      Effect.provide(NodeServices.layer)
    )
  )

  it.effect("is CSV with a heading, one row a group, a total and a finding", () =>
    matchGolden(
      "cli/reconcile.csv",
      `${[csvHead, ...september.rows.map((row) => groupCsv(row)), ...restCsv(september)].join("\n")}\n`
    ).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("is JSON that fits its published schema", () =>
    Effect.gen(function* () {
      const output = outputOf(september, september.rows)
      yield* matchGolden("cli/reconcile.json", `${JSON.stringify(output, null, 2)}\n`)
      const validate = new Ajv2020({ strict: false, allErrors: true }).compile(
        JSON.parse(generated()["reconcile.schema.json"] ?? "false")
      )
      validate(JSON.parse(JSON.stringify(output)))
      assert.deepStrictEqual(validate.errors ?? [], [])
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
