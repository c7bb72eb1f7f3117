/**
 * baselineVoucher: the posting rules of the shipped pipelines, written out by hand.
 *
 * Accounts stand in the code and amounts are whole cents, as a first version of
 * such a program would have it. A document without a row in a table is refused.
 */
import { createHash } from "node:crypto"
import type { BaselineSale } from "./baselineSale.ts"

type Side = "debit" | "credit"

/** A line; amounts are positive cents. */
export interface BaselineLine {
  readonly account: string
  readonly side: Side
  readonly amount: number
  accounting: number
  readonly costCenter?: string
  readonly text: string
}

/** A balanced voucher, ready to be sent. */
export interface BaselineVoucher {
  /** On every row; the same document always gives the same. */
  readonly reference: string
  readonly date: string
  readonly text: string
  readonly currency: string
  readonly accountingCurrency: string
  readonly lines: ReadonlyArray<BaselineLine>
}

/** What the shipped expression adds to a sale. */
export type TransformedSale = BaselineSale & { readonly channel: string }

const costCenters: Readonly<Record<string, string>> = { web: "100", wholesale: "110", us: "120" }
const revenueAccounts: Readonly<Record<string, string>> = { web: "4000", wholesale: "4010", us: "4020" }
const settlementAccounts: Readonly<Record<string, string>> = { "gift-card": "2410", "store-credit": "2420" }
const feeAccounts: Readonly<Record<string, string>> = {
  "gift-wrap": "4200",
  custom: "4200",
  "product-tax": "4200",
  "adjustment-refund": "4810",
  "adjustment-fee": "4820"
}
const taxAccounts: Readonly<Record<string, string>> = {
  "DE-19": "2610",
  "DE-7": "2611",
  "AT-20": "2620",
  "FR-20": "2630",
  "US-CA-STATE": "2640",
  "US-CA-COUNTY": "2641"
}

const roundingLimit = 2
const berlin = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Berlin" })
const cents = (text: string): number => Math.round(Number(text) * 100)
const other = (side: Side): Side => (side === "debit" ? "credit" : "debit")
const signed = (line: BaselineLine, value: number) => (line.side === "debit" ? value : -value)

const largest = (lines: ReadonlyArray<BaselineLine>): BaselineLine | undefined =>
  lines.reduce<BaselineLine | undefined>(
    (most, line) => (most === undefined || line.accounting > most.accounting ? line : most),
    undefined
  )

/** Settles a difference of a cent or two; false when there is more. */
const balance = (lines: Array<BaselineLine>): boolean => {
  const off = lines.reduce((all, line) => all + signed(line, line.amount), 0)
  const accountingOff = lines.reduce((all, line) => all + signed(line, line.accounting), 0)
  if (Math.max(Math.abs(off), Math.abs(accountingOff)) > roundingLimit) return false
  if (off !== 0) {
    const side = off > 0 ? "credit" : "debit"
    const along = side === "credit" ? accountingOff : -accountingOff
    lines.push({
      account: "7990",
      side,
      amount: Math.abs(off),
      accounting: Math.max(0, along),
      costCenter: "100",
      text: ""
    })
  }
  const left = lines.reduce((all, line) => all + signed(line, line.accounting), 0)
  const first = largest(lines)
  const chosen = largest(lines.filter((line) => line.side !== first?.side))
  if (left !== 0 && chosen !== undefined) chosen.accounting -= signed(chosen, left)
  return true
}

/** The voucher, or the reason why there is none. */
export const baselineVoucher = (sale: TransformedSale): BaselineVoucher | { readonly problem: string } => {
  const out = sale.kind === "invoice" ? "debit" : "credit"
  const lines: Array<BaselineLine> = []
  let problem: string | undefined
  const add = (
    side: Side,
    account: string | undefined,
    amounts: readonly [string, string],
    more: { readonly text: string; readonly costCenter?: string | undefined }
  ) => {
    const [amount, accounting] = [cents(amounts[0]), cents(amounts[1])]
    if (amount === 0) return
    if (account === undefined) {
      problem = `no account for ${more.text}`
      return
    }
    lines.push({
      account,
      side: amount < 0 ? other(side) : side,
      amount: Math.abs(amount),
      accounting: Math.abs(accounting),
      ...(more.costCenter === undefined ? {} : { costCenter: more.costCenter }),
      text: more.text
    })
  }

  const { channel, shipping, totals } = sale
  const costCenter = costCenters[channel]
  const text = `${sale.kind === "invoice" ? "Invoice" : "Credit note"} ${sale.number}`
  add(out, "1510", [totals.grand, totals.accounting.grand], { text })
  for (const { accounting, amount, type } of sale.settlements) {
    add(out, settlementAccounts[type], [amount, accounting.amount], { text: type })
  }
  for (const line of sale.lines) {
    const isGiftCard = line.productType === "gift-card"
    add(
      other(out),
      isGiftCard ? "2410" : revenueAccounts[channel],
      [line.net, line.accounting.net],
      isGiftCard ? { text: `${line.sku} ${line.name}` } : { text: `${line.sku} ${line.name}`, costCenter }
    )
  }
  add(other(out), "4100", [shipping.net, shipping.accounting.net], { text: "Shipping", costCenter })
  for (const { accounting, amount, title, type } of sale.fees) {
    add(other(out), feeAccounts[type], [amount, accounting.amount], { text: title, costCenter })
  }
  for (const { accounting, amount, code } of sale.taxes) {
    add(other(out), taxAccounts[code], [amount, accounting.amount], { text: code })
  }
  if (problem !== undefined) return { problem }
  if (lines.length === 0) return { problem: "nothing to post" }
  if (!balance(lines)) return { problem: "the entry does not balance" }
  const digest = createHash("sha256").update(`10/${sale.kind}/${sale.id}`).digest("hex").slice(0, 14)
  return {
    reference: `${sale.kind === "invoice" ? "I" : "C"}${sale.number}.${digest}`,
    date: berlin.format(Date.parse(sale.createdAt)),
    text: `${text} | ${sale.kind} ${sale.number} [${sale.id}]`,
    currency: sale.currency,
    accountingCurrency: sale.accountingCurrency,
    lines
  }
}

/** Ten decimals are the rate of the whole voucher; a line that it misses by a cent carries its own. */
const rateOf = (voucher: BaselineVoucher, line: BaselineLine): string => {
  if (voucher.currency === voucher.accountingCurrency) return "1"
  const sum = (of: "amount" | "accounting") => voucher.lines.reduce((all, each) => all + each[of], 0)
  const common = (sum("accounting") / sum("amount")).toFixed(10)
  const fits = Math.round(line.amount * Number(common)) === line.accounting
  return fits || line.accounting === 0 ? common : (line.accounting / line.amount).toFixed(12)
}

/** The header and the rows as IFS takes them, with decimals as texts. */
export const baselineBodies = (voucher: BaselineVoucher) => ({
  header: {
    OpennedFrom: "NEW_VOUCHER",
    Company: "10",
    VoucherDate: voucher.date,
    UserGroup: "AC",
    VoucherType: "M",
    AccountingYear: String(Number(voucher.date.slice(0, 4))),
    AccountingPeriod: String(Number(voucher.date.slice(5, 7))),
    VoucherNo: "0",
    VoucherStatus: "Approved",
    AmountMethod: "NetAmountEntry",
    UseCorrectionRows: false,
    VoucherText2: voucher.text
  },
  rows: voucher.lines.map((line) => {
    const [amount, accounting] = [(line.amount / 100).toFixed(2), (line.accounting / 100).toFixed(2)]
    return {
      Company: "10",
      Account: line.account,
      ...(line.costCenter === undefined ? {} : { CodeB: line.costCenter }),
      CurrencyCode: voucher.currency,
      CurrencyType: "1",
      CurrencyRate: rateOf(voucher, line),
      ConversionFactor: "1",
      ...(line.side === "debit"
        ? { CurrencyDebetAmount: amount, DebetAmount: accounting }
        : { CurrencyCreditAmount: amount, CreditAmount: accounting }),
      Correction: false,
      Text: line.text.slice(0, 200),
      ReferenceSerie: "LEDGERLINE",
      ReferenceNumber: voucher.reference
    }
  })
})
