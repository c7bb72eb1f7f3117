/**
 * marker: the reference number that lets us find our voucher again.
 *
 * IFS has no unique constraint on references and no idempotency header, so
 * every row carries a reference made of the entry alone: after any crash the
 * same entry gives the same reference, and looking it up tells whether the
 * voucher exists.
 */
import { createHash } from "node:crypto"
import { BigDecimal } from "effect"
import { formatDecimal } from "../../accounting/Decimal.ts"
import type { JournalEntry } from "../../accounting/JournalEntry.ts"

/** What ReferenceNumber holds, in characters. */
const lengthMaximum = 50
const keyCharacters = 14
const fingerprintCharacters = 5

/** Crockford's alphabet: no I, L, O or U, so that it can be read aloud. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

/** The first `characters` times five bits of the SHA-256 of `text`. */
const digest = (text: string, characters: number): string => {
  const bits = BigInt(`0x${createHash("sha256").update(text).digest("hex")}`)
  return Array.from({ length: characters }, (_, index) =>
    alphabet.charAt(Number((bits >> BigInt(256 - 5 * (index + 1))) & 31n))
  ).join("")
}

const letters: Readonly<Record<string, string>> = { invoice: "I", "credit-note": "C", payment: "P" }

const normal = (value: BigDecimal.BigDecimal) => formatDecimal(BigDecimal.normalize(value))

const contentOf = (entry: JournalEntry) =>
  JSON.stringify([
    entry.company,
    entry.postingDate,
    entry.currency,
    entry.accountingCurrency,
    entry.correction,
    entry.lines.map((line) => [
      line.account,
      line.side,
      normal(line.amount),
      normal(line.accountingAmount),
      Object.entries(line.dimensions).toSorted(([a], [b]) => (a < b ? -1 : 1)),
      line.taxCode ?? ""
    ])
  ])

/** The part of the marker that names the entry, and what the ledger holds if the content is ours. */
export interface Marker {
  /** Ends with a full stop; every reference number of this entry starts with it. */
  readonly key: string
  /** `key` and the fingerprint of the content; at most 50 characters. */
  readonly referenceNumber: string
}

const keyOf = (entry: JournalEntry, idempotencyKey: string) => {
  const readable = `${letters[entry.document.resource] ?? "D"}${entry.document.number.replaceAll(/[^A-Za-z0-9-]/gu, "-")}`
  const room = lengthMaximum - keyCharacters - fingerprintCharacters - 2
  return `${readable.slice(0, room)}.${digest(idempotencyKey, keyCharacters)}.`
}

/**
 * `I000000123.7KQ2M9X4T1BC8Z.9F3A1`: a letter for the kind of document and its
 * number, for people; 70 bits of the idempotency key, which alone decide (two
 * of 100 million entries collide with a probability of four in a million); 25
 * bits of the content (company, date, currencies, lines), by which "the same
 * key with other amounts" is told from "already posted". Texts are not content:
 * a reworded line is still the same voucher.
 */
export const marker = (entry: JournalEntry): Marker => {
  const key = keyOf(entry, entry.idempotencyKey)
  return { key, referenceNumber: `${key}${digest(contentOf(entry), fingerprintCharacters)}` }
}

/** The name of the entry's load in the external voucher interface: 95 bits of the idempotency key. */
export const loadId = (entry: JournalEntry): string => `L${digest(entry.idempotencyKey, 19)}`

/** The key in a reference number of ours, or undefined if it is none. */
export const keyIn = (referenceNumber: string): string | undefined =>
  /^.+\.[0-9A-HJKMNP-TV-Z]{14}\.(?=[0-9A-HJKMNP-TV-Z]{5}$)/u.exec(referenceNumber)?.[0]

/** The key of the entry that `entry` reverses; both come from the same document. */
export const reversedKey = (entry: JournalEntry): string | undefined =>
  entry.reverses === undefined ? undefined : keyOf(entry, entry.reverses)
