/**
 * listVouchers: every voucher with a reference of ours, from IFS's own books.
 *
 * For a journal that may have lost its end: what IFS holds is then the truth
 * about what was posted. Pages are cut by key, not by position, because a row
 * that moves to the general ledger meanwhile would shift all positions; and the
 * hold table is read first, the way vouchers move.
 */
import { BigDecimal, DateTime, Effect, Option, Schema, Stream } from "effect"
import { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import { CurrencyCode } from "../../accounting/CurrencyCode.ts"
import { type Decimal, formatDecimal } from "../../accounting/Decimal.ts"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { HeldEntry, HeldLine, OpenSink, Receipt } from "../../pipeline/Sink.ts"
import { cancelledVouchers } from "./cancelledVouchers.ts"
import type { Connection } from "./Connection.ts"
import { type IfsClient, WireDecimal } from "./IfsClient.ts"
import { keyIn } from "./marker.ts"
import { type Filter, type Literal, odata } from "./odata.ts"
import { voucherReference } from "./readVouchers.ts"
import type { VouchersConfig } from "./VouchersConfig.ts"

const nullableText = Schema.NullOr(Schema.String)

/** What is read of a row to know the whole entry. */
export const listedRow = Schema.Struct({
  Company: Schema.String,
  VoucherType: Schema.String,
  AccountingYear: WireDecimal,
  VoucherNo: WireDecimal,
  RowNo: WireDecimal,
  VoucherDate: CalendarDate,
  Account: nullableText,
  CodeB: nullableText,
  CodeC: nullableText,
  CodeD: nullableText,
  CodeE: nullableText,
  CodeF: nullableText,
  CodeG: nullableText,
  CodeH: nullableText,
  CodeI: nullableText,
  CodeJ: nullableText,
  CurrencyCode: CurrencyCode,
  CurrencyDebetAmount: WireDecimal,
  CurrencyCreditAmount: WireDecimal,
  DebetAmount: WireDecimal,
  CreditAmount: WireDecimal,
  Correction: Schema.NullOr(Schema.Boolean),
  OptionalCode: nullableText,
  Text: nullableText,
  ReferenceNumber: nullableText
})
type Row = typeof listedRow.Type

/** Marker keys in one question, few enough for its address. */
const keysTogether = 20

const order = ["VoucherType", "AccountingYear", "VoucherNo", "RowNo"]
const pageRows = 500

const keyOf = (row: Row) => ({
  company: row.Company,
  type: row.VoucherType,
  year: formatDecimal(row.AccountingYear),
  number: formatDecimal(row.VoucherNo)
})
const referenceOf = (row: Row) => voucherReference(keyOf(row))

const isVoucherOf = (row: Row) =>
  odata.and(
    odata.equal("VoucherType", odata.string(row.VoucherType)),
    odata.equal("AccountingYear", odata.decimal(row.AccountingYear)),
    odata.equal("VoucherNo", odata.decimal(row.VoucherNo))
  )

const isAfter = (row: Row) => {
  const type = odata.equal("VoucherType", odata.string(row.VoucherType))
  const year = odata.equal("AccountingYear", odata.decimal(row.AccountingYear))
  return odata.or(
    odata.greaterThan("VoucherType", odata.string(row.VoucherType)),
    odata.and(type, odata.greaterThan("AccountingYear", odata.decimal(row.AccountingYear))),
    odata.and(type, year, odata.greaterThan("VoucherNo", odata.decimal(row.VoucherNo)))
  )
}

const lineOf = (row: Row, config: VouchersConfig): HeldLine => {
  const isCredit = !BigDecimal.isZero(row.CreditAmount) || !BigDecimal.isZero(row.CurrencyCreditAmount)
  const signed = (value: Decimal) => (row.Correction === true ? BigDecimal.negate(value) : value)
  const dimensions = Object.entries(config.codeParts).flatMap(([dimension, part]) => {
    const value = row[`Code${part}`]
    return value === null || value === "" ? [] : [[dimension, value] as const]
  })
  return {
    account: row.Account ?? "",
    side: isCredit ? "credit" : "debit",
    amount: signed(isCredit ? row.CurrencyCreditAmount : row.CurrencyDebetAmount),
    accountingAmount: signed(isCredit ? row.CreditAmount : row.DebetAmount),
    dimensions: Object.fromEntries(dimensions),
    text: row.Text ?? "",
    ...(row.OptionalCode === null || row.OptionalCode === "" ? {} : { taxCode: row.OptionalCode })
  }
}

// A row of the series that is not in our form was written by somebody else.
const entryOf = (
  rows: ReadonlyArray<Row>,
  stage: Receipt["stage"],
  config: VouchersConfig
): ReadonlyArray<HeldEntry> => {
  const [first] = rows
  const markerKey = keyIn(first?.ReferenceNumber ?? "")
  if (first === undefined || markerKey === undefined) return []
  return [
    {
      receipt: { reference: referenceOf(first), stage },
      company: first.Company,
      postingDate: first.VoucherDate,
      currency: first.CurrencyCode,
      correction: first.Correction === true,
      markerKey,
      marker: first.ReferenceNumber ?? "",
      lines: rows.map((row) => lineOf(row, config))
    }
  ]
}

/** Lists what IFS holds of ours. `proveVisible` fails for a company of which IFS shows us nothing. */
export const listVouchers = (
  client: IfsClient,
  connection: Connection,
  config: VouchersConfig,
  proveVisible: (company: string) => Effect.Effect<void, ConnectorError>
): Pick<OpenSink, "list" | "newest"> => {
  const places = [
    { entitySet: connection.projections.voucherRows, stage: "accepted" },
    { entitySet: connection.projections.generalLedgerRows, stage: "in-general-ledger" }
  ] as const

  const dated = (day: CalendarDate | undefined, isBound: (value: Literal) => Filter) =>
    Option.toArray(
      Option.map(Option.flatMap(Option.fromUndefinedOr(day), DateTime.make), (date) =>
        isBound(odata.date(date))
      )
    )

  const ours = (company: string, since?: CalendarDate, until?: CalendarDate) => [
    odata.equal("Company", odata.string(company)),
    odata.equal("ReferenceSerie", odata.string(config.referenceSerie)),
    ...dated(since, (day) => odata.greaterOrEqual("VoucherDate", day)),
    ...dated(until, (day) => odata.lessOrEqual("VoucherDate", day))
  ]

  const allRows = (entitySet: string, filter: Filter) =>
    client.list({ entitySet, row: listedRow, filter, orderBy: order })

  const pages = (entitySet: string, conditions: ReadonlyArray<Filter>) =>
    Stream.paginate(Option.none<Row>(), (after) =>
      Effect.gen(function* () {
        const { rows } = yield* client.page(
          {
            entitySet,
            row: listedRow,
            filter: odata.and(...conditions, ...Option.toArray(Option.map(after, isAfter))),
            orderBy: order
          },
          { top: pageRows }
        )
        const last = rows.at(-1)
        if (last === undefined || rows.length < pageRows) return [rows, Option.none()] as const
        // The last voucher of a full page may go on: it opens the next one.
        const whole = rows.filter((row) => referenceOf(row) !== referenceOf(last))
        const end = whole.at(-1)
        return end === undefined
          ? ([
              yield* allRows(entitySet, odata.and(...conditions, isVoucherOf(last))),
              Option.some(Option.some(last))
            ] as const)
          : ([whole, Option.some(Option.some(end))] as const)
      })
    )

  /** One page's worth of vouchers, with the cancelled ones marked. */
  const withStates = Effect.fnUntraced(function* (
    company: string,
    stage: Receipt["stage"],
    vouchers: ReadonlyArray<ReadonlyArray<Row>>
  ) {
    // What is in the general ledger cannot be cancelled any more.
    const cancelled =
      stage === "in-general-ledger"
        ? new Set<string>()
        : yield* cancelledVouchers(
            client,
            connection,
            company,
            vouchers.flatMap(([first]) => (first === undefined ? [] : [first.VoucherNo]))
          )
    return vouchers
      .flatMap((rows) => entryOf(rows, stage, config))
      .map((entry) => ({ ...entry, isCancelled: cancelled.has(entry.receipt.reference) }))
  })

  const list: OpenSink["list"] = ({ company, markerKeys, since, until, withState }) => {
    const seen = new Set<string>()
    const questions =
      markerKeys === undefined
        ? [[]]
        : Array.from({ length: Math.ceil(markerKeys.length / keysTogether) }, (_, index) => [
            odata.or(
              ...markerKeys
                .slice(index * keysTogether, (index + 1) * keysTogether)
                .map((key) => odata.startsWith("ReferenceNumber", odata.string(key)))
            )
          ])
    return Stream.fromIterable(
      questions.flatMap((further) => places.map((place) => ({ ...place, further })))
    ).pipe(
      Stream.flatMap(({ entitySet, further, stage }) =>
        pages(entitySet, [...ours(company, since, until), ...further]).pipe(
          Stream.groupAdjacentBy(referenceOf),
          Stream.map(([, rows]) => rows),
          (vouchers) =>
            withState === true
              ? vouchers.pipe(
                  Stream.grouped(pageRows),
                  Stream.mapEffect((page) => withStates(company, stage, page)),
                  Stream.flattenIterable
                )
              : vouchers.pipe(Stream.flatMap((rows) => Stream.fromIterable(entryOf(rows, stage, config))))
        )
      ),
      // One that moved while we read stands in both places.
      Stream.filter(({ receipt: { reference } }) => {
        if (seen.has(reference)) return false
        seen.add(reference)
        return true
      }),
      Stream.onStart(proveVisible(company))
    )
  }

  // Numbers grow within a type and a year, so the highest is the latest there.
  const newest = Effect.fn("listVouchers.newest")(function* (
    company: string
  ): Effect.fn.Return<Option.Option<HeldEntry>, ConnectorError> {
    yield* proveVisible(company)
    const found = yield* Effect.forEach(places, ({ entitySet, stage }) =>
      Effect.gen(function* () {
        const conditions = [...ours(company), odata.equal("VoucherType", odata.string(config.voucherType))]
        const { rows } = yield* client.page(
          {
            entitySet,
            row: listedRow,
            filter: odata.and(...conditions),
            orderBy: ["AccountingYear desc", "VoucherNo desc", "RowNo"]
          },
          { top: 1 }
        )
        const [row] = rows
        if (row === undefined) return []
        const own = yield* allRows(entitySet, odata.and(...conditions, isVoucherOf(row)))
        return entryOf(own, stage, config).map((entry) => ({ entry, row }))
      })
    )
    return Option.map(
      Option.fromUndefinedOr(
        found
          .flat()
          .toSorted(
            (a, b) =>
              BigDecimal.Order(b.row.AccountingYear, a.row.AccountingYear) ||
              BigDecimal.Order(b.row.VoucherNo, a.row.VoucherNo)
          )[0]
      ),
      ({ entry }) => entry
    )
  })

  return { list, newest }
}
