/**
 * verifySeals: compares every sealed row with its seal, and each seal with the one before.
 *
 * One seal and its rows are held at a time, however long the history is.
 */
import { Effect, Option } from "effect"
import { merkleRoot } from "./merkleRoot.ts"
import { firstRoot, headerLeaf, rowLeaf, type Seal } from "./Seal.ts"
import type { SealedBook, SealedRow } from "./SealedBook.ts"

/** One thing that is not as it was sealed. `id` is of the row, or of the seal where `book` is `seal`. */
export interface Finding {
  readonly what: "changed" | "removed" | "added" | "exchanged" | "root unknown"
  readonly book: SealedBook | "seal"
  readonly id?: number
  readonly message: string
}

/** The outcome. `findings` holds the first hundred of `differences`. */
export interface Verification {
  readonly seals: number
  readonly rows: number
  /** Rows that lost personal content since they were sealed, by an act that is sealed itself. */
  readonly erased: number
  /** Whether there are rows that no seal covers yet: nothing can be said of them. */
  readonly hasUnsealed: boolean
  readonly differences: number
  readonly findings: ReadonlyArray<Finding>
  /** Root of the newest seal; absent while there is none. */
  readonly root?: string
}

/** That a row lost personal content: its leaf before and after, 64 hexadecimal digits each. */
export interface Erasure {
  readonly rowId: number
  readonly sealedAs: string
  readonly standsAs: string
}

/** What is read from the database. */
export interface SealedHistory<E> {
  readonly root: string | undefined
  readonly sealAfter: (id: number) => Effect.Effect<Option.Option<Seal>, E>
  readonly rows: (range: {
    readonly book: SealedBook
    readonly after: number
    readonly upTo: number
  }) => Effect.Effect<ReadonlyArray<SealedRow>, E>
  /** The erasures of these rows, in the order they happened. */
  readonly erasures: (
    book: SealedBook,
    ids: ReadonlyArray<number>
  ) => Effect.Effect<ReadonlyArray<Erasure>, E>
  readonly unsealed: (sealedTo: ReadonlyMap<SealedBook, number>) => Effect.Effect<boolean, E>
}

/** Below every id, so that a row put in before the first one is seen. */
const beforeAll = Number.MIN_SAFE_INTEGER

const findingsMaximum = 100

const nameOf = (row: SealedRow) => (row.subject === null ? "" : `, about ${row.subject}`)

const leavesOf = (seal: Seal): ReadonlyArray<Buffer> =>
  Array.from({ length: Math.ceil(seal.leaves.length / 64) }, (_, index) =>
    Buffer.from(seal.leaves.slice(index * 64, index * 64 + 64), "hex")
  )

/** When a row that is gone was written, as far as its neighbours tell. */
const timeOf = (id: number, rows: ReadonlyArray<SealedRow>) => {
  const [before, after] = [rows.findLast((row) => row.id < id), rows.find((row) => row.id > id)]
  if (before === undefined && after === undefined) return "all rows of its seal are gone"
  if (before === undefined) return `written before ${after?.at}`
  return after === undefined ? `written after ${before.at}` : `written between ${before.at} and ${after.at}`
}

/** Rows of the seal whose content is another than was sealed. */
const changedRows = (seal: Seal, rows: ReadonlyArray<SealedRow>): ReadonlyArray<SealedRow> => {
  const stored = new Map(leavesOf(seal).map((leaf, index) => [seal.ids[index], leaf]))
  return rows.filter((row) => stored.has(row.id) && stored.get(row.id)?.equals(rowLeaf(row)) !== true)
}

/**
 * The rows among `changed` that are what erasures left of what was sealed: each
 * erasure goes on from where the one before ended.
 */
const erasedRows = (
  seal: Seal,
  changed: ReadonlyArray<SealedRow>,
  erasures: ReadonlyArray<Erasure>
): ReadonlySet<number> => {
  const leaves = leavesOf(seal)
  return new Set(
    changed
      .filter((row) => {
        const sealed = leaves[seal.ids.indexOf(row.id)]?.toString("hex")
        const stands = erasures
          .filter(({ rowId }) => rowId === row.id)
          .reduce((leaf, { sealedAs, standsAs }) => (leaf === sealedAs ? standsAs : leaf), sealed)
        return stands === rowLeaf(row).toString("hex")
      })
      .map(({ id }) => id)
  )
}

/** Rows that are not as sealed, among those that the seal covers. */
const compareRows = (
  seal: Seal,
  rows: ReadonlyArray<SealedRow>,
  erased: ReadonlySet<number>
): ReadonlyArray<Finding> => {
  const stored = new Map(leavesOf(seal).map((leaf, index) => [seal.ids[index], leaf]))
  const present = new Map(rows.map((row) => [row.id, row]))
  const { book } = seal
  const isAsSealed = (id: number, content: string) =>
    stored.get(id)?.equals(rowLeaf({ id, content })) === true
  const changed = changedRows(seal, rows).filter(({ id }) => !erased.has(id))
  // Pairs are compared, so only where there are few.
  const suspects = changed.length <= findingsMaximum ? changed : []
  return [
    ...seal.ids
      .filter((id) => !present.has(id))
      .map((id): Finding => ({
        what: "removed",
        book,
        id,
        message: `${book} row ${id} was removed; it was ${timeOf(id, rows)}, and sealed ${seal.sealedAt}.`
      })),
    ...changed.map((row): Finding => {
      const owner = suspects.find((other) => isAsSealed(row.id, other.content))
      return owner === undefined
        ? {
            what: "changed",
            book,
            id: row.id,
            message: `${book} row ${row.id} was changed after it was sealed ${seal.sealedAt}; it now says ${row.at}${nameOf(row)}.`
          }
        : {
            what: "exchanged",
            book,
            id: row.id,
            message: `${book} row ${row.id} was reordered: what was sealed as row ${row.id}, of ${owner.at}${nameOf(owner)}, now stands as row ${owner.id}.`
          }
    }),
    ...rows
      .filter(({ id }) => !stored.has(id))
      .map((row): Finding => ({
        what: "added",
        book,
        id: row.id,
        message: `${book} row ${row.id} was put in after its neighbours were sealed ${seal.sealedAt}; it says ${row.at}${nameOf(row)}.`
      }))
  ]
}

interface Before {
  readonly id: number
  /** As stored, and as its content gives it: a seal that was changed is not held against the next. */
  readonly roots: ReadonlyArray<string>
}

const compareSeal = (
  seal: Seal,
  before: Before,
  rows: ReadonlyArray<SealedRow>,
  erased: ReadonlySet<number>
): { readonly findings: ReadonlyArray<Finding>; readonly roots: ReadonlyArray<string> } => {
  const header = headerLeaf(seal)
  const own = merkleRoot([header, ...leavesOf(seal)]).toString("hex")
  const roots = [seal.root, own]
  const about = { book: "seal", id: seal.id } as const
  if (own !== seal.root) {
    const areIntact = merkleRoot([header, ...rows.map(rowLeaf)]).toString("hex") === seal.root
    return {
      roots,
      findings: [
        {
          what: "changed",
          ...about,
          message: `seal ${seal.id} of ${seal.sealedAt} was changed${
            areIntact
              ? "; the rows it covers are as they were."
              : `, so nothing vouches for rows ${seal.fromId} to ${seal.toId} of ${seal.book}.`
          }`
        }
      ]
    }
  }
  const isNext = before.roots.includes(seal.previousRoot)
  return {
    roots,
    findings: [
      ...(isNext
        ? []
        : [
            {
              what: "removed",
              ...about,
              message: `seal ${seal.id} of ${seal.sealedAt} does not follow ${before.id === 0 ? "the beginning" : `seal ${before.id}`}: a seal between them was removed, or all up to there were written anew.`
            } as const
          ]),
      ...compareRows(seal, rows, erased)
    ]
  }
}

/** Reads all seals and all sealed rows, in order. */
export const verifySeals = Effect.fn("verifySeals")(function* <E>(
  history: SealedHistory<E>
): Effect.fn.Return<Verification, E> {
  const sealedTo = new Map<SealedBook, number>()
  const findings: Array<Finding> = []
  let differences = 0
  const note = (found: ReadonlyArray<Finding>) => {
    differences += found.length
    findings.push(...found.slice(0, findingsMaximum - findings.length))
  }
  let before: Before = { id: 0, roots: [firstRoot] }
  let [seals, sealed, erased, newest] = [0, 0, 0, ""]
  let isKnown = history.root === undefined
  while (true) {
    const next = yield* history.sealAfter(before.id)
    if (Option.isNone(next)) break
    const seal = next.value
    const after = sealedTo.get(seal.book) ?? beforeAll
    const rows = yield* history.rows({ book: seal.book, after, upTo: seal.toId })
    const changed = changedRows(seal, rows)
    const lost =
      changed.length === 0
        ? new Set<number>()
        : erasedRows(
            seal,
            changed,
            yield* history.erasures(
              seal.book,
              changed.map(({ id }) => id)
            )
          )
    erased += lost.size
    const compared = compareSeal(seal, before, rows, lost)
    note(compared.findings)
    before = { id: seal.id, roots: compared.roots }
    sealedTo.set(seal.book, Math.max(after, seal.toId))
    newest = seal.root
    seals += 1
    sealed += seal.ids.length
    if (seal.root === history.root?.toLowerCase()) isKnown = true
  }
  if (!isKnown) {
    note([
      {
        what: "root unknown",
        book: "seal",
        message: `no seal has the root ${history.root}: seals were removed or written anew since it was kept, or it belongs to another database.`
      }
    ])
  }
  return {
    seals,
    rows: sealed,
    erased,
    hasUnsealed: yield* history.unsealed(sealedTo),
    differences,
    findings,
    ...(seals === 0 ? {} : { root: newest })
  }
})
