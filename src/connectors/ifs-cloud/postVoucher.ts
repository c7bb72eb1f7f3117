/**
 * postVoucher: the one sequence that creates a manual voucher.
 *
 * A temporary header, its rows, the action that turns them into a voucher, and
 * reading it back. Only the action can post anything: whatever goes wrong
 * before it leaves at worst a draft, which is removed. The action is sent once
 * per draft, because IFS neither marks nor deletes a draft that was used, and a
 * second call makes a second voucher.
 *
 * Source: server logic of VoucherEntryAssistantHandling, release 21R1.
 */
import { BigDecimal, Effect, Schema } from "effect"
import { accountingPeriod } from "../../accounting/AccountingPeriod.ts"
import { formatDecimal } from "../../accounting/Decimal.ts"
import type { JournalEntry, JournalLine } from "../../accounting/JournalEntry.ts"
import {
  type ConnectorError,
  OutcomeUnknown,
  Rejected,
  UnexpectedResponse
} from "../../pipeline/ConnectorError.ts"
import type { Receipt } from "../../pipeline/Sink.ts"
import type { Connection } from "./Connection.ts"
import { type IfsClient, waitSeconds, WireDecimal } from "./IfsClient.ts"
import { marker } from "./marker.ts"
import { odata } from "./odata.ts"
import { type HeldVoucher, readVouchers, voucherReference } from "./readVouchers.ts"
import { voucherDraft } from "./voucherDraft.ts"
import type { VouchersConfig } from "./VouchersConfig.ts"

const Draft = Schema.Struct({
  Objkey: Schema.NonEmptyString,
  "@odata.etag": Schema.optionalKey(Schema.String)
})
const Created = Schema.Struct({ value: WireDecimal })

const describe = (line: JournalLine) => {
  const dimensions = Object.entries(line.dimensions).map(([name, value]) => `, ${name} ${value}`)
  return `line ${line.rule} (account ${line.account}${dimensions.join("")})`
}

/** Names the lines whose account or dimension value IFS mentions: it checks all rows at once and says no row number. */
const withLines = (rejected: Rejected, lines: ReadonlyArray<JournalLine>) => {
  const words = new Set(rejected.message.split(/[^\w-]+/u))
  const mentioned = lines.filter((line) =>
    [line.account, ...Object.values(line.dimensions)].some((word) => words.has(word))
  )
  const byAccount = mentioned.filter((line) => words.has(line.account))
  const named = new Set((byAccount.length > 0 ? byAccount : mentioned).map(describe))
  return named.size === 0
    ? rejected
    : new Rejected({ code: rejected.code, message: `${[...named].join(" and ")}: ${rejected.message}` })
}

const isEcho = (voucher: HeldVoucher, entry: JournalEntry) => {
  const total = (side: JournalLine["side"]) => {
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

/** Posts entries; never asks whether they are posted already. */
export const postVoucher = (client: IfsClient, connection: Connection, config: VouchersConfig) => {
  const { generalLedgerRows, voucherAssistant, voucherRows } = connection.projections
  const drafts = `/${voucherAssistant}.svc/VoucherSet`
  const action = (draft: string, name: string) => `${draft}/IfsApp.${voucherAssistant}.VoucherEntry_${name}`

  const unreadable = (what: string) =>
    client.fail(
      new UnexpectedResponse({
        message: `${what} does not look as documented. Compare $metadata of ${voucherAssistant}.`
      })
    )

  const aboutLines = (lines: ReadonlyArray<JournalLine>) => (error: ConnectorError) =>
    error.reason._tag === "Rejected" ? client.fail(withLines(error.reason, lines)) : error

  // Best effort: a draft left behind posts nothing, and the failure that led
  // here must not be hidden by this one.
  const remove = (draft: string) => Effect.ignore(client.draft(action(draft, "RemoveTempVoucher"), {}))

  const open = Effect.fn("postVoucher.open")(function* (
    header: ReturnType<typeof voucherDraft>["header"]
  ): Effect.fn.Return<{ readonly path: string; readonly etag: string | undefined }, ConnectorError> {
    const response = yield* client.draft(drafts, header)
    const { "@odata.etag": etag, Objkey } = yield* Schema.decodeUnknownEffect(Draft)(response.body).pipe(
      Effect.mapError(() => unreadable("the new temporary voucher"))
    )
    return { path: `${drafts}${odata.key({ Objkey: odata.string(Objkey) })}`, etag }
  })

  // An action that was not clearly refused may still be at work on the draft, so
  // the draft stays where it is then.
  const create = Effect.fn("postVoucher.create")(function* (
    draft: { readonly path: string; readonly etag: string | undefined },
    entry: JournalEntry
  ): Effect.fn.Return<string, ConnectorError> {
    const response = yield* client
      .commit(
        action(draft.path, "CreateVoucher"),
        {},
        {
          prefer: `wait=${waitSeconds(connection.timeout)}`,
          ...(draft.etag === undefined ? {} : { "if-match": draft.etag })
        }
      )
      .pipe(
        Effect.tapError((error) => (error.disposition === "ambiguous" ? Effect.void : remove(draft.path))),
        Effect.mapError(aboutLines(entry.lines))
      )
    const { value } = yield* Schema.decodeUnknownEffect(Created)(response.body).pipe(
      Effect.filterOrFail(({ value }) => BigDecimal.isPositive(value)),
      Effect.mapError(() =>
        client.fail(
          new OutcomeUnknown({
            message: "IFS says that the voucher was created, but not under which number."
          })
        )
      )
    )
    return formatDecimal(value)
  })

  const readBack = Effect.fn("postVoucher.readBack")(function* (
    entry: JournalEntry,
    number: string
  ): Effect.fn.Return<Receipt, ConnectorError> {
    const year = accountingPeriod(entry.postingDate, config.fiscalYearStartsInMonth).year
    const key = { company: entry.company, year: `${year}`, type: config.voucherType, number }
    const reference = voucherReference(key)
    const filter = odata.and(
      odata.equal("Company", odata.string(key.company)),
      odata.equal("AccountingYear", odata.decimal(BigDecimal.fromBigInt(BigInt(year)))),
      odata.equal("VoucherType", odata.string(key.type)),
      odata.equal("VoucherNo", odata.decimal(BigDecimal.fromBigInt(BigInt(number))))
    )
    // It was created: a failure to read must not sound as if it was not.
    const unknown = (why: string) =>
      client.fail(
        new OutcomeUnknown({ message: `voucher ${reference} was created but not read back: ${why}` })
      )
    const look = (entitySet: string) =>
      readVouchers(client, { entitySet, filter }).pipe(
        Effect.map((vouchers) => vouchers[0]),
        Effect.mapError((error) => unknown(error.reason.message))
      )
    const held = yield* look(voucherRows)
    const voucher = held ?? (yield* look(generalLedgerRows))
    if (voucher === undefined) return yield* unknown("IFS does not show it yet.")
    if (!isEcho(voucher, entry)) {
      return yield* client.fail(
        new UnexpectedResponse({
          message: `voucher ${reference} was created, but IFS holds ${voucher.rowCount} rows with debits ${formatDecimal(voucher.debits)} and credits ${formatDecimal(voucher.credits)} instead of the ${entry.lines.length} lines sent. Compare it with the entry and correct it in IFS; automatic tax on the voucher type is the usual cause.`
        })
      )
    }
    return { reference, stage: held === undefined ? "in-general-ledger" : "accepted" }
  })

  // What IFS cannot notice: it knows neither our dimensions nor the books of the source.
  const refusal = (entry: JournalEntry): Rejected | undefined => {
    const homeless = entry.lines
      .flatMap((line) => Object.keys(line.dimensions))
      .find((dimension) => !Object.hasOwn(config.codeParts, dimension))
    if (homeless !== undefined) {
      return new Rejected({
        code: "unknown-dimension",
        message: `the entry carries the dimension ${homeless}, which has no code part. Add it under codeParts of the sink.`
      })
    }
    const expected = config.accountingCurrency ?? entry.accountingCurrency
    return expected === entry.accountingCurrency
      ? undefined
      : new Rejected({
          code: "accounting-currency",
          message: `the source keeps its books in ${entry.accountingCurrency}, but company ${entry.company} in ${expected}. Post to a company whose accounting currency is ${entry.accountingCurrency}, or correct accountingCurrency of the sink.`
        })
  }

  return Effect.fn("postVoucher")(function* (entry: JournalEntry): Effect.fn.Return<Receipt, ConnectorError> {
    const refused = refusal(entry)
    if (refused !== undefined) return yield* client.fail(refused)
    const { header, rows } = voucherDraft(entry, config, client.decimal)
    const draft = yield* open(header)
    yield* Effect.forEach(
      rows,
      ({ body, line }) =>
        client.draft(`${draft.path}/VoucherPostingArray`, body).pipe(Effect.mapError(aboutLines([line]))),
      { discard: true }
    ).pipe(Effect.onError(() => remove(draft.path)))
    const number = yield* create(draft, entry)
    const receipt = yield* readBack(entry, number)
    yield* remove(draft.path)
    return receipt
  })
}
