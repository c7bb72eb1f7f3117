/**
 * findVoucher: is this entry in IFS already?
 *
 * The answer "no" leads to posting, so it must never be a mistake. The hold
 * table is asked before the general ledger, because vouchers move in that
 * direction: asked the other way round, one in flight would be missed. And an
 * empty answer is believed only after IFS has shown us something of that very
 * company, because a company that is not allowed looks empty, not forbidden.
 */
import { BigDecimal, Effect, Option, Result } from "effect"
import type { JournalEntry } from "../../accounting/JournalEntry.ts"
import { type ConnectorError, Rejected } from "../../pipeline/ConnectorError.ts"
import type { Found, Receipt } from "../../pipeline/Sink.ts"
import { companyVisibility } from "./companyVisibility.ts"
import type { Connection } from "./Connection.ts"
import { gather } from "./gather.ts"
import type { IfsClient } from "./IfsClient.ts"
import { type Marker, marker } from "./marker.ts"
import { odata } from "./odata.ts"
import { type Balances, balancesOf, type HeldVoucher, readVouchers } from "./readVouchers.ts"
import type { VouchersConfig } from "./VouchersConfig.ts"

type Held = { readonly voucher: HeldVoucher; readonly stage: Receipt["stage"] }

const togetherMaximum = 20
const linesMaximum = 200
const nothing: Found = Result.succeed(Option.none())

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
  found: ReadonlyArray<Held>
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

/**
 * Entries of one company that are asked about together: few enough for the
 * address of the question, and for their rows to come in one page, since a row
 * that moves to the general ledger between two pages could hide another.
 */
const chunks = (entries: ReadonlyArray<JournalEntry>): ReadonlyArray<ReadonlyArray<JournalEntry>> => {
  const made: Array<Array<JournalEntry>> = []
  let lines = 0
  for (const entry of entries.toSorted((a, b) => (a.company < b.company ? -1 : 1))) {
    const last = made.at(-1)
    lines += entry.lines.length
    if (
      last === undefined ||
      last.length === togetherMaximum ||
      lines > linesMaximum ||
      last[0]?.company !== entry.company
    ) {
      made.push([entry])
      lines = entry.lines.length
    } else {
      last.push(entry)
    }
  }
  return made
}

/** Looks entries up. What it learns about the visibility of a company lasts as long as the value. */
export const findVoucher = Effect.fn("findVoucher.open")(function* (
  client: IfsClient,
  connection: Connection,
  config: VouchersConfig
) {
  const proveVisible = yield* companyVisibility(client, connection, {
    doubt: '"not posted yet"',
    place: "company in the mapping"
  })

  const ask = Effect.fn("findVoucher.ask")(function* (
    company: string,
    keys: ReadonlyArray<string>
  ): Effect.fn.Return<ReadonlyArray<Held>, ConnectorError> {
    const filter = odata.and(
      odata.equal("Company", odata.string(company)),
      odata.equal("ReferenceSerie", odata.string(config.referenceSerie)),
      odata.or(...keys.map((key) => odata.startsWith("ReferenceNumber", odata.string(key))))
    )
    const { generalLedgerRows, voucherRows } = connection.projections
    const held = yield* readVouchers(client, { entitySet: voucherRows, filter })
    const posted = yield* readVouchers(client, { entitySet: generalLedgerRows, filter })
    const moved = new Set(posted.map((voucher) => voucher.reference))
    return [
      ...held
        .filter((voucher) => !moved.has(voucher.reference))
        .map((voucher): Held => ({ voucher, stage: "accepted" })),
      ...posted.map((voucher): Held => ({ voucher, stage: "in-general-ledger" }))
    ]
  })

  const verdictOn = (entry: JournalEntry, held: ReadonlyArray<Held>): Found => {
    const mark = marker(entry)
    const verdict = judge(
      entry,
      mark,
      held.filter(({ voucher }) => voucher.referenceNumber.startsWith(mark.key))
    )
    return Option.isOption(verdict) ? Result.succeed(verdict) : Result.fail(client.fail(verdict))
  }

  const findAll = Effect.fn("findVoucher.findAll")(function* (
    entries: ReadonlyArray<JournalEntry>
  ): Effect.fn.Return<ReadonlyArray<Found>, ConnectorError> {
    const verdicts = new Map<JournalEntry, Found>()
    for (const chunk of chunks(entries)) {
      const company = chunk[0]?.company ?? ""
      const held = yield* ask(
        company,
        chunk.map((entry) => marker(entry).key)
      )
      for (const entry of chunk) verdicts.set(entry, verdictOn(entry, held))
      const someAreAbsent = chunk.some((entry) =>
        Option.exists(Result.getSuccess(verdicts.get(entry) ?? nothing), Option.isNone)
      )
      if (someAreAbsent) yield* proveVisible(company)
    }
    return entries.map((entry) => verdicts.get(entry) ?? nothing)
  })

  const findOne = gather({
    key: (entry: JournalEntry) => entry.company,
    maximum: togetherMaximum,
    ask: findAll
  })
  const find = Effect.fn("findVoucher")(function* (
    entry: JournalEntry
  ): Effect.fn.Return<Option.Option<Receipt>, ConnectorError> {
    return yield* Effect.fromResult(yield* findOne(entry))
  })

  return { find, findAll, proveVisible }
})
