/**
 * Finding: one reason why source, journal and ledger do not agree about a document.
 */
import { Schema } from "effect"
import type { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import type { Decimal } from "../../accounting/Decimal.ts"

/** Why, with what is meant by each. */
export const findingKinds = {
  parked: "It waits in the error queue, so it is not in the ledger.",
  pending: "Its entry is in the journal and not sent yet.",
  sending: "Its entry is being sent right now.",
  unknown: "Its entry was sent and it is not known yet whether the ledger took it.",
  "closed-period": "Its accounting period is closed: it waits, or was posted on a day of the next open one.",
  rounding: "Only the amounts in the accounting currency differ, by no more than rounding can do.",
  "never-read": "It is in the source and was never read.",
  "changed-since": "The source changed it after what was posted, and the change was not read yet.",
  "gone-from-source": "It was posted, and the source has it no more.",
  "older-mapping": "It was posted under an older mapping; today's would post the same content otherwise.",
  "missing-in-ledger": "It was posted, and the ledger has its entry no more: deleted or cancelled there.",
  "changed-in-ledger": "Somebody changed its entry in the ledger, or reversed it there.",
  "twice-in-ledger": "The ledger has its entry more than once.",
  "extra-in-ledger": "The ledger has an entry with our reference that the journal does not know.",
  "differs-in-journal": "The journal holds another entry than the pipeline makes of the same content.",
  clearing: "It leaves a balance on an account that should return to zero.",
  unexplained: "The three differ, and nothing that is known explains it."
} as const

/** The name of a reason. */
export const FindingKind = Schema.Literals([
  "parked",
  "pending",
  "sending",
  "unknown",
  "closed-period",
  "rounding",
  "never-read",
  "changed-since",
  "gone-from-source",
  "older-mapping",
  "missing-in-ledger",
  "changed-in-ledger",
  "twice-in-ledger",
  "extra-in-ledger",
  "differs-in-journal",
  "clearing",
  "unexplained"
])
export type FindingKind = typeof FindingKind.Type

/** Amounts of one thing in the three books. */
export interface Columns {
  readonly source: Decimal
  readonly journal: Decimal
  readonly ledger: Decimal
}

/** Why something differs, before it is known of which document. */
export interface Reason {
  readonly kind: FindingKind
  /** The fact and what to do, in words for an accountant. */
  readonly message: string
  /** Codes of the error item, where there is one. */
  readonly codes: ReadonlyArray<string>
  /** What the ledger calls the entries that it is about. */
  readonly references: ReadonlyArray<string>
  /** The engine sees to it by itself, as with what is not its turn yet. */
  readonly settlesItself?: true
}

/** A reason, the document, and the amounts. */
export interface Finding extends Reason, Columns {
  /** A note explains and is no difference. */
  readonly isDifference: boolean
  readonly pipeline: string
  readonly resource: string
  readonly id: string
  readonly number: string
  readonly day: CalendarDate
  /** The accounting currency, which the amounts are in. */
  readonly currency: string
  /** How much of source less ledger this reason accounts for. */
  readonly difference: Decimal
}
