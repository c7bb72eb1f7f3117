/**
 * Seal: one batch of rows, and what binds it to the seal before.
 */
import { Schema } from "effect"
import { leafHash } from "./merkleRoot.ts"
import { SealedBook, type SealedRow } from "./SealedBook.ts"

/**
 * A seal as stored. It covers the rows of `book` after the book's last seal, up
 * to `toId`. `leaves` are the hashes of its rows, 64 hexadecimal digits each, in
 * the order of `ids`: they let a difference be pinned to its row.
 */
export const SealRow = Schema.Struct({
  id: Schema.Int,
  book: SealedBook,
  fromId: Schema.Int,
  toId: Schema.Int,
  ids: Schema.Array(Schema.Int),
  leaves: Schema.String,
  previousRoot: Schema.String,
  root: Schema.String,
  sealedAt: Schema.String
})
/** A seal as stored. */
export type Seal = typeof SealRow.Type

/** What stands for the root before the first seal. */
export const firstRoot = "0".repeat(64)

/** The first leaf of a seal: everything of it that is not a row. */
export const headerLeaf = (seal: Omit<Seal, "id" | "leaves" | "root">) =>
  leafHash(JSON.stringify([seal.book, seal.fromId, seal.toId, seal.ids, seal.previousRoot, seal.sealedAt]))

/** The leaf of a row. */
export const rowLeaf = ({ content, id }: Pick<SealedRow, "id" | "content">) => leafHash(`${id} ${content}`)
