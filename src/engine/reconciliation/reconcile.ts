/**
 * reconcile: source, journal and ledger of a range of days side by side, and every difference by document.
 *
 * Only reads. The source is read anew and mapped as it would be today; the
 * ledger is read back by our references. Totals grow with their groups, never
 * with the documents, and of the findings so many are kept.
 */
import { Effect } from "effect"
import type { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../../pipeline/Secrets.ts"
import type { StageServices } from "../../pipeline/Source.ts"
import type { Plan, PostingPipeline } from "../../plan/Plan.ts"
import type { CustomerLinks } from "../../store/CustomerLinks.ts"
import type { HeldEntries } from "../../store/HeldEntries.ts"
import type { IntakeStore } from "../../store/IntakeStore.ts"
import type { Journal } from "../../store/Journal.ts"
import type { ReconciliationStore } from "../../store/ReconciliationStore.ts"
import type { StoreError } from "../../store/StoreError.ts"
import { Paces } from "../../http/RateLimit.ts"
import { ledgersOf } from "../Ledger.ts"
import { freshPaces } from "../runOnce.ts"
import { checkClearing, type ClearingBalance } from "./checkClearing.ts"
import type { DayRange } from "./DocumentState.ts"
import type { Finding } from "./Finding.ts"
import { makeOpenOrders } from "./openOrders.ts"
import { reconcileLedger } from "./reconcileLedger.ts"
import { documentRows, type Grouping, makeTotals, type TotalRow } from "./Totals.ts"

/** What to compare, and how to show it. */
export interface ReconcileOptions {
  readonly pipelines: ReadonlyArray<PostingPipeline>
  readonly range: DayRange
  readonly by: Grouping
  /** Accounts that should return to zero, beside those that the pipelines name. */
  readonly clearing: ReadonlyArray<string>
  /** Up to when entries count that clear an account; to the end of the range when absent. */
  readonly clearingUntil?: CalendarDate
  /** As in `LedgerQuestion`; told of everything when absent. */
  readonly tellsStrangers?: boolean
  /** Told of each document's row as it is whole; nothing else is kept of it when totals are by document. */
  readonly onDocument?: (row: TotalRow) => Effect.Effect<void>
}

/** The outcome. */
export interface Reconciliation {
  readonly range: DayRange
  readonly by: Grouping
  readonly pipelines: ReadonlyArray<string>
  readonly rows: ReadonlyArray<TotalRow>
  readonly total: ReadonlyArray<TotalRow>
  readonly findings: ReadonlyArray<Finding>
  /** Differences and notes beyond those that are kept. */
  readonly findingsLeftOut: number
  readonly differences: number
  readonly clearing: ReadonlyArray<ClearingBalance>
  /** Pipelines whose source cannot be asked for a day: what they never read is not found. */
  readonly blind: ReadonlyArray<string>
}

/** Findings that are kept; a table of more is read by nobody. */
const findingsMaximum = 10_000

/** Whether all three agree; notes are no difference. */
export const agrees = (reconciliation: Reconciliation): boolean => reconciliation.differences === 0

/** Compares the books of these pipelines. */
export const reconcile = Effect.fn("reconcile")(
  function* (
    plan: Plan,
    options: ReconcileOptions
  ): Effect.fn.Return<
    Reconciliation,
    ConnectorError | SecretMissing | StoreError,
    StageServices | IntakeStore | Journal | HeldEntries | ReconciliationStore | CustomerLinks
  > {
    const { by, pipelines, range } = options
    const totals = makeTotals(by)
    const findings: Array<Finding> = []
    const clearing: Array<ClearingBalance> = []
    const blind: Array<string> = []
    let [count, differences] = [0, 0]
    const tell = (found: ReadonlyArray<Finding>) => {
      for (const finding of found) {
        count += 1
        if (finding.isDifference) differences += 1
        if (findings.length < findingsMaximum) findings.push(finding)
      }
    }

    for (const ledger of ledgersOf(plan)) {
      const asked = ledger.pipelines.filter((pipeline) => pipelines.includes(pipeline))
      if (asked.length === 0) continue
      const accounts = [
        ...new Set([...options.clearing, ...asked.flatMap(({ reconcile }) => reconcile?.clearing ?? [])])
      ]
      const orders = makeOpenOrders(accounts)
      const seen = yield* reconcileLedger({
        ledger,
        pipelines: asked,
        range,
        tellsStrangers: options.tellsStrangers ?? true,
        onJudged: ({ books, findings: found }) =>
          Effect.gen(function* () {
            totals.add(books)
            orders.add(books)
            tell(found)
            if (by === "document")
              yield* Effect.forEach(documentRows(books), options.onDocument ?? (() => Effect.void))
          })
      })
      blind.push(...seen.blind)
      const cleared = yield* checkClearing({
        ledger,
        until: options.clearingUntil ?? range.to,
        orders: orders.open()
      })
      clearing.push(...cleared.balances)
      tell(cleared.findings)
    }
    return {
      range,
      by,
      pipelines: pipelines.map(({ name }) => name),
      rows: totals.rows(),
      total: totals.total(),
      findings: findings.toSorted((a, b) =>
        a.isDifference === b.isDifference
          ? `${a.day} ${a.resource} ${a.number}` < `${b.day} ${b.resource} ${b.number}`
            ? -1
            : 1
          : a.isDifference
            ? -1
            : 1
      ),
      findingsLeftOut: count - findings.length,
      differences,
      clearing,
      blind
    }
  },
  Effect.scoped,
  Effect.provideServiceEffect(
    Paces,
    Effect.flatMap(Paces, (shared) => (shared === undefined ? freshPaces : Effect.succeed(shared)))
  )
)
