/**
 * Traits: what tells a person who is to be forgotten from everybody else.
 */
import type { DocumentKey } from "./rows.ts"

/** By what the person is recognised in the tables. */
export interface Traits {
  /** Keys of the person in the systems that know him. */
  readonly customers: ReadonlyArray<{
    readonly system: string
    readonly id: string
    /** Whose key it is, where keys of several connections are told apart. */
    readonly connection?: string
  }>
  /** E-mail addresses, in lower case. */
  readonly addresses: ReadonlyArray<string>
  /** All that names, addresses or reaches the person. */
  readonly values: ReadonlyArray<string>
  /** The connection whose links may be known by a key of the person; without it, links of all. */
  readonly connection?: string
  /** What was read of the person. */
  readonly documents: ReadonlyArray<DocumentKey>
}
