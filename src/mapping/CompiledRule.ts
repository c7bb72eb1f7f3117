/**
 * CompiledRule: a posting rule whose paths, tables and texts are resolved.
 */
import type { DateTime } from "effect"
import type { Decimal } from "../accounting/Decimal.ts"
import type { Side } from "../accounting/JournalEntry.ts"
import type { DecisionRows } from "./DecisionRows.ts"

/** A path, ready to be walked. */
export type Path = ReadonlyArray<string>

/** A text with fields in it, ready to be filled in. */
export type CompiledTemplate = ReadonlyArray<string | Path>

/** Where a value comes from: a text, or column number `column` of the row a table decides on. */
export type CompiledSelector =
  | { readonly _tag: "Text"; readonly template: CompiledTemplate }
  | {
      readonly _tag: "Table"
      readonly decision: DecisionRows
      /** The field that each input column of the table is compared with. */
      readonly inputs: ReadonlyArray<Path>
      readonly column: number
    }

/** Dimension names with their selectors, in the order of the file. */
export type CompiledDimensions = ReadonlyArray<readonly [name: string, selector: CompiledSelector]>

/** One posting rule. */
export interface CompiledRule {
  readonly name: string
  readonly side: Side
  readonly each?: Path
  readonly amount: Path
  /** The same amount in the accounting currency: the field of the same name under the sibling `accounting`. */
  readonly accountingAmount: Path
  readonly account: CompiledSelector
  readonly dimensions: CompiledDimensions
  readonly taxCode?: CompiledSelector
  readonly text?: CompiledTemplate
}

/** A whole mapping, checked. */
export interface CompiledRules {
  readonly company: CompiledSelector
  readonly postingDate: {
    readonly from: Path
    readonly zone: DateTime.TimeZone
    /** Minutes after midnight from which an instant counts to the next day. */
    readonly cutOffMinutes: number | undefined
  }
  readonly text?: CompiledTemplate
  readonly lines: ReadonlyArray<CompiledRule>
  readonly rounding?: {
    readonly account: string
    readonly limit: Decimal
    readonly dimensions: CompiledDimensions
  }
}
