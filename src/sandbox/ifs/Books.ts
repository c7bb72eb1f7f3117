/**
 * Books: what the local IFS Cloud holds, and the file that lets it outlive the process.
 *
 * Vouchers are kept by key and found by number or reference. With a state file
 * each change is appended as one JSON line and synced to disk before it is
 * visible and answered; at start the lines are read again, the last line of a
 * voucher counts.
 */
import { NodeFileSystem } from "@effect/platform-node"
import { Effect, FileSystem, Option, Schema, Semaphore } from "effect"
import type { PlatformError, Scope } from "effect"
import { Voucher } from "./Voucher.ts"

/** The books of one server. */
export interface Books {
  /** Every voucher, oldest first. */
  readonly vouchers: () => ReadonlyArray<Voucher>
  /**
   * Vouchers with the number, or with a row of the reference number, or of one
   * that starts with these `indexedPrefixLength` characters; oldest first.
   */
  readonly find: (
    by: "voucherNo" | "referenceNumber" | "referencePrefix",
    value: string
  ) => ReadonlyArray<Voucher>
  /** Gives the voucher the next number of its company, type and year, and stores it. */
  readonly create: (voucher: Omit<Voucher, "voucherNo">) => Effect.Effect<Voucher>
  /** Stores a changed voucher under its key. */
  readonly change: (voucher: Voucher) => Effect.Effect<void>
  /**
   * Somebody works in IFS itself: changes, enters and deletes vouchers. Unchecked, and
   * what was deleted comes back with a state file.
   */
  readonly edit: (change: (vouchers: ReadonlyArray<Voucher>) => ReadonlyArray<Voucher>) => Effect.Effect<void>
  /** Moves every approved voucher from the hold table to the general ledger and says how many. */
  readonly updateGeneralLedger: Effect.Effect<number>
}

/** Characters of a reference number that are indexed beside the whole. */
export const indexedPrefixLength = 12

const VoucherLine = Schema.fromJsonString(Voucher)

/** Opens the books, with what `stateFile` holds if one is given. The file is created when missing. */
export const openBooks = Effect.fnUntraced(function* (
  stateFile: string | undefined
): Effect.fn.Return<Books, PlatformError.PlatformError, Scope.Scope> {
  const state = stateFile === undefined ? inMemory : yield* openStateFile(stateFile)
  const byKey = new Map<string, Voucher>()
  const keysByValue = new Map<string, Set<string>>()
  const lastNumbers = new Map<string, number>()
  const oneAtATime = yield* Semaphore.make(1)

  const put = (voucher: Voucher) => {
    const key = keyOf(voucher)
    byKey.set(key, voucher)
    const references = voucher.rows.flatMap((row) => row.referenceNumber ?? [])
    for (const value of [
      `voucherNo ${voucher.voucherNo}`,
      ...references.map((it) => `referenceNumber ${it}`),
      ...references.map((it) => `referencePrefix ${it.slice(0, indexedPrefixLength)}`)
    ]) {
      const keys = keysByValue.get(value) ?? new Set()
      keysByValue.set(value, keys.add(key))
    }
    const series = seriesOf(voucher)
    lastNumbers.set(series, Math.max(lastNumbers.get(series) ?? 0, Number(voucher.voucherNo)))
  }
  for (const voucher of state.vouchers) put(voucher)

  const store = (vouchers: ReadonlyArray<Voucher>) =>
    Effect.tap(state.append(vouchers), () => Effect.sync(() => vouchers.forEach(put)))

  const create: Books["create"] = (voucher) =>
    Effect.suspend(() => {
      const last = lastNumbers.get(seriesOf(voucher)) ?? voucher.accountingYear * 1_000_000
      const numbered = { ...voucher, voucherNo: `${last + 1}` }
      return Effect.as(store([numbered]), numbered)
    }).pipe(oneAtATime.withPermit)

  const updateGeneralLedger = Effect.suspend(() => {
    const moved = [...byKey.values()]
      .filter((voucher) => !voucher.inGeneralLedger && voucher.status === "Confirmed")
      .map((voucher) => ({ ...voucher, inGeneralLedger: true, version: voucher.version + 1 }))
    return Effect.as(store(moved), moved.length)
  }).pipe(oneAtATime.withPermit)

  const edit: Books["edit"] = (change) =>
    Effect.suspend(() => {
      const before = [...byKey.values()]
      const after = change(before)
      byKey.clear()
      keysByValue.clear()
      for (const voucher of after) put(voucher)
      return state.append(after.filter((voucher) => !before.includes(voucher)))
    }).pipe(oneAtATime.withPermit)

  return {
    vouchers: () => [...byKey.values()],
    edit,
    find: (by, value) =>
      [...(keysByValue.get(`${by} ${value}`) ?? [])].flatMap((key) => byKey.get(key) ?? []),
    create,
    change: (voucher) => oneAtATime.withPermit(store([voucher])),
    updateGeneralLedger
  }
})

const keyOf = (voucher: Voucher) => [seriesOf(voucher), voucher.voucherNo].join(" ")

// Numbers are allotted per company, voucher type and year.
const seriesOf = (voucher: Pick<Voucher, "company" | "voucherType" | "accountingYear">) =>
  [voucher.company, voucher.voucherType, voucher.accountingYear].join(" ")

interface State {
  readonly vouchers: ReadonlyArray<Voucher>
  readonly append: (vouchers: ReadonlyArray<Voucher>) => Effect.Effect<void>
}

const inMemory: State = { vouchers: [], append: () => Effect.void }

const openStateFile = Effect.fnUntraced(function* (path: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const text = (yield* fileSystem.exists(path)) ? yield* fileSystem.readFileString(path) : ""
  const file = yield* fileSystem.open(path, { flag: "a" })
  const encoder = new TextEncoder()
  // A line the process died in was never answered; it is closed off and skipped.
  if (text !== "" && !text.endsWith("\n")) yield* file.writeAll(encoder.encode("\n"))
  const decode = Schema.decodeUnknownOption(VoucherLine)
  const encode = Schema.encodeEffect(VoucherLine)
  const state: State = {
    vouchers: text.split("\n").flatMap((line) => Option.toArray(decode(line))),
    append: (vouchers) =>
      Effect.gen(function* () {
        const lines = yield* Effect.forEach(vouchers, (voucher) => encode(voucher))
        yield* file.writeAll(encoder.encode(lines.map((line) => `${line}\n`).join("")))
        yield* file.sync
      }).pipe(Effect.orDie, Effect.uninterruptible)
  }
  return state
}, Effect.provide(NodeFileSystem.layer))
