/*
 * A database that forgot what it posted, beside a ledger that did not, by the books of the ledger.
 */
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect, FileSystem, Ref } from "effect"
import { SqlClient } from "effect/sql"
import { intake } from "../../src/engine/intake.ts"
import { retry } from "../../src/engine/retry.ts"
import type { PayloadObject } from "../../src/sandbox/commerce/Payload.ts"
import { ErrorQueue } from "../../src/store/ErrorQueue.ts"
import { LedgerGate } from "../../src/store/LedgerGate.ts"
import type { Sighting, WitnessMemory } from "../../src/store/Witness.ts"
import { balances, inScene, isDanish, type Scene } from "../endToEnd/scene.ts"
import { type Restorable, restorables } from "../support/restorable.ts"

type Change = (invoice: PayloadObject) => PayloadObject

const plus = (value: PayloadObject[string], more: bigint) =>
  BigDecimal.isBigDecimal(value) ? BigDecimal.sum(value, BigDecimal.fromBigInt(more)) : value

/** Shipping, which bears no tax here, costs 1.00 more. */
const dearer: Change = (invoice) => ({
  ...invoice,
  ...Object.fromEntries(
    ["grand_total", "shipping_amount", "shipping_incl_tax"]
      .flatMap((field) => [field, `base_${field}`])
      .map((field) => [field, plus(invoice[field], 1n)])
  )
})
const cancelled: Change = (invoice) => ({ ...invoice, state: 3 })
const same: Change = (invoice) => invoice

/**
 * What becomes of an invoice in the time that the database lost, and after that;
 * then how many vouchers it has, and by how much they exceed, on receivables,
 * what it began with. New ones appear in the time that was lost.
 */
const histories: ReadonlyArray<{
  readonly name: string
  readonly isNew?: true
  readonly lost?: (original: PayloadObject) => ReadonlyArray<Change>
  readonly after?: (original: PayloadObject) => Change
  readonly vouchers: number
  readonly ends: bigint | "at nothing"
}> = [
  { name: "untouched", vouchers: 1, ends: 0n },
  { name: "new", isNew: true, vouchers: 1, ends: 0n },
  { name: "new; cancelled", isNew: true, after: () => cancelled, vouchers: 2, ends: "at nothing" },
  { name: "new; changed", isNew: true, after: () => dearer, vouchers: 3, ends: 1n },
  { name: "changed", lost: () => [dearer], vouchers: 3, ends: 1n },
  { name: "changed twice", lost: () => [dearer, dearer], vouchers: 5, ends: 2n },
  { name: "changed; changed again", lost: () => [dearer], after: () => dearer, vouchers: 5, ends: 2n },
  {
    name: "changed; changed back, so that it looks unchanged",
    lost: () => [dearer],
    after: (original) => () => original,
    vouchers: 5,
    ends: 0n
  },
  {
    name: "changed there and back; cancelled",
    lost: (original) => [dearer, () => original],
    after: () => cancelled,
    vouchers: 6,
    ends: "at nothing"
  }
]

/** Lets some invoices change an hour later, and all be read after that. */
const change = (scene: Scene, changes: ReadonlyArray<Change | undefined>) =>
  Effect.gen(function* () {
    yield* scene.pass("1 hour")
    for (const [position, own] of changes.entries()) {
      if (own !== undefined) yield* scene.changeInvoice(position, own)
    }
    yield* scene.pass("10 minutes")
  })

/** Invoices in EUR that have shipping and can be posted, one for each history, and nothing else. */
const keepOneForEach = (scene: Scene) =>
  Effect.gen(function* () {
    yield* scene.sandbox.commerce.update((shop) => ({
      ...shop,
      creditmemos: [],
      invoices: shop.invoices
        .filter(
          (invoice) =>
            invoice["order_currency_code"] === "EUR" &&
            invoice["base_currency_code"] === "EUR" &&
            BigDecimal.isBigDecimal(invoice["shipping_amount"]) &&
            !BigDecimal.isZero(invoice["shipping_amount"]) &&
            !isDanish(shop, invoice)
        )
        .slice(0, histories.length)
    }))
    const { invoices } = yield* scene.sandbox.commerce.shop
    assert.strictEqual(invoices.length, histories.length)
    return invoices
  })

const show = (invoices: ReadonlyArray<PayloadObject>) => (scene: Scene) =>
  scene.sandbox.commerce.update((shop) => ({ ...shop, invoices }))

const print = (value: PayloadObject[string]) =>
  BigDecimal.isBigDecimal(value) ? BigDecimal.format(BigDecimal.normalize(value)) : "no amount"

/** How many vouchers each invoice has, and what they come to on receivables. */
const inLedger = (scene: Scene, originals: ReadonlyArray<PayloadObject>) =>
  Effect.map(scene.sandbox.ifs.books, ({ vouchers }) =>
    originals.map((original, index) => {
      const prefix = `I${String(original["increment_id"])}.`
      const own = vouchers.filter(({ rows }) => rows[0]?.referenceNumber?.startsWith(prefix))
      return {
        name: histories[index]?.name,
        vouchers: own.length,
        receivable: balances(own)["1510"] ?? "0"
      }
    })
  )

const expected = (originals: ReadonlyArray<PayloadObject>) =>
  histories.map(({ ends, name, vouchers }, index) => ({
    name,
    vouchers,
    receivable: ends === "at nothing" ? "0" : print(plus(originals[index]?.["base_grand_total"], ends))
  }))

const gateActs = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ readonly action: string }>`
    SELECT action FROM audit WHERE action LIKE 'gate%' OR action = 'copy accepted' ORDER BY id`
  return rows.map(({ action }) => action)
})

const bookedVouchers = (scene: Scene) =>
  Effect.map(scene.sandbox.ifs.books, ({ vouchers }) => vouchers.length)

/** A witness that outlives the databases of a test. */
const witness = Effect.map(Ref.make<ReadonlyMap<string, Sighting>>(new Map()), (memory): WitnessMemory => ({
  recall: (instance) => Effect.map(Ref.get(memory), (all) => all.get(instance)),
  keep: (instance, sighting) => Ref.update(memory, (all) => new Map([...all, [instance, sighting]]))
}))

describe.each(restorables)("$name that went back in time", ({ make }) => {
  const play = <A, E, R>(
    documents: number,
    test: (scene: Scene, database: Restorable) => Effect.Effect<A, E, R>
  ) =>
    Effect.flatMap(make, (database) => inScene({ documents }, (scene) => test(scene, database))).pipe(
      Effect.scoped
    )

  it.live(
    "has every document posted to its latest content, and nothing twice",
    () =>
      play(80, (scene, database) =>
        Effect.gen(function* () {
          const originals = yield* keepOneForEach(scene)
          yield* show(originals.filter((_, index) => histories[index]?.isNew !== true))(scene)
          yield* database.use(scene.run)
          yield* database.snapshot

          yield* show(originals)(scene)
          yield* change(
            scene,
            histories.map(({ isNew, lost }, index) => (isNew ? same : lost?.(originals[index] ?? {})[0]))
          )
          yield* database.use(scene.run)
          yield* change(
            scene,
            histories.map(({ lost }, index) => lost?.(originals[index] ?? {})[1])
          )
          yield* database.use(scene.run)
          yield* database.restore

          yield* change(
            scene,
            histories.map(({ after }, index) => after?.(originals[index] ?? {}))
          )
          const { connections } = yield* database.use(scene.run)
          assert.deepStrictEqual(yield* inLedger(scene, originals), expected(originals))
          assert.strictEqual(connections[0]?.adopted, 3, "new, and changed, which read the same again")
          const { vouchers } = yield* scene.sandbox.ifs.books
          assert.strictEqual(
            new Set(vouchers.map(({ rows }) => rows[0]?.referenceNumber)).size,
            vouchers.length,
            "no reference of ours stands in two vouchers"
          )
          const waiting = yield* database.use(Effect.flatMap(ErrorQueue, (queue) => queue.list()))
          assert.deepStrictEqual(waiting, [])
          assert.deepStrictEqual(yield* database.use(gateActs), ["gate closed", "gate opened"])

          yield* database.use(scene.run)
          assert.strictEqual(yield* bookedVouchers(scene), vouchers.length)
          assert.deepStrictEqual(yield* database.use(gateActs), ["gate closed", "gate opened"])
        })
      ),
    120_000
  )

  it.live("is noticed by the witness even if the ledger holds nothing new", () =>
    play(2, (scene, database) =>
      Effect.gen(function* () {
        const memory = yield* witness
        yield* database.use(scene.run, memory)
        yield* database.snapshot
        yield* change(scene, [cancelled])
        const { pipelines } = yield* scene.plan
        const readOnly = Effect.gen(function* () {
          yield* Effect.forEach(pipelines, (pipeline) => intake(pipeline, "test"))
          yield* (yield* LedgerGate).testify
        })
        yield* database.use(Effect.scoped(readOnly), memory)
        yield* database.restore

        const connection = pipelines[0]?.sinkConnection ?? ""
        const look = Effect.flatMap(LedgerGate, (gates) => gates.look(connection))
        assert.strictEqual((yield* database.use(look)).state, "open", "without the witness")
        const gate = yield* database.use(look, memory)
        assert.strictEqual(gate.state, "went-back")
        assert.include(gate.reason, "it held more when we last saw it")
      })
    )
  )

  it.live(
    "lets an invoice wait for a person where an entry cannot be put back, and a retry posts nothing",
    () =>
      play(2, (scene, database) =>
        Effect.gen(function* () {
          yield* database.use(scene.run)
          yield* database.snapshot
          yield* change(scene, [dearer])
          yield* database.use(scene.run)
          yield* database.restore

          // Read before the gate was asked: the name of the lost entry is taken by another one.
          yield* change(scene, [dearer])
          const plan = yield* scene.plan
          yield* database.use(
            Effect.scoped(Effect.forEach(plan.pipelines, (pipeline) => intake(pipeline, "test")))
          )
          const before = yield* bookedVouchers(scene)
          yield* database.use(scene.run)
          const waiting = database.use(
            Effect.flatMap(ErrorQueue, (queue) => queue.list({ code: "engine/held-by-ledger" }))
          )
          const [item] = yield* waiting
          assert.include(item?.problems[0]?.message, "10/2026/M/")
          if (item !== undefined) yield* database.use(retry(plan, item, "anna"))
          yield* database.use(scene.run)
          assert.strictEqual((yield* waiting).length, 1)
          assert.strictEqual(yield* bookedVouchers(scene), before)
          assert.deepStrictEqual(yield* database.use(gateActs), ["gate closed", "gate opened"])
        })
      )
  )

  it.live("leaves what it put back as it is when a table that lacked a row then is mended", () =>
    play(4, (scene, database) =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const table = `${scene.pipelines}/tables/vat.csv`
        const rows = yield* files.readFileString(table)
        yield* database.use(Effect.void)
        yield* database.snapshot
        yield* database.use(scene.run)
        const before = yield* bookedVouchers(scene)
        assert.isAbove(before, 2)
        yield* database.restore

        // Nobody can say now what the entries meant, so that they are put back in the ledger's own words.
        yield* files.writeFileString(table, "code,account\n")
        yield* database.use(scene.run)
        const parked = yield* database.use(
          Effect.flatMap(ErrorQueue, (queue) => queue.list({ code: "mapping/no-row" }))
        )
        assert.isAbove(parked.length, 2)
        yield* files.writeFileString(table, rows)
        const plan = yield* scene.plan
        yield* database.use(Effect.forEach(parked, (item) => retry(plan, item, "anna")))
        yield* database.use(scene.run)
        assert.strictEqual(yield* bookedVouchers(scene), before)
      })
    )
  )

  it.live("as a copy beside the first it posts nothing, says why, and may once a person says so", () =>
    play(2, (scene, database) =>
      Effect.gen(function* () {
        yield* database.use(scene.run)
        yield* database.snapshot
        const before = yield* bookedVouchers(scene)
        yield* change(scene, [dearer])
        const copy = yield* database.copy

        const refused = yield* copy.use(scene.run)
        assert.strictEqual(yield* bookedVouchers(scene), before)
        assert.isAbove(refused.unread.length, 0)
        const { error, pipeline } = refused.unread[0] ?? { error: { message: "" }, pipeline: "" }
        assert.include(
          error.message,
          "this database is not the one that posts to this ledger: it is a copy of it"
        )
        assert.include(error.message, "ledgerline ledger accept")
        assert.include(pipeline, "-to-gl")

        const [connection = ""] = yield* Effect.map(scene.plan, ({ pipelines }) =>
          pipelines.map(({ sinkConnection }) => sinkConnection)
        )
        const accept = Effect.flatMap(LedgerGate, (gates) =>
          gates.accept(connection, { actor: "anna", reason: "moved to a new server" })
        )
        assert.isTrue(yield* copy.use(accept))
        assert.isFalse(yield* copy.use(accept), "nothing is left to accept")
        yield* copy.use(scene.run)
        assert.strictEqual(yield* bookedVouchers(scene), before + 2, "a reversal and a new voucher")
        assert.deepStrictEqual(yield* copy.use(gateActs), ["gate closed", "copy accepted", "gate opened"])
      })
    )
  )
})
