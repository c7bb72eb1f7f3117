/**
 * examples: one invoice as it passes through the store.
 */
import { Effect } from "effect"
import type { JournalEntry } from "../../src/accounting/JournalEntry.ts"
import type { NewErrorItem } from "../../src/store/ErrorQueue.ts"
import { type IntakePage, IntakeStore, type StoredRecord } from "../../src/store/IntakeStore.ts"
import type { NewJournalRecord } from "../../src/store/JournalRecord.ts"

/** Names that no other test uses, so that tests may share a database. */
export interface Names {
  readonly pipeline: string
  readonly connection: string
}

/** Counts the tests of a suite. */
let given = 0

/** Fresh names for one test. */
export const freshNames = Effect.sync((): Names => {
  given += 1
  return { pipeline: `invoices-${given}`, connection: `ledger-${given}` }
})

const line = (account: string, side: "debit" | "credit", amount: string, rule: string) => ({
  account,
  side,
  amount,
  accountingAmount: amount,
  dimensions: {},
  text: "Invoice",
  rule
})

/** Invoice `id`: 100.00 net, 19.00 tax, and 119.00 owed. */
export const exampleEntry = (idempotencyKey: string, id: string): typeof JournalEntry.Encoded => ({
  idempotencyKey,
  document: { resource: "invoice", id, number: `1000${id}` },
  company: "10",
  postingDate: "2026-03-31",
  currency: "EUR",
  accountingCurrency: "EUR",
  text: `Invoice 1000${id}`,
  lines: [
    line("1510", "debit", "119.00", "receivable"),
    line("3000", "credit", "100.00", "revenue"),
    line("2610", "credit", "19.00", "vat")
  ],
  correction: false
})

/** The entry of revision `revision` of invoice `id`, ready to be appended. */
export const exampleJournalRecord = (names: Names, id: string, revision = 1): NewJournalRecord => {
  const idempotencyKey = `${names.connection}/10/shop/invoice/${id}/${revision}/post`
  return {
    idempotencyKey,
    pipeline: names.pipeline,
    planRevision: "plan-1",
    resource: "invoice",
    externalId: id,
    number: `1000${id}`,
    revision,
    kind: "post",
    company: "10",
    sinkConnection: names.connection,
    document: `${names.pipeline}/invoice/${id}`,
    body: exampleEntry(idempotencyKey, id),
    provenance: { rules: ["receivable", "revenue", "vat"] }
  }
}

/** Revision `revision` of invoice `id` as it was read. */
export const exampleStoredRecord = (names: Names, id: string, revision = 1): StoredRecord => ({
  pipeline: names.pipeline,
  resource: "invoice",
  externalId: id,
  revision,
  origin: { system: "shop", resource: "invoice", id, number: `1000${id}`, revision: `r${revision}` },
  fingerprint: `fingerprint-${id}-${revision}`,
  fingerprintVersion: 1,
  raw: { id, grand: "119.00" },
  normalised: { _tag: "Problems", problems: [] }
})

/** A problem with invoice `id`. */
export const exampleError = (names: Names, id: string, code = "map/no-account"): NewErrorItem => ({
  pipeline: names.pipeline,
  resource: "invoice",
  externalId: id,
  number: `1000${id}`,
  revision: 1,
  stage: "map",
  planRevision: "plan-1",
  problems: [{ code, message: "no account for tax code DE-7. Add a row to tables/vat.csv.", path: "vat" }]
})

const empty = {
  records: [],
  entries: [],
  superseded: [],
  errors: [],
  settled: [],
  audit: [],
  tasks: [],
  basis: []
}

/** A page with nothing on it but what is given. */
export const examplePage = (names: Names, page: Partial<IntakePage>): IntakePage => ({
  pipeline: names.pipeline,
  ...empty,
  ...page
})

/** Appends entries, as intake does. */
export const append = (names: Names, entries: ReadonlyArray<NewJournalRecord>) =>
  Effect.flatMap(IntakeStore, (store) => store.commit(examplePage(names, { entries })))
