/*
 * What becomes of a voucher when the shop changes its document, by the books of the ledger.
 */
import { assert } from "@effect/vitest"
import { BigDecimal, Effect } from "effect"
import { intake } from "../../src/engine/intake.ts"
import type { PayloadObject } from "../../src/sandbox/commerce/Payload.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { balances, inScene, type Scene } from "../endToEnd/scene.ts"

/** The first invoice of the shop in these tests, which is in EUR and has shipping. */
const first = { position: 0, number: "000000001" }

const voucherTexts = (scene: Scene) =>
  Effect.map(ofFirst(scene), (vouchers) => vouchers.map(({ text }) => (text ?? "").split(" |")[0]))

const ofFirst = (scene: Scene) =>
  Effect.map(scene.sandbox.ifs.books, ({ vouchers }) =>
    vouchers.filter(({ text }) => (text ?? "").includes(`Invoice ${first.number} `))
  )

const vouchers = (scene: Scene) => Effect.map(scene.sandbox.ifs.books, (books) => books.vouchers.length)

/** Everything is posted; an hour later the shop changes its first invoice; the pipelines run again. */
const afterChange = (scene: Scene, change: (invoice: PayloadObject) => PayloadObject) =>
  Effect.gen(function* () {
    yield* scene.run
    assert.deepStrictEqual(yield* voucherTexts(scene), [`Invoice ${first.number}`])
    yield* scene.pass("1 hour")
    yield* scene.changeInvoice(first.position, change)
    yield* scene.pass("10 minutes")
    yield* scene.run
  })

const oneMore = (value: PayloadObject[string]) =>
  BigDecimal.isBigDecimal(value) ? BigDecimal.sum(value, BigDecimal.fromBigInt(1n)) : value

/** Shipping, which bears no tax here, costs 1.00 more. */
const dearer = (invoice: PayloadObject): PayloadObject => ({
  ...invoice,
  ...Object.fromEntries(
    ["grand_total", "shipping_amount", "shipping_incl_tax"]
      .flatMap((field) => [field, `base_${field}`])
      .map((field) => [field, oneMore(invoice[field])])
  )
})

const plus = (balance: string | undefined, by: bigint) =>
  BigDecimal.format(BigDecimal.sum(BigDecimal.fromStringUnsafe(balance ?? ""), BigDecimal.fromBigInt(by)))

const cancelled = (invoice: PayloadObject): PayloadObject => ({ ...invoice, state: 3 })

describeOnDatabases("C3 a document that changes", (it) => {
  it.effect("cancelled after posting, it gets one reversal, and together they come to nothing", () =>
    inScene({ documents: 4 }, (scene) =>
      Effect.gen(function* () {
        yield* afterChange(scene, cancelled)
        assert.deepStrictEqual(yield* voucherTexts(scene), [
          `Invoice ${first.number}`,
          `Reversal: Invoice ${first.number}`
        ])
        assert.deepStrictEqual(balances(yield* ofFirst(scene)), {})

        const before = yield* vouchers(scene)
        yield* scene.pass("1 hour")
        yield* scene.run
        assert.strictEqual(yield* vouchers(scene), before)
      })
    )
  )

  it.effect("with another amount, it gets a reversal and a new voucher, once", () =>
    inScene({ documents: 4 }, (scene) =>
      Effect.gen(function* () {
        yield* scene.run
        const [posted] = yield* ofFirst(scene)
        const original = balances(posted === undefined ? [] : [posted])

        yield* afterChange(scene, dearer)
        assert.deepStrictEqual(yield* voucherTexts(scene), [
          `Invoice ${first.number}`,
          `Reversal: Invoice ${first.number}`,
          `Invoice ${first.number}`
        ])
        assert.deepStrictEqual(balances(yield* ofFirst(scene)), {
          ...original,
          "1510": plus(original["1510"], 1n),
          "4100": plus(original["4100"], -1n)
        })

        const before = yield* vouchers(scene)
        yield* scene.pass("1 hour")
        yield* scene.run
        assert.strictEqual(yield* vouchers(scene), before)
      })
    )
  )

  it.effect("changed back, it ends where it began", () =>
    inScene({ documents: 4 }, (scene) =>
      Effect.gen(function* () {
        yield* scene.run
        const original = balances(yield* ofFirst(scene))
        const [asItWas] = (yield* scene.sandbox.commerce.shop).invoices
        yield* afterChange(scene, dearer)
        yield* scene.pass("1 hour")
        yield* scene.changeInvoice(first.position, () => asItWas ?? {})
        yield* scene.pass("10 minutes")
        yield* scene.run
        assert.deepStrictEqual(balances(yield* ofFirst(scene)), original)
        assert.strictEqual((yield* ofFirst(scene)).length, 5)
      })
    )
  )

  it.effect(
    "only touched, it counts as unchanged; with another name and address, it stays as it was posted",
    () =>
      inScene({ documents: 4 }, (scene) =>
        Effect.gen(function* () {
          const readOfInvoices = Effect.gen(function* () {
            yield* scene.pass("10 minutes")
            const { pipelines } = yield* scene.run
            return pipelines
              .filter(({ pipeline }) => pipeline.startsWith("invoices"))
              .map(({ entries, read, unchanged }) => ({ entries, read, unchanged }))
          })
          yield* scene.run
          yield* scene.pass("1 hour")
          yield* scene.changeInvoice(first.position, (invoice) => ({
            ...invoice,
            email_sent: 0,
            comments: [{ entity_id: 1, comment: "Customer called", created_at: "2026-11-01 10:00:00" }]
          }))
          assert.deepStrictEqual(yield* readOfInvoices, [{ entries: 0, read: 1, unchanged: 1 }])

          yield* scene.pass("1 hour")
          yield* scene.changeInvoice(first.position, (invoice) => invoice)
          yield* scene.sandbox.commerce.update((shop) => ({
            ...shop,
            orders: shop.orders.map((order) => ({
              ...order,
              customer_email: "new@example.com",
              billing_address: {
                country_id: "DE",
                firstname: "Another",
                lastname: "Name",
                company: "Another Ltd"
              }
            }))
          }))
          assert.deepStrictEqual(
            (yield* readOfInvoices).map(({ entries, read }) => ({ entries, read })),
            [{ entries: 0, read: 1 }]
          )
          assert.deepStrictEqual(yield* voucherTexts(scene), [`Invoice ${first.number}`])
        })
      )
  )

  it.effect("before anything was sent, only its last content is posted", () =>
    inScene({ documents: 4 }, (scene) =>
      Effect.gen(function* () {
        const { pipelines } = yield* scene.plan
        const [asItWas] = (yield* scene.sandbox.commerce.shop).invoices
        yield* Effect.forEach(pipelines, (pipeline) => intake(pipeline, "test"))
        yield* scene.pass("1 hour")
        yield* scene.changeInvoice(first.position, dearer)
        yield* scene.pass("10 minutes")
        yield* scene.run
        assert.deepStrictEqual(yield* voucherTexts(scene), [`Invoice ${first.number}`])
        const grandTotal = asItWas?.["base_grand_total"]
        assert.strictEqual(
          balances(yield* ofFirst(scene))["1510"],
          plus(BigDecimal.isBigDecimal(grandTotal) ? BigDecimal.format(grandTotal) : undefined, 1n)
        )
      })
    )
  )

  it.effect("cancelled before anything was sent, it is never posted", () =>
    inScene({ documents: 4 }, (scene) =>
      Effect.gen(function* () {
        yield* scene.changeInvoice(first.position, cancelled)
        yield* scene.pass("10 minutes")
        yield* scene.run
        assert.deepStrictEqual(yield* voucherTexts(scene), [])
      })
    )
  )
})
