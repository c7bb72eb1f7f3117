/**
 * cancelledVouchers: which vouchers of the hold table somebody has cancelled.
 *
 * Their rows stand there as before, and only the voucher itself says so.
 */
import { Effect, Schema } from "effect"
import { type Decimal, formatDecimal } from "../../accounting/Decimal.ts"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Connection } from "./Connection.ts"
import { type IfsClient, WireDecimal } from "./IfsClient.ts"
import { odata } from "./odata.ts"
import { voucherReference } from "./readVouchers.ts"

/** What is read of a voucher. */
export const stateRow = Schema.Struct({
  Company: Schema.String,
  VoucherType: Schema.String,
  AccountingYear: WireDecimal,
  VoucherNo: WireDecimal,
  Objstate: Schema.NullOr(Schema.String)
})

/** Numbers in one question, few enough for its address. */
const togetherMaximum = 50

/** References of those among the numbers of a company that are cancelled. */
export const cancelledVouchers = Effect.fn("cancelledVouchers")(function* (
  client: IfsClient,
  connection: Connection,
  company: string,
  numbers: ReadonlyArray<Decimal>
): Effect.fn.Return<ReadonlySet<string>, ConnectorError> {
  const cancelled = new Set<string>()
  for (let first = 0; first < numbers.length; first += togetherMaximum) {
    const rows = yield* client.list({
      entitySet: connection.projections.vouchers,
      row: stateRow,
      filter: odata.and(
        odata.equal("Company", odata.string(company)),
        odata.or(
          ...numbers
            .slice(first, first + togetherMaximum)
            .map((number) => odata.equal("VoucherNo", odata.decimal(number)))
        )
      ),
      orderBy: ["VoucherType", "AccountingYear", "VoucherNo"]
    })
    for (const row of rows) {
      if (row.Objstate !== "Cancelled") continue
      cancelled.add(
        voucherReference({
          company: row.Company,
          type: row.VoucherType,
          year: formatDecimal(row.AccountingYear),
          number: formatDecimal(row.VoucherNo)
        })
      )
    }
  }
  return cancelled
})
