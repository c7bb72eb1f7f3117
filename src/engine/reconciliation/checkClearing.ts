/**
 * checkClearing: whether accounts that should return to zero do.
 *
 * What the range left open is looked at whole: every document of the order that
 * any pipeline has read, with all its entries up to the last day, as the ledger
 * holds them. An order that is not finished may rightly stand there, and is noted.
 */
import { BigDecimal, Effect } from "effect"
import type { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import { signedAmount } from "../../accounting/balances.ts"
import { type Decimal, formatDecimal, zero } from "../../accounting/Decimal.ts"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../../pipeline/Secrets.ts"
import type { StageServices } from "../../pipeline/Source.ts"
import {
  type BookedRecord,
  ReconciliationStore,
  type StoredDocument
} from "../../store/ReconciliationStore.ts"
import type { StoreError } from "../../store/StoreError.ts"
import type { Ledger } from "../Ledger.ts"
import type { Finding } from "./Finding.ts"
import type { OpenOrder } from "./openOrders.ts"
import { type LedgerReader, openLedgerReader } from "./openLedgerReader.ts"

/** What stands on an account that should return to zero. */
export interface ClearingBalance {
  readonly account: string
  readonly currency: string
  /** What the documents of the range leave there. */
  readonly balance: Decimal
  /** Of it, what is right to be there: orders that are not finished. */
  readonly stillOpen: Decimal
}

const unfinished: ReadonlySet<string> = new Set(["pending", "open", "processing", "on-hold"])

/** The state of the order among its documents; undefined where the order itself was never read. */
const orderStateOf = (documents: ReadonlyArray<StoredDocument>) =>
  documents.flatMap(({ normalised }) =>
    normalised._tag === "Document" && normalised.document.kind === "order" ? [normalised.document.state] : []
  )[0]

const balanceOf = Effect.fnUntraced(function* (
  reader: LedgerReader,
  records: ReadonlyArray<BookedRecord>,
  account: string,
  until: CalendarDate
) {
  const held = (yield* reader.find(records)).flat()
  const distinct = new Map(held.map((entry) => [entry.receipt.reference, entry]))
  return BigDecimal.sumAll(
    [...distinct.values()]
      .filter(({ isCancelled, postingDate }) => isCancelled !== true && postingDate <= until)
      .flatMap((entry) =>
        entry.lines
          .filter((line) => line.account === account)
          .map((line) => signedAmount(entry, line, line.accountingAmount))
      )
  )
})

const messageOf = (
  { account, currency }: OpenOrder,
  balance: Decimal,
  state: string | undefined,
  documents: ReadonlyArray<string>
) => {
  const amount = `${formatDecimal(balance)} ${currency} on ${account}`
  const from = documents.length === 0 ? "" : ` by ${documents.join(", ")}`
  if (state === undefined) {
    return `leaves ${amount}${from}, and the order it belongs to was never read. See what released it, or was to: ledgerline trace`
  }
  return unfinished.has(state)
    ? `leaves ${amount}${from}: the order is not finished (${state}).`
    : `leaves ${amount}${from}, though the order is ${state}: what set it down and what released it do not match.`
}

/** Looks at each order that the range left open. Only reads. */
export const checkClearing = Effect.fn("checkClearing")(function* (options: {
  readonly ledger: Ledger
  readonly until: CalendarDate
  readonly orders: ReadonlyArray<OpenOrder>
}): Effect.fn.Return<
  { readonly balances: ReadonlyArray<ClearingBalance>; readonly findings: ReadonlyArray<Finding> },
  ConnectorError | SecretMissing | StoreError,
  StageServices | ReconciliationStore
> {
  const { ledger, orders, until } = options
  if (orders.length === 0) return { balances: [], findings: [] }
  const store = yield* ReconciliationStore
  const reader = yield* openLedgerReader(ledger)
  const findings: Array<Finding> = []
  const balances = new Map<string, ClearingBalance>()

  for (const order of orders) {
    const { account, currency, document } = order
    const keys =
      document.order === ""
        ? []
        : yield* store.ofOrder(
            ledger.pipelines.map(({ name }) => name),
            document.order
          )
    const documents = yield* store.storedOf(keys)
    const names = keys.flatMap(({ externalId, pipeline, resource }) => {
      const planned = ledger.pipelines.find(({ name }) => name === pipeline)
      return planned === undefined
        ? []
        : [[planned.sinkConnection, planned.sourceConnection, resource, externalId].join("/")]
    })
    const records = yield* store.entriesOf(names)
    const balance = records.length === 0 ? order.balance : yield* balanceOf(reader, records, account, until)
    if (BigDecimal.isZero(balance)) continue
    const state = orderStateOf(documents)
    const isOpen = state !== undefined && unfinished.has(state)
    const before = balances.get(JSON.stringify([account, currency]))
    balances.set(JSON.stringify([account, currency]), {
      account,
      currency,
      balance: BigDecimal.sum(before?.balance ?? zero, balance),
      stillOpen: BigDecimal.sum(before?.stillOpen ?? zero, isOpen ? balance : zero)
    })
    const placed = documents.find(
      ({ normalised }) => normalised._tag === "Document" && normalised.document.kind === "order"
    )
    const movers = documents
      .filter((one) => one !== placed)
      .map(({ origin }) => `${origin.resource} ${origin.number}`)
    findings.push({
      kind: "clearing",
      message: messageOf(order, balance, state, movers),
      codes: [],
      references: [],
      isDifference: !isOpen,
      source: zero,
      journal: zero,
      ledger: balance,
      // Within the ledger: source, journal and ledger agree about each of its documents or say so by themselves.
      difference: zero,
      pipeline: placed?.pipeline ?? document.pipeline,
      resource: placed?.resource ?? document.resource,
      id: placed?.externalId ?? document.id,
      number: placed?.origin.number ?? document.number,
      day: order.day,
      currency
    })
  }
  return { balances: [...balances.values()], findings }
}, Effect.scoped)
