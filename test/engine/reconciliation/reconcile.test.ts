/*
 * Shop, journal and ledger of two months side by side, on the sandbox's own books: what
 * was planted there, in our database and in the shop is named, and nothing else.
 */
import { assert } from "@effect/vitest"
import { BigDecimal, Effect, FileSystem } from "effect"
import { SqlClient } from "effect/sql"
import { formatDecimal } from "../../../src/accounting/Decimal.ts"
import { reconcile, type ReconcileOptions } from "../../../src/engine/reconciliation/reconcile.ts"
import {
  isPayloadList,
  isPayloadObject,
  type Payload,
  type PayloadObject
} from "../../../src/sandbox/commerce/Payload.ts"
import type { Shop } from "../../../src/sandbox/commerce/Shop.ts"
import type { Voucher, VoucherRow } from "../../../src/sandbox/ifs/Voucher.ts"
import { balances, inScene, isDanish, type Scene } from "../../endToEnd/scene.ts"
import { describeOnDatabases } from "../../support/databases.ts"

const months = { from: "2026-09-01", to: "2026-10-31" }

const compare = (scene: Scene, options: Partial<ReconcileOptions> = {}) =>
  Effect.flatMap(scene.plan, (plan) =>
    reconcile(plan, { pipelines: plan.pipelines, range: months, by: "pipeline", clearing: [], ...options })
  )

/** Adds the row that the shipped table lacks on purpose. */
const withDanishVat = (scene: Scene) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const table = `${scene.pipelines}/tables/vat.csv`
    yield* files.writeFileString(table, `${yield* files.readFileString(table)}DK-25,2650\n`)
  })

const print = (amount: BigDecimal.BigDecimal) => formatDecimal(BigDecimal.normalize(amount))

/** "missing-in-ledger Invoice 000000001", sorted. */
const named = (
  findings: ReadonlyArray<{ readonly kind: string; readonly resource: string; readonly number: string }>
) => findings.map(({ kind, number, resource }) => `${kind} ${resource} ${number}`).toSorted()

const cent = BigDecimal.make(1n, 2)
const more = (value: BigDecimal.BigDecimal | null) =>
  value === null || BigDecimal.isZero(value) ? value : BigDecimal.sum(value, cent)

const onRows = (voucher: Voucher, change: (row: VoucherRow) => VoucherRow): Voucher => ({
  ...voucher,
  rows: voucher.rows.map((row, index) =>
    index === 0 || index === voucher.rows.length - 1 ? change(row) : row
  )
})

/** A cent more on the first row and the last, so that the voucher balances still. */
const centMore = (voucher: Voucher) =>
  onRows(voucher, (row) => ({
    ...row,
    debit: more(row.debit),
    credit: more(row.credit),
    currencyDebit: more(row.currencyDebit),
    currencyCredit: more(row.currencyCredit)
  }))

const accountingCentMore = (voucher: Voucher) =>
  onRows(voucher, (row) => ({ ...row, debit: more(row.debit), credit: more(row.credit) }))

const numberOf = (invoice: PayloadObject) => String(invoice["increment_id"])

const isOf = (voucher: Voucher, invoice: PayloadObject) =>
  (voucher.text ?? "").startsWith(`Invoice ${numberOf(invoice)} `) ||
  voucher.text === `Invoice ${numberOf(invoice)}`

/** Vouchers of these invoices become what `change` makes of each: another, several or none. */
const inLedger = (
  scene: Scene,
  invoices: ReadonlyArray<PayloadObject>,
  change: (voucher: Voucher, next: number) => ReadonlyArray<Voucher>
) =>
  scene.sandbox.ifs.editBooks((vouchers) => {
    const last = Math.max(...vouchers.map(({ voucherNo }) => Number(voucherNo)))
    return vouchers.flatMap((voucher, index) =>
      invoices.some((invoice) => isOf(voucher, invoice)) ? change(voucher, last + 1 + index) : [voucher]
    )
  })

const changeInShop = (
  scene: Scene,
  change: (invoices: ReadonlyArray<PayloadObject>) => ReadonlyArray<PayloadObject>
) => scene.sandbox.commerce.update((shop) => ({ ...shop, invoices: change(shop.invoices) }))

const orderOf = (shop: Shop, invoice: PayloadObject) =>
  shop.orders.find((order) => order["entity_id"] === invoice["order_id"])

/** Invoices that are the only one of their order, have a number of their own and shipping, and are not Danish. */
const plainInvoices = (shop: Shop): ReadonlyArray<PayloadObject> =>
  shop.invoices.filter(
    (invoice) =>
      !isDanish(shop, invoice) &&
      shop.invoices.filter((other) => other["order_id"] === invoice["order_id"]).length === 1 &&
      shop.invoices.filter((other) => numberOf(other) === numberOf(invoice)).length === 1 &&
      [...shop.creditmemos].every((memo) => memo["order_id"] !== invoice["order_id"]) &&
      BigDecimal.isBigDecimal(invoice["shipping_amount"]) &&
      BigDecimal.isPositive(invoice["shipping_amount"]) &&
      orderOf(shop, invoice) !== undefined
  )

const isForeign = (invoice: PayloadObject) => invoice["order_currency_code"] !== invoice["base_currency_code"]

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

/** Does what only somebody with the database in his hands can do. */
const inDatabase = (statement: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement).pipe(Effect.asVoid, sql.withTransaction))

/** Says of the postings of documents that they have no answer, or were not sent. */
const postingsOf = (scene: Scene, numbers: ReadonlyArray<string>, set: string) =>
  Effect.flatMap(scene.plan, ({ pipelines }) =>
    inDatabase(`
      UPDATE posting SET ${set} FROM journal_entry entry
      WHERE entry.idempotency_key = posting.idempotency_key AND entry.number IN ('${numbers.join("', '")}')
        AND entry.resource = 'invoice' AND entry.sink_connection = '${pipelines[0]?.sinkConnection ?? ""}'`)
  )

/** Puts a cent more on the first line and the last of entries in the journal, whose rows nobody may change. */
const falsify = (scene: Scene, numbers: ReadonlyArray<string>) =>
  Effect.flatMap(scene.plan, ({ pipelines }) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const cent = (line: string) => `
        jsonb_set(jsonb_set(${line}, '{amount}', to_jsonb(((${line} ->> 'amount')::numeric + 0.01)::text)),
          '{accountingAmount}', to_jsonb(((${line} ->> 'accountingAmount')::numeric + 0.01)::text))`
      for (const statement of [
        "ALTER TABLE journal_entry DISABLE TRIGGER USER",
        `UPDATE journal_entry SET body = jsonb_set(body, '{lines}', (
           SELECT jsonb_agg(CASE WHEN position IN (1, jsonb_array_length(body -> 'lines')) THEN ${cent("line")} ELSE line END ORDER BY position)
           FROM jsonb_array_elements(body -> 'lines') WITH ORDINALITY AS row (line, position)))
         WHERE number IN ('${numbers.join("', '")}') AND resource = 'invoice'
           AND sink_connection = '${pipelines[0]?.sinkConnection ?? ""}'`,
        "ALTER TABLE journal_entry ENABLE TRIGGER USER"
      ]) {
        yield* sql.unsafe(statement)
      }
    })
  )

/** Every tax code in a payload becomes the one that no table of ours knows. */
const taxedInDenmark = (payload: Payload): Payload =>
  isPayloadList(payload)
    ? payload.map(taxedInDenmark)
    : isPayloadObject(payload)
      ? Object.fromEntries(
          Object.entries(payload).map(([name, value]) => [
            name,
            name === "code" && typeof value === "string" && /^[A-Z]{2}-\d/u.test(value)
              ? "DK-25"
              : taxedInDenmark(value)
          ])
        )
      : payload

/** Makes the order of an invoice one that was taxed in Denmark. */
const toDenmark = (scene: Scene, invoice: PayloadObject) =>
  scene.sandbox.commerce.update((shop) => ({
    ...shop,
    orders: shop.orders.map((order) =>
      order["entity_id"] === invoice["order_id"]
        ? { ...order, extension_attributes: taxedInDenmark(order["extension_attributes"] ?? null) }
        : order
    )
  }))

describeOnDatabases("reconciling two generated months", (it) => {
  it.effect("C7: without a difference the three agree, account by account", () =>
    inScene({ documents: 200 }, (scene) =>
      Effect.gen(function* () {
        yield* withDanishVat(scene)
        yield* scene.run
        const { findings, rows, total } = yield* compare(scene, { by: "account" })
        assert.deepStrictEqual(findings, [])
        assert.deepStrictEqual(
          total.map(({ currency, documents }) => [currency, documents]),
          [["EUR", 200]]
        )
        assert.isAbove(rows.length, 5)
        for (const { journal, ledger, source } of [...rows, ...total]) {
          assert.deepStrictEqual([print(source), print(journal)], [print(ledger), print(ledger)])
        }
        // And what they agree on is what the ledger's own books say.
        const { vouchers } = yield* scene.sandbox.ifs.books
        assert.deepStrictEqual(
          Object.fromEntries(
            rows
              .filter(({ ledger }) => !BigDecimal.isZero(ledger))
              .map(({ group, ledger }) => [group, print(ledger)])
          ),
          balances(vouchers)
        )
      })
    )
  )

  it.effect(
    "C7: 30 seeded differences of twelve kinds are each named, with the right document, and no other",
    () =>
      inScene({ documents: 300 }, (scene) =>
        Effect.gen(function* () {
          const shop = yield* scene.sandbox.commerce.shop
          const plain = plainInvoices(shop)
          const [foreign, domestic] = [plain.filter(isForeign), plain.filter((one) => !isForeign(one))]
          assert.isAtLeast(foreign.length, 2)
          assert.isAtLeast(domestic.length, 22)
          const expected: Array<string> = []
          let taken = 0
          const two = (kind: string, from: ReadonlyArray<PayloadObject> = domestic) => {
            const picked = from === domestic ? domestic.slice(taken, taken + 2) : from.slice(0, 2)
            if (from === domestic) taken += 2
            expected.push(...picked.map((invoice) => `${kind} invoice ${numberOf(invoice)}`))
            return picked
          }

          // Before anything is posted: a second sale to Denmark, which no table knows.
          const danish =
            shop.invoices.find((invoice) => isDanish(shop, invoice)) ?? assert.fail("no Danish invoice")
          const secondDane = domestic.at(-1) ?? assert.fail("no invoice is left")
          yield* toDenmark(scene, secondDane)
          expected.push(...[danish, secondDane].map((invoice) => `parked invoice ${numberOf(invoice)}`))
          yield* scene.run

          // In the ledger.
          yield* inLedger(scene, two("missing-in-ledger"), () => [])
          yield* inLedger(scene, two("missing-in-ledger"), (voucher) => [{ ...voucher, status: "Cancelled" }])
          yield* inLedger(scene, two("changed-in-ledger"), (voucher) => [centMore(voucher)])
          yield* inLedger(scene, two("changed-in-ledger"), (voucher) => [
            {
              ...voucher,
              rows: voucher.rows.map((row) => (row.account === "4000" ? { ...row, account: "4010" } : row))
            }
          ])
          yield* inLedger(scene, two("changed-in-ledger"), (voucher) => [
            { ...voucher, voucherDate: "2026-10-31" }
          ])
          yield* inLedger(scene, two("rounding", foreign), (voucher) => [accountingCentMore(voucher)])
          const [copied, copiedLater] = two("twice-in-ledger")
          yield* inLedger(scene, [copied ?? {}], (voucher, next) => [
            voucher,
            { ...voucher, voucherNo: `${next}` }
          ])
          yield* inLedger(scene, [copiedLater ?? {}], (voucher, next) => [
            voucher,
            { ...voucher, voucherNo: `${next}`, voucherDate: "2026-10-30" }
          ])
          const strange = domestic.slice(taken, taken + 2)
          taken += 2
          yield* inLedger(scene, strange, (voucher, next) => {
            const copy = {
              ...voucher,
              voucherNo: `${next}`,
              rows: voucher.rows.map((row) => ({
                ...row,
                referenceNumber: (row.referenceNumber ?? "").replace(/\.[^.]+\./u, ".AAAAAAAAAAAAAA.")
              }))
            }
            expected.push(
              `extra-in-ledger entry ${voucher.company}/${voucher.accountingYear}/${voucher.voucherType}/${next}`
            )
            return [voucher, copy]
          })

          // In our database.
          const unsent = two("pending")
          yield* inLedger(scene, unsent, () => [])
          yield* postingsOf(scene, unsent.map(numberOf), "state = 'pending', attempts = 0, receipt = NULL")
          const unanswered = two("unknown")
          yield* inLedger(scene, unanswered, () => [])
          yield* postingsOf(scene, unanswered.map(numberOf), "state = 'unknown', receipt = NULL")
          yield* falsify(scene, two("differs-in-journal").map(numberOf))

          // In the shop.
          const dear = two("changed-since")
          yield* changeInShop(scene, (invoices) =>
            invoices.map((invoice) =>
              dear.some((one) => one["entity_id"] === invoice["entity_id"]) ? dearer(invoice) : invoice
            )
          )
          const unread = domestic.slice(taken, taken + 2).map((invoice, index) => ({
            ...invoice,
            entity_id: 100_001 + index,
            increment_id: `99000000${index + 1}`
          }))
          expected.push(...unread.map((invoice) => `never-read invoice ${numberOf(invoice)}`))
          yield* changeInShop(scene, (invoices) => [...invoices, ...unread])
          const gone = two("gone-from-source")
          yield* changeInShop(scene, (invoices) =>
            invoices.filter((invoice) => !gone.some((one) => one["entity_id"] === invoice["entity_id"]))
          )

          const whole = yield* compare(scene)
          const { differences, findings, total } = whole
          assert.deepStrictEqual(named(findings), expected.toSorted())
          assert.strictEqual(differences, expected.length)
          for (const { ledger, source } of total) {
            assert.strictEqual(
              print(BigDecimal.sumAll(findings.map(({ difference }) => difference))),
              print(BigDecimal.subtract(source, ledger)),
              "the findings account for all of the difference"
            )
          }
          assert.deepStrictEqual(
            findings.filter(({ kind }) => kind === "parked").map(({ codes }) => codes),
            [["mapping/no-row"], ["mapping/no-row"]]
          )
          // By months it comes to the same, wherever an entry was moved from one into the other.
          const halves = [
            yield* compare(scene, { range: { from: months.from, to: "2026-09-30" } }),
            yield* compare(scene, { range: { from: "2026-10-01", to: months.to } })
          ]
          assert.deepStrictEqual(
            [...new Set(halves.flatMap((half) => named(half.findings)))].toSorted(),
            [...new Set(expected)].toSorted()
          )
          for (const column of ["source", "journal", "ledger"] as const) {
            const sum = (all: ReadonlyArray<typeof whole>) =>
              print(BigDecimal.sumAll(all.flatMap((half) => half.total.map((row) => row[column]))))
            assert.strictEqual(sum(halves), sum([whole]), column)
          }
          const messages = findings.map(({ message }) => message).join("\n")
          assert.match(
            messages,
            /4000 costCenter 1\d0: credit [\d.]+ in the journal, nothing in the ledger; 4010/u
          )
          assert.match(messages, /1510: debit [\d.]+ in the journal, debit [\d.]+ in the ledger/u)
        })
      )
  )

  it.effect(
    "C7: one seeded cent is found and named; a closed period and a new mapping are told as what they are",
    () =>
      inScene({ documents: 6 }, (scene) =>
        Effect.gen(function* () {
          // In this shop invoices 2 and 3, the Danish one, are dated in October.
          yield* withDanishVat(scene)
          yield* scene.sandbox.ifs.updateCompanies((companies) =>
            companies.map((company) => ({
              ...company,
              periods: company.periods.map((period) =>
                period.from.startsWith("2026-10") ? { ...period, open: false } : period
              )
            }))
          )
          yield* scene.run
          yield* scene.sandbox.ifs.editBooks((vouchers) =>
            vouchers.map((voucher) =>
              (voucher.text ?? "").startsWith("Invoice 000000001") ? centMore(voucher) : voucher
            )
          )
          const found = yield* compare(scene)
          assert.deepStrictEqual(named(found.findings), [
            "changed-in-ledger invoice 000000001",
            "closed-period invoice 000000002",
            "closed-period invoice 000000003"
          ])
          assert.deepStrictEqual(
            found.findings
              .filter(({ kind }) => kind === "changed-in-ledger")
              .map(({ difference }) => print(difference)),
            ["-0.01"]
          )

          const files = yield* FileSystem.FileSystem
          const table = `${scene.pipelines}/tables/revenue.csv`
          yield* files.writeFileString(
            table,
            (yield* files.readFileString(table)).replace("*,web,4000,100", "*,web,4010,100")
          )
          const mapped = yield* compare(scene, { by: "account" })
          assert.strictEqual(mapped.differences, 3, "no document more than before")
          const notes = mapped.findings.filter(({ isDifference }) => !isDifference)
          assert.isAbove(notes.length, 0)
          for (const { difference, kind, message } of notes) {
            assert.strictEqual(kind, "older-mapping")
            assert.isTrue(BigDecimal.isZero(difference))
            assert.match(message, /4000 costCenter 100: nothing today, credit [\d.]+ as posted/u)
          }
        })
      )
  )
})
