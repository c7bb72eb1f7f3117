/*
 * Payments, which are no sales documents, side by side in shop, journal and ledger.
 */
import { assert } from "@effect/vitest"
import { BigDecimal, Effect, FileSystem } from "effect"
import { formatDecimal } from "../../../src/accounting/Decimal.ts"
import type { DayRange } from "../../../src/engine/reconciliation/DocumentState.ts"
import type { Finding } from "../../../src/engine/reconciliation/Finding.ts"
import { reconcile } from "../../../src/engine/reconciliation/reconcile.ts"
import type { PayloadObject } from "../../../src/sandbox/commerce/Payload.ts"
import type { Shop } from "../../../src/sandbox/commerce/Shop.ts"
import type { Voucher } from "../../../src/sandbox/ifs/Voucher.ts"
import { inScene, type Scene } from "../../endToEnd/scene.ts"
import { describeOnDatabases } from "../../support/databases.ts"

const payments = new URL("../../pipelines/posting/payments-to-gl.yaml", import.meta.url).pathname

/** The pipeline of payments beside the shipped ones, on accounts that the local ledger has. */
const withPayments = (scene: Scene, clearing: string) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const text = yield* files.readFileString(payments)
    yield* files.writeFileString(
      `${scene.pipelines}/payments-to-gl.yaml`,
      text.replace(/rows:\n(?: +- .*\n)+/u, `rows:\n${clearing}`)
    )
  })
const row = (method: string) => `        - { method: ${method}, account: "1520" }\n`

const range = { from: "2026-09-01", to: "2026-11-02" }

const compare = (scene: Scene) =>
  Effect.gen(function* () {
    const plan = yield* scene.plan
    const pipelines = plan.pipelines.filter(({ name }) => name.startsWith("payments-to-gl"))
    assert.lengthOf(pipelines, 1)
    return yield* reconcile(plan, { pipelines, range, by: "pipeline", clearing: [] })
  })
type Found = Effect.Success<ReturnType<typeof compare>>

const print = (amount: BigDecimal.BigDecimal) => formatDecimal(BigDecimal.normalize(amount))
const columns = ({ total }: Found) =>
  total.flatMap(({ journal, ledger, source }) => [source, journal, ledger].map(print))
const named = ({ findings }: Found) =>
  findings.map(({ difference, kind, number }) => `${kind} ${number} ${print(difference)}`).toSorted()

const nameOf = (payment: PayloadObject | undefined) => String(payment?.["txn_id"])

/** What the invoice or credit memo that names a payment comes to, in the currency of the books. */
const amountOf = ({ creditmemos, invoices }: Shop, payment: PayloadObject | undefined) => {
  const naming = [...invoices, ...creditmemos].find((one) => one["transaction_id"] === nameOf(payment))
  const amount = naming?.["base_grand_total"]
  return BigDecimal.isBigDecimal(amount) ? amount : assert.fail(`${nameOf(payment)} has no amount`)
}

const centMore = (voucher: Voucher): Voucher => {
  const more = (value: BigDecimal.BigDecimal | null) =>
    value === null || BigDecimal.isZero(value) ? value : BigDecimal.sum(value, BigDecimal.make(1n, 2))
  return {
    ...voucher,
    rows: voucher.rows.map((row) => ({
      ...row,
      debit: more(row.debit),
      credit: more(row.credit),
      currencyDebit: more(row.currencyDebit),
      currencyCredit: more(row.currencyCredit)
    }))
  }
}

describeOnDatabases("reconciling a pipeline of payments", (it) => {
  it.effect(
    "comes to what the documents say that name them, and names the one payment that differs and the one never read",
    () =>
      inScene({ documents: 24 }, (scene) =>
        Effect.gen(function* () {
          yield* withPayments(scene, row("braintree"))
          yield* scene.run
          const shop = yield* scene.sandbox.commerce.shop
          const { transactions } = shop
          const sum = print(BigDecimal.sumAll(transactions.map((payment) => amountOf(shop, payment))))
          const agreeing = yield* compare(scene)
          assert.isTrue(transactions.some((payment) => payment["txn_type"] === "refund"))
          assert.strictEqual(agreeing.total[0]?.documents, transactions.length)
          assert.deepStrictEqual(columns(agreeing), [sum, sum, sum])
          assert.deepStrictEqual(agreeing.findings, [])

          const [changed, sibling] = transactions
          yield* scene.sandbox.ifs.editBooks((vouchers) =>
            vouchers.map((voucher) =>
              (voucher.text ?? "").split(" |")[0] === `Payment ${nameOf(changed)}`
                ? centMore(voucher)
                : voucher
            )
          )
          // Committed long after every overlap, with the time of its beginning.
          const late = { ...sibling, transaction_id: 9001 }
          yield* scene.sandbox.commerce.update((one) => ({
            ...one,
            transactions: [...one.transactions, late]
          }))
          const differing = yield* compare(scene)
          assert.deepStrictEqual(
            named(differing),
            [
              `changed-in-ledger ${nameOf(changed)} -0.01`,
              `never-read ${nameOf(late)} ${print(amountOf(shop, late))}`
            ].toSorted()
          )
        })
      ),
    60_000
  )

  it.effect("shows the amount of a payment that is parked, as it does of an invoice", () =>
    inScene({ documents: 12 }, (scene) =>
      Effect.gen(function* () {
        yield* withPayments(scene, row("another-provider"))
        yield* scene.run
        const shop = yield* scene.sandbox.commerce.shop
        const amounts = shop.transactions.map((payment) => amountOf(shop, payment))
        const parked = yield* compare(scene)
        assert.isNotEmpty(amounts)
        assert.deepStrictEqual(columns(parked), [print(BigDecimal.sumAll(amounts)), "0", "0"])
        assert.deepStrictEqual(
          named(parked),
          shop.transactions
            .map((payment) => `parked ${nameOf(payment)} ${print(amountOf(shop, payment))}`)
            .toSorted()
        )
      })
    )
  )

  it.effect("knows a payment of another month when it looks at what an order leaves open", () =>
    inScene({ documents: 24 }, (scene) =>
      Effect.gen(function* () {
        yield* withPayments(scene, row("braintree"))
        const { transactions } = yield* scene.sandbox.commerce.shop
        const moved = transactions.find(
          ({ created_at, txn_type }) => txn_type === "capture" && String(created_at) < "2026-09-25"
        )
        if (moved === undefined) return assert.fail("nothing was paid in September")
        yield* scene.sandbox.commerce.update((shop) => ({
          ...shop,
          transactions: shop.transactions.map((one) =>
            one === moved ? { ...one, created_at: "2026-10-20 10:00:00" } : one
          )
        }))
        yield* scene.run
        const plan = yield* scene.plan
        const openIn = (days: DayRange) =>
          Effect.map(
            reconcile(plan, { pipelines: plan.pipelines, range: days, by: "pipeline", clearing: ["1510"] }),
            ({ findings }) => findings.filter(({ kind }) => kind === "clearing")
          )
        const isMoved = ({ number }: Finding) => number === nameOf(moved)
        const october = yield* openIn({ from: "2026-10-01", to: "2026-10-31" })
        assert.isFalse(october.some(isMoved), "its invoice of September and it come to nothing")
        // What was invoiced and not paid by card stands open.
        assert.isNotEmpty(october)
      })
    )
  )
})
