/**
 * readBack: is the voucher that IFS says it created the one we sent?
 *
 * The action answers with a number only. Rows are read to see that they are
 * ours and that IFS added none, such as automatic tax. One question is under
 * way at a time; the vouchers that are created meanwhile share the next one.
 */
import { BigDecimal, Effect, Exit, Request, RequestResolver, Semaphore } from "effect"
import { accountingPeriod } from "../../accounting/AccountingPeriod.ts"
import { formatDecimal } from "../../accounting/Decimal.ts"
import type { JournalEntry } from "../../accounting/JournalEntry.ts"
import { type ConnectorError, OutcomeUnknown, UnexpectedResponse } from "../../pipeline/ConnectorError.ts"
import type { Receipt } from "../../pipeline/Sink.ts"
import type { Connection } from "./Connection.ts"
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

class Look extends Request.Class<
  { readonly company: string; readonly year: string; readonly number: string },
  Held | undefined,
  ConnectorError
> {}

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
  const oneAtATime = Semaphore.makeUnsafe(1)
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

  const resolver = RequestResolver.makeWith<Look>({
    batchKey: ({ request }) => `${request.company}/${request.year}`,
    // Whoever comes while a question is under way joins the next.
    delay: oneAtATime.withPermits(1)(Effect.void),
    collectWhile: (looks) => looks.size < togetherMaximum,
    runAll: (entries) =>
      Effect.gen(function* () {
        const looks = entries.map(({ request }) => request)
        const held = yield* ask(voucherRows, looks)
        const moved = yield* ask(
          generalLedgerRows,
          looks.filter((look) => !held.has(referenceOf(look)))
        )
        for (const entry of entries) {
          const reference = referenceOf(entry.request)
          const accepted = held.get(reference)
          const posted = moved.get(reference)
          entry.completeUnsafe(
            Exit.succeed(
              accepted !== undefined
                ? { voucher: accepted, stage: "accepted" as const }
                : posted !== undefined
                  ? { voucher: posted, stage: "in-general-ledger" as const }
                  : undefined
            )
          )
        }
      }).pipe(oneAtATime.withPermits(1))
  })

  return Effect.fn("readBack")(function* (
    entry: JournalEntry,
    number: string
  ): Effect.fn.Return<Receipt, ConnectorError> {
    const { year } = accountingPeriod(entry.postingDate, config.fiscalYearStartsInMonth)
    const look = new Look({ company: entry.company, year: `${year}`, number })
    const reference = referenceOf(look)
    // It was created: a failure to read must not sound as if it was not.
    const unknown = (why: string) =>
      client.fail(
        new OutcomeUnknown({ message: `voucher ${reference} was created but not read back: ${why}` })
      )
    const held = yield* Effect.request(look, resolver).pipe(
      Effect.mapError((error) => unknown(error.reason.message))
    )
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
