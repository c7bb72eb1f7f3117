/*
 * Accounts that should return to zero, with the shipped pipelines of orders and invoices.
 */
import { assert } from "@effect/vitest"
import { BigDecimal, Effect, FileSystem } from "effect"
import { formatDecimal } from "../../../src/accounting/Decimal.ts"
import { loadPlan } from "../../../src/cli/loadPlan.ts"
import { reconcile } from "../../../src/engine/reconciliation/reconcile.ts"
import { runOnce } from "../../../src/engine/runOnce.ts"
import type { Plan } from "../../../src/plan/Plan.ts"
import type { Voucher } from "../../../src/sandbox/ifs/Voucher.ts"
import { balances, inScene, type Scene } from "../../endToEnd/scene.ts"
import { describeOnDatabases } from "../../support/databases.ts"

const print = (amount: BigDecimal.BigDecimal) => formatDecimal(BigDecimal.normalize(amount))

/** The pipelines of orders and invoices, with a row for Danish VAT, under names of their own. */
const withOrders = (scene: Scene) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const table = `${scene.pipelines}/with-orders/tables/vat.csv`
    yield* files.writeFileString(table, `${yield* files.readFileString(table)}DK-25,2650\n`)
    const loaded = yield* loadPlan({
      paths: [`${scene.pipelines}/with-orders`],
      connections: `${scene.pipelines}/connections.yaml`
    })
    const plan: Plan = {
      ...loaded,
      pipelines: loaded.pipelines.map((pipeline) => ({
        ...pipeline,
        name: `${pipeline.name}-clearing`,
        sourceConnection: `${pipeline.sourceConnection}-clearing`,
        sinkConnection: `${pipeline.sinkConnection}-clearing`
      }))
    }
    return plan
  })

const compare = (plan: Plan) =>
  reconcile(plan, {
    pipelines: plan.pipelines,
    range: { from: "2026-09-01", to: "2026-10-31" },
    by: "pipeline",
    clearing: []
  })

/** One more on the release of the open orders, and on the receivable against it. */
const releasedTooMuch = (voucher: Voucher): Voucher => ({
  ...voucher,
  rows: voucher.rows.map((row) => {
    const more = (value: BigDecimal.BigDecimal | null) =>
      value === null || BigDecimal.isZero(value) ? value : BigDecimal.sum(value, BigDecimal.fromBigInt(1n))
    return row.account === "1590" || row.account === "1510"
      ? {
          ...row,
          debit: more(row.debit),
          credit: more(row.credit),
          currencyDebit: more(row.currencyDebit),
          currencyCredit: more(row.currencyCredit)
        }
      : row
  })
})

describeOnDatabases("an account that should return to zero", (it) => {
  it.effect(
    "C7: holds the orders that are not finished and nothing else; what is released too much is found",
    () =>
      inScene({ documents: 60 }, (scene) =>
        Effect.gen(function* () {
          const plan = yield* withOrders(scene)
          yield* runOnce(plan)
          const { vouchers } = yield* scene.sandbox.ifs.books
          const clean = yield* compare(plan)
          assert.deepStrictEqual(
            clean.findings.filter(({ isDifference }) => isDifference),
            []
          )
          assert.deepStrictEqual(
            Object.fromEntries(clean.clearing.map(({ account, balance }) => [account, print(balance)])),
            Object.fromEntries(
              Object.entries(balances(vouchers)).filter(
                ([account]) => account === "1590" || account === "2990"
              )
            )
          )
          for (const { balance, stillOpen } of clean.clearing)
            assert.strictEqual(print(balance), print(stillOpen))
          assert.isAbove(clean.findings.length, 0, "orders that wait are noted")

          const text = "Invoice 000000001"
          yield* scene.sandbox.ifs.editBooks((all) =>
            all.map((voucher) => ((voucher.text ?? "").startsWith(text) ? releasedTooMuch(voucher) : voucher))
          )
          const found = (yield* compare(plan)).findings.filter(({ isDifference }) => isDifference)
          assert.deepStrictEqual(found.map(({ kind, resource }) => `${kind} ${resource}`).toSorted(), [
            "changed-in-ledger invoice",
            "clearing order"
          ])
          assert.strictEqual(
            found
              .filter(({ kind }) => kind === "clearing")
              .map(({ ledger }) => print(ledger))
              .join(),
            "-1"
          )
        })
      )
  )
})
