/**
 * CompiledMapping: a checked mapping, ready to turn documents into entries.
 */
import type { CalendarDate } from "../accounting/AccountingPeriod.ts"
import type { DocumentReference, JournalEntry } from "../accounting/JournalEntry.ts"
import type { Json, Problem } from "../pipeline/SourceRecord.ts"
import type { MappingIssue } from "./MappingIssue.ts"
import type { WrittenMapping } from "./writtenLines.ts"

/** Why a line is as it is. `row` is the line in the CSV file, or counts inline rows from 1. */
export interface Provenance {
  readonly rule: string
  readonly table?: string
  readonly row?: number
  /** What was added to the line's amount to balance the entry, where that difference is worth nothing in the accounting currency. */
  readonly rounding?: string
  /** What was added to the line's accounting amount to balance the entry, where only that currency was off. */
  readonly accountingRounding?: string
}

/**
 * An entry with one provenance per line, in order; or nothing, where all amounts
 * are zero, as on an order that a coupon paid in full; or every problem, never
 * only the first, with the day where at least that is known.
 */
export type MappingResult =
  | { readonly _tag: "NothingToPost" }
  | { readonly _tag: "Entry"; readonly entry: JournalEntry; readonly provenance: ReadonlyArray<Provenance> }
  | {
      readonly _tag: "Problems"
      readonly problems: ReadonlyArray<Problem>
      readonly postingDate?: CalendarDate
    }

/** What an entry is called. The key depends on the company, which only the mapping knows. */
export interface EntryIdentification {
  readonly document: DocumentReference
  readonly idempotencyKey: (company: string) => string
  /** Posts on this day instead, because the period of the document's own is closed; the text then names that day. */
  readonly postingDate?: CalendarDate
}

/** Pure: the same document always gives the same entry. */
export interface CompiledMapping {
  map(document: Json, about: EntryIdentification): MappingResult
  /** The companies, accounts and dimension values that it writes down. */
  readonly written: WrittenMapping
  /** What was noticed and does not stop the pipeline. */
  readonly warnings: ReadonlyArray<MappingIssue>
}
