/**
 * findVoucher: is this entry in IFS already?
 *
 * The answer "no" leads to posting, so it must never be a mistake. The hold
 * table is asked before the general ledger, because vouchers move in that
 * direction: asked the other way round, one in flight would be missed. And an
 * empty answer is believed only after IFS has shown us something of that very
 * company, because a company that is not allowed looks empty, not forbidden.
 */
import { BigDecimal, Effect, Option, Ref, Schema } from "effect"
import type { JournalEntry } from "../../accounting/JournalEntry.ts"
import { type ConnectorError, Rejected, Unauthorized } from "../../pipeline/ConnectorError.ts"
import type { Receipt } from "../../pipeline/Sink.ts"
import type { Connection } from "./Connection.ts"
import type { IfsClient } from "./IfsClient.ts"
import { type Marker, marker } from "./marker.ts"
import { odata } from "./odata.ts"
import { type Balances, balancesOf, type HeldVoucher, readVouchers } from "./readVouchers.ts"
import type { VouchersConfig } from "./VouchersConfig.ts"

type Found = { readonly voucher: HeldVoucher; readonly stage: Receipt["stage"] }

const expectedBalances = (entry: JournalEntry): Balances =>
  balancesOf(
    entry.lines.map((line) => [
      line.account,
      (line.side === "debit") === entry.correction
        ? BigDecimal.negate(line.accountingAmount)
        : line.accountingAmount
    ])
  )

const sameBalances = (a: Balances, b: Balances) =>
  a.size === b.size &&
  [...a].every(([account, balance]) => {
    const other = b.get(account)
    return other !== undefined && BigDecimal.equals(balance, other)
  })

const negated = (balances: Balances): Balances =>
  new Map([...balances].map(([account, balance]) => [account, BigDecimal.negate(balance)]))

/**
 * What the vouchers that carry our key amount to.
 *
 * IFS copies the reference onto reversals made in IFS and onto interim
 * vouchers (function group R): those are not ours. One that a person reversed
 * there stays posted: reversing was their decision. Refused, for a person to
 * look at: another content under our key, and more than one that still counts.
 */
export const judge = (
  entry: JournalEntry,
  mark: Marker,
  found: ReadonlyArray<Found>
): Option.Option<Receipt> | Rejected => {
  const expected = expectedBalances(entry)
  const candidates = found.filter(({ voucher }) => voucher.functionGroup !== "R")
  const own = candidates.filter(
    ({ voucher }) =>
      voucher.referenceNumber === mark.referenceNumber && sameBalances(voucher.balances, expected)
  )
  const others = candidates.filter((one) => !own.includes(one))
  const reversals = others.filter(({ voucher }) => sameBalances(negated(voucher.balances), expected))
  const conflict = others.find((one) => !reversals.includes(one) || own.length === 0)
  if (conflict !== undefined) {
    return new Rejected({
      code: "marker-conflict",
      message: `voucher ${conflict.voucher.reference} already carries the reference of ${entry.document.resource} ${entry.document.number} (${conflict.voucher.referenceNumber}), but with other content than the entry. Compare the two; correct or reverse the voucher in IFS, or resolve the document.`
    })
  }
  const first = own[0]
  if (first === undefined) return Option.none()
  if (own.length - reversals.length > 1) {
    return new Rejected({
      code: "marker-duplicate",
      message: `${entry.document.resource} ${entry.document.number} stands in IFS more than once: vouchers ${own.map(({ voucher }) => voucher.reference).join(", ")}. Reverse all but one in IFS, then retry the document.`
    })
  }
  return Option.some({ reference: first.voucher.reference, stage: first.stage })
}

/** Looks entries up. What it learns about the visibility of a company lasts as long as the value. */
export const findVoucher = Effect.fn("findVoucher.open")(function* (
  client: IfsClient,
  connection: Connection,
  config: VouchersConfig
) {
  const visible = yield* Ref.make<ReadonlySet<string>>(new Set())

  const proveVisible = Effect.fn("findVoucher.proveVisible")(function* (
    company: string
  ): Effect.fn.Return<void, ConnectorError> {
    if ((yield* Ref.get(visible)).has(company)) return
    const sentinel = yield* client.page(
      {
        entitySet: connection.projections.accounts,
        row: Schema.Struct({ Company: Schema.String, Account: Schema.String }),
        filter: odata.equal("Company", odata.string(company)),
        orderBy: ["Company", "Account"]
      },
      { top: 1 }
    )
    if (!sentinel.rows.some((row) => row.Company === company)) {
      return yield* client.fail(
        new Unauthorized({
          message: `IFS shows nothing of company ${company} to our user, so "not posted yet" cannot be believed. Add the company to the Allowed Companies of the service user, or correct company in the mapping.`
        })
      )
    }
    yield* Ref.update(visible, (companies) => new Set([...companies, company]))
  })

  return Effect.fn("findVoucher")(function* (
    entry: JournalEntry
  ): Effect.fn.Return<Option.Option<Receipt>, ConnectorError> {
    const mark = marker(entry)
    const filter = odata.and(
      odata.equal("Company", odata.string(entry.company)),
      odata.equal("ReferenceSerie", odata.string(config.referenceSerie)),
      odata.startsWith("ReferenceNumber", odata.string(mark.key))
    )
    const { generalLedgerRows, voucherRows } = connection.projections
    const held = yield* readVouchers(client, { entitySet: voucherRows, filter })
    const posted = yield* readVouchers(client, { entitySet: generalLedgerRows, filter })
    const moved = new Set(posted.map((voucher) => voucher.reference))
    const verdict = judge(entry, mark, [
      ...held
        .filter((voucher) => !moved.has(voucher.reference))
        .map((voucher): Found => ({ voucher, stage: "accepted" })),
      ...posted.map((voucher): Found => ({ voucher, stage: "in-general-ledger" }))
    ])
    if (!Option.isOption(verdict)) return yield* client.fail(verdict)
    if (Option.isNone(verdict)) yield* proveVisible(entry.company)
    return verdict
  })
})
