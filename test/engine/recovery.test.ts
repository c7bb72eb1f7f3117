/*
 * A database that forgot what it posted, beside a ledger that did not, by the books of the ledger.
 */
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { PayloadObject } from "../../src/sandbox/commerce/Payload.ts"
import { balances, inScene, type Scene } from "../endToEnd/scene.ts"
import { type Restorable, restorables } from "../support/restorable.ts"

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
const cancelled = (invoice: PayloadObject): PayloadObject => ({ ...invoice, state: 3 })

/** The texts of all vouchers of an invoice, and what they come to on receivables. */
const ofInvoice = (scene: Scene, number: string) =>
  Effect.map(scene.sandbox.ifs.books, ({ vouchers }) => {
    const own = vouchers.filter(({ rows }) =>
      rows.some(({ referenceNumber }) => referenceNumber?.startsWith(`I${number}.`))
    )
    return { vouchers: own.length, receivable: balances(own)["1510"] ?? "0" }
  })

/** No reference of ours stands in two vouchers. */
const assertNothingDoubled = (scene: Scene) =>
  Effect.map(scene.sandbox.ifs.books, ({ vouchers }) => {
    const references = vouchers.map(({ rows }) => rows[0]?.referenceNumber)
    assert.strictEqual(new Set(references).size, vouchers.length)
  })

const numberOf = (scene: Scene, position: number) =>
  Effect.map(scene.sandbox.commerce.shop, ({ invoices }) => String(invoices[position]?.["increment_id"]))

const audited = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ readonly action: string }>`
    SELECT action FROM audit WHERE action LIKE 'gate%' OR action = 'copy accepted' ORDER BY id`
  return rows.map(({ action }) => action)
})

/** An hour and ten minutes pass around a change of the invoice at `position`. */
const changeLater = (scene: Scene, position: number, change: (invoice: PayloadObject) => PayloadObject) =>
  Effect.gen(function* () {
    yield* scene.pass("1 hour")
    yield* scene.changeInvoice(position, change)
    yield* scene.pass("10 minutes")
  })

describe.each(restorables)("after a restore of $name", ({ make }) => {
  const play = <A, E, R>(test: (scene: Scene, database: Restorable) => Effect.Effect<A, E, R>) =>
    Effect.flatMap(make, (database) => inScene({ documents: 4 }, (scene) => test(scene, database))).pipe(
      Effect.scoped
    )
  /** The first invoice is posted, kept in a snapshot, changed and posted again by `lost`; then the database is set back. */
  const forget = (
    scene: Scene,
    database: Restorable,
    lost: ReadonlyArray<(invoice: PayloadObject) => PayloadObject>
  ) =>
    Effect.gen(function* () {
      yield* database.use(scene.run)
      yield* database.snapshot
      for (const change of lost) {
        yield* changeLater(scene, 0, change)
        yield* database.use(scene.run)
      }
      yield* database.restore
    })
  const comesTo = (
    scene: Scene,
    expected: { readonly vouchers: number; readonly more: bigint | "nothing" },
    original: PayloadObject | undefined
  ) =>
    Effect.gen(function* () {
      const total = original?.["base_grand_total"]
      const number = yield* numberOf(scene, 0)
      assert.deepStrictEqual(yield* ofInvoice(scene, number), {
        vouchers: expected.vouchers,
        receivable:
          expected.more === "nothing" || !BigDecimal.isBigDecimal(total)
            ? "0"
            : BigDecimal.format(
                BigDecimal.normalize(BigDecimal.sum(total, BigDecimal.fromBigInt(expected.more)))
              )
      })
      yield* assertNothingDoubled(scene)
    })

  const asItWas = (scene: Scene) => Effect.map(scene.sandbox.commerce.shop, ({ invoices }) => invoices[0])

  it.live("what reads the same again is found in the ledger and posted no second time", () =>
    play((scene, database) =>
      Effect.gen(function* () {
        const original = yield* asItWas(scene)
        yield* forget(scene, database, [dearer])
        const { connections } = yield* database.use(scene.run)
        assert.strictEqual(connections[0]?.posted, 0)
        assert.strictEqual(connections[0]?.adopted, 2)
        yield* comesTo(scene, { vouchers: 3, more: 1n }, original)
        assert.deepStrictEqual(yield* database.use(audited), ["gate closed", "gate opened"])
        yield* database.use(scene.run)
        yield* comesTo(scene, { vouchers: 3, more: 1n }, original)
        assert.deepStrictEqual(yield* database.use(audited), ["gate closed", "gate opened"])
      })
    )
  )

  it.live("an invoice that changed once more since follows from what the ledger holds", () =>
    play((scene, database) =>
      Effect.gen(function* () {
        const original = yield* asItWas(scene)
        yield* forget(scene, database, [dearer])
        yield* changeLater(scene, 0, dearer)
        yield* database.use(scene.run)
        yield* comesTo(scene, { vouchers: 5, more: 2n }, original)
      })
    )
  )

  it.live("an invoice that changed twice in the time that was lost ends right", () =>
    play((scene, database) =>
      Effect.gen(function* () {
        const original = yield* asItWas(scene)
        yield* forget(scene, database, [dearer, dearer])
        yield* database.use(scene.run)
        yield* comesTo(scene, { vouchers: 5, more: 2n }, original)
      })
    )
  )

  it.live(
    "an invoice that changed and has changed back since, and looks unchanged, ends where it began",
    () =>
      play((scene, database) =>
        Effect.gen(function* () {
          const original = yield* asItWas(scene)
          yield* forget(scene, database, [dearer])
          yield* changeLater(scene, 0, () => original ?? {})
          yield* database.use(scene.run)
          yield* comesTo(scene, { vouchers: 5, more: 0n }, original)
        })
      )
  )

  it.live(
    "an invoice that changed there and back in the time that was lost, and is cancelled, comes to nothing",
    () =>
      play((scene, database) =>
        Effect.gen(function* () {
          const original = yield* asItWas(scene)
          yield* forget(scene, database, [dearer, () => original ?? {}])
          yield* database.use(scene.run)
          yield* comesTo(scene, { vouchers: 5, more: 0n }, original)
          yield* changeLater(scene, 0, cancelled)
          yield* database.use(scene.run)
          yield* comesTo(scene, { vouchers: 6, more: "nothing" }, original)
        })
      )
  )

  it.live(
    "an invoice of which nothing is known any more, and which was cancelled since, comes to nothing",
    () =>
      play((scene, database) =>
        Effect.gen(function* () {
          const original = yield* asItWas(scene)
          yield* scene.sandbox.commerce.update((shop) => ({ ...shop, invoices: shop.invoices.slice(1) }))
          yield* database.use(scene.run)
          yield* database.snapshot
          yield* scene.sandbox.commerce.update((shop) => ({
            ...shop,
            invoices: [original ?? {}, ...shop.invoices]
          }))
          yield* changeLater(scene, 0, (invoice) => invoice)
          yield* database.use(scene.run)
          yield* comesTo(scene, { vouchers: 1, more: 0n }, original)
          yield* database.restore
          yield* changeLater(scene, 0, cancelled)
          yield* database.use(scene.run)
          yield* comesTo(scene, { vouchers: 2, more: "nothing" }, original)
        })
      )
  )
})
