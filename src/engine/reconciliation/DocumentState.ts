/**
 * DocumentState: everything that source, journal and ledger say about one document.
 */
import type { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import type { Decimal } from "../../accounting/Decimal.ts"
import type { JournalEntry } from "../../accounting/JournalEntry.ts"
import type { HeldEntry } from "../../pipeline/Sink.ts"
import type { Problem } from "../../pipeline/SourceRecord.ts"
import type { BookedRecord, WaitingDocument } from "../../store/ReconciliationStore.ts"

/** From the first day to the last, both included. */
export interface DayRange {
  readonly from: CalendarDate
  readonly to: CalendarDate
}

/** What a document is called. `name` is that of the journal, whatever pipeline reads it. */
export interface DocumentIdentity {
  readonly name: string
  readonly pipeline: string
  readonly resource: string
  readonly id: string
  readonly number: string
  /** Short name of the store, or empty. */
  readonly store: string
  /** The order it belongs to, or empty. */
  readonly order: string
}

/** The total of a document that no entry can be made of. */
export interface UnmappedTotal {
  readonly currency: string
  readonly accountingCurrency: string
  readonly amount: Decimal
  readonly accountingAmount: Decimal
}

/** What becomes today of what the source has, by the pipeline's own transform and mapping. */
export type SourceOutcome =
  | { readonly _tag: "Entry"; readonly entry: JournalEntry }
  /** All amounts are zero, or it was cancelled. */
  | { readonly _tag: "Nothing"; readonly day: CalendarDate }
  | {
      readonly _tag: "Problems"
      readonly problems: ReadonlyArray<Problem>
      readonly day: CalendarDate
      readonly total?: UnmappedTotal
    }

/** What the source has of a document, and how that compares with what was read last. */
export type SourceState =
  | {
      readonly _tag: "Read"
      readonly outcome: SourceOutcome
      /**
       * What becomes of it with the name that the source still has, where it is stored without
       * somebody who was forgotten: what was posted before that was made of it.
       */
      readonly named?: SourceOutcome
      /** `unread`: nothing is stored of it; `newer`: its content is another than the stored. */
      readonly content: "same" | "newer" | "unread"
      /** It was made or changed after the pipeline last read, and is simply not its turn yet. */
      readonly isRecent: boolean
    }
  /** The source has it no more, or the pipeline's settings no longer choose it; says which. */
  | { readonly _tag: "Gone"; readonly why: string }

/** One document, three ways. */
export interface DocumentState {
  readonly identity: DocumentIdentity
  readonly source: SourceState
  /** Its entries that were not taken back, in order. */
  readonly records: ReadonlyArray<BookedRecord>
  readonly waiting: WaitingDocument | undefined
  /** What the ledger holds under the name of each entry, by idempotency key. */
  readonly held: ReadonlyMap<string, ReadonlyArray<HeldEntry>>
  /** Content hash of the pipeline as it is now. */
  readonly planRevision: string
}
