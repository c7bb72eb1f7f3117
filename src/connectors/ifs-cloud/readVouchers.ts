/**
 * readVouchers: vouchers as IFS holds them, put together from their rows.
 *
 * The same rows stand in one of two places: the hold table until the general
 * ledger is updated, the general ledger afterwards.
 */
import { BigDecimal, Effect, Schema } from "effect"
import { type Decimal, formatDecimal, zero } from "../../accounting/Decimal.ts"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import { type IfsClient, WireDecimal } from "./IfsClient.ts"
import type { Filter } from "./odata.ts"

/** What is read of a row to recognise a voucher. */
export const heldRow = Schema.Struct({
  Company: Schema.String,
  AccountingYear: WireDecimal,
  VoucherType: Schema.String,
  VoucherNo: WireDecimal,
  RowNo: WireDecimal,
  Account: Schema.NullOr(Schema.String),
  DebetAmount: WireDecimal,
  CreditAmount: WireDecimal,
  FunctionGroup: Schema.NullOr(Schema.String),
  ReferenceNumber: Schema.NullOr(Schema.String)
})
type Row = typeof heldRow.Type

/** Debits less credits of each account that has any, in accounting currency. */
export type Balances = ReadonlyMap<string, Decimal>

/** A voucher that IFS holds. */
export interface HeldVoucher {
  /** For people: company/year/type/number. */
  readonly reference: string
  readonly functionGroup: string
  /** Of its first row. */
  readonly referenceNumber: string
  readonly rowCount: number
  readonly debits: Decimal
  readonly credits: Decimal
  readonly balances: Balances
}

/** Adds up signed amounts by account. */
export const balancesOf = (amounts: Iterable<readonly [account: string, amount: Decimal]>): Balances => {
  const balances = new Map<string, Decimal>()
  for (const [account, amount] of amounts) {
    balances.set(account, BigDecimal.sum(balances.get(account) ?? zero, amount))
  }
  return new Map([...balances].filter(([, balance]) => !BigDecimal.isZero(balance)))
}

/** How people name a voucher. */
export const voucherReference = (key: {
  readonly company: string
  readonly year: string
  readonly type: string
  readonly number: string
}) => `${key.company}/${key.year}/${key.type}/${key.number}`

const referenceOf = (row: Row) =>
  voucherReference({
    company: row.Company,
    year: formatDecimal(row.AccountingYear),
    type: row.VoucherType,
    number: formatDecimal(row.VoucherNo)
  })

const fromRows = (reference: string, rows: ReadonlyArray<Row>): HeldVoucher => ({
  reference,
  functionGroup: rows[0]?.FunctionGroup ?? "",
  referenceNumber: rows[0]?.ReferenceNumber ?? "",
  rowCount: rows.length,
  debits: BigDecimal.sumAll(rows.map((row) => row.DebetAmount)),
  credits: BigDecimal.sumAll(rows.map((row) => row.CreditAmount)),
  balances: balancesOf(
    rows.map((row) => [row.Account ?? "", BigDecimal.subtract(row.DebetAmount, row.CreditAmount)])
  )
})

/** The vouchers of `entitySet` with rows that match; of each voucher only those rows are seen. */
export const readVouchers = (
  client: IfsClient,
  question: { readonly entitySet: string; readonly filter: Filter }
): Effect.Effect<ReadonlyArray<HeldVoucher>, ConnectorError> =>
  client
    .list({
      ...question,
      row: heldRow,
      orderBy: ["Company", "VoucherType", "AccountingYear", "VoucherNo", "RowNo"]
    })
    .pipe(
      Effect.map((rows) =>
        [...Map.groupBy(rows, referenceOf)].map(([reference, own]) => fromRows(reference, own))
      )
    )
