/**
 * readBack: is the voucher that IFS says it created the one we sent?
 *
 * The action answers with a number only. Rows are read to see that they are
 * ours and that IFS added none, such as automatic tax.
 */
import { BigDecimal, Effect } from "effect"
import { accountingPeriod } from "../../accounting/AccountingPeriod.ts"
import { formatDecimal } from "../../accounting/Decimal.ts"
import type { JournalEntry } from "../../accounting/JournalEntry.ts"
import { type ConnectorError, OutcomeUnknown, UnexpectedResponse } from "../../pipeline/ConnectorError.ts"
import type { Receipt } from "../../pipeline/Sink.ts"
import type { Connection } from "./Connection.ts"
import { gather } from "./gather.ts"
import type { IfsClient } from "./IfsClient.ts"
import { marker } from "./marker.ts"
import { odata } from "./odata.ts"
import { type HeldVoucher, readVouchers, voucherReference } from "./readVouchers.ts"
import type { VouchersConfig } from "./VouchersConfig.ts"

/** More would make the address of the question too long for some proxies. */
const togetherMaximum = 20

interface Held {
  readonly voucher: HeldVoucher
  readonly stage: Receipt["stage"]
}

interface Look {
  readonly company: string
  readonly year: string
  readonly number: string
}

const isEcho = (voucher: HeldVoucher, entry: JournalEntry) => {
  const total = (side: "debit" | "credit") => {
    const sum = BigDecimal.sumAll(
      entry.lines.filter((line) => line.side === side).map((line) => line.accountingAmount)
    )
    return entry.correction ? BigDecimal.negate(sum) : sum
  }
  return (
    voucher.rowCount === entry.lines.length &&
    voucher.referenceNumber === marker(entry).referenceNumber &&
    BigDecimal.equals(voucher.debits, total("debit")) &&
    BigDecimal.equals(voucher.credits, total("credit"))
  )
}

const whole = (digits: string) => odata.decimal(BigDecimal.fromBigInt(BigInt(digits)))

/** Reads vouchers back by the number that IFS gave them. */
export const makeReadBack = (client: IfsClient, connection: Connection, config: VouchersConfig) => {
  const { generalLedgerRows, voucherRows } = connection.projections
  const referenceOf = ({ company, number, year }: Look) =>
    voucherReference({ company, year, type: config.voucherType, number })

  const ask = (entitySet: string, looks: ReadonlyArray<Look>) => {
    const [first] = looks
    if (first === undefined) return Effect.succeed(new Map<string, HeldVoucher>())
    const filter = odata.and(
      odata.equal("Company", odata.string(first.company)),
      odata.equal("AccountingYear", whole(first.year)),
      odata.equal("VoucherType", odata.string(config.voucherType)),
      odata.or(...looks.map(({ number }) => odata.equal("VoucherNo", whole(number))))
    )
    return Effect.map(
      readVouchers(client, { entitySet, filter }),
      (vouchers) => new Map(vouchers.map((voucher) => [voucher.reference, voucher]))
    )
  }

  const look = gather<Look, Held | undefined, ConnectorError>({
    key: ({ company, year }) => `${company}/${year}`,
    maximum: togetherMaximum,
    ask: Effect.fnUntraced(function* (looks) {
      const held = yield* ask(voucherRows, looks)
      const moved = yield* ask(
        generalLedgerRows,
        looks.filter((look) => !held.has(referenceOf(look)))
      )
      return looks.map(referenceOf).map((reference) => {
        const accepted = held.get(reference)
        const posted = moved.get(reference)
        if (accepted !== undefined) return { voucher: accepted, stage: "accepted" as const }
        return posted === undefined ? undefined : { voucher: posted, stage: "in-general-ledger" as const }
      })
    })
  })

  return Effect.fn("readBack")(function* (
    entry: JournalEntry,
    number: string
  ): Effect.fn.Return<Receipt, ConnectorError> {
    const { year } = accountingPeriod(entry.postingDate, config.fiscalYearStartsInMonth)
    const created = { company: entry.company, year: `${year}`, number }
    const reference = referenceOf(created)
    // It was created: a failure to read must not sound as if it was not.
    const unknown = (why: string) =>
      client.fail(
        new OutcomeUnknown({ message: `voucher ${reference} was created but not read back: ${why}` })
      )
    const held = yield* look(created).pipe(Effect.mapError((error) => unknown(error.reason.message)))
    if (held === undefined) return yield* unknown("IFS does not show it yet.")
    const { stage, voucher } = held
    if (!isEcho(voucher, entry)) {
      return yield* client.fail(
        new UnexpectedResponse({
          message: `voucher ${reference} was created, but IFS holds ${voucher.rowCount} rows with debits ${formatDecimal(voucher.debits)} and credits ${formatDecimal(voucher.credits)} instead of the ${entry.lines.length} lines sent. Compare it with the entry and correct it in IFS; automatic tax on the voucher type is the usual cause.`
        })
      )
    }
    return { reference, stage }
  })
}

/** How a strategy learns what became of the voucher it made. */
export type ReadBack = ReturnType<typeof makeReadBack>
