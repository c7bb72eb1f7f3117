/**
 * enterVoucher: the one database transaction that makes a voucher, whichever projection asked for it.
 *
 * Header, rows and balance are checked, then a number of the series is given:
 * all or nothing.
 */
import { Effect } from "effect"
import type { Books } from "./Books.ts"
import type { CompanyData } from "./CompanyData.ts"
import { checkHeader } from "./checkHeader.ts"
import { checkRows } from "./checkRows.ts"
import type { Values } from "./EntityType.ts"
import type { IfsError } from "./IfsError.ts"
import type { Voucher } from "./Voucher.ts"

/** Where the voucher goes, and who enters it. */
export interface Entering {
  readonly books: Books
  readonly companies: ReadonlyArray<CompanyData>
  readonly user: string
}

/** Makes the voucher of these values and rows; both are named as in the assistant. */
export const enterVoucher = Effect.fnUntraced(function* (
  { books, companies, user }: Entering,
  header: Values,
  rows: ReadonlyArray<Values>
): Effect.fn.Return<Voucher, IfsError> {
  const checked = yield* checkHeader(header, companies, user)
  const checkedRows = yield* checkRows(rows, checked)
  return yield* books.create({
    company: checked.company.company,
    accountingYear: checked.period.year,
    accountingPeriod: checked.period.period,
    voucherType: checked.voucherType.voucherType,
    voucherDate: checked.voucherDate,
    functionGroup: checked.voucherType.functionGroup,
    userGroup: checked.userGroup,
    user,
    status: checked.status,
    text: checked.text,
    rows: checkedRows,
    inGeneralLedger: false,
    version: 1
  })
})
