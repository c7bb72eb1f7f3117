/**
 * checkLedger: whether we may post to a ledger connection, and what is to be
 * done before we may.
 *
 * Asked before anything is read for a connection or posted to it. The database
 * is looked at each time; the ledger once in the life of a process: the newest
 * entry that carries our mark must be one that we know.
 */
import { Effect, Option } from "effect"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { HeldEntry, OpenSink } from "../pipeline/Sink.ts"
import type { StageServices } from "../pipeline/Source.ts"
import type { CustomerLinks } from "../store/CustomerLinks.ts"
import { HeldEntries } from "../store/HeldEntries.ts"
import type { IntakeStore } from "../store/IntakeStore.ts"
import type { Journal } from "../store/Journal.ts"
import { LedgerGate } from "../store/LedgerGate.ts"
import type { StoreError } from "../store/StoreError.ts"
import { type Ledger, sinksOf } from "./Ledger.ts"
import { knownToJournal } from "./knownToJournal.ts"
import { recoverLedger } from "./recoverLedger.ts"

/** Closed: why, in a sentence for the person who must act, or in how long it is tried again. */
export type Verdict =
  | { readonly _tag: "Open" }
  | { readonly _tag: "Closed"; readonly message: string; readonly retryAfterMillis?: number }

const open: Verdict = { _tag: "Open" }

/** The companies that we post to, as far as one can tell before reading. */
const companiesOf = Effect.fnUntraced(function* (ledger: Ledger) {
  const held = yield* HeldEntries
  const fixed = ledger.pipelines.flatMap(({ company }) => (company === undefined ? [] : [company]))
  return [...new Set([...fixed, ...(yield* held.companies(ledger.connection))])].toSorted()
})

/** The newest entry in the ledger that this database has no notion of. */
const strangerIn = Effect.fn("checkLedger.stranger")(function* (
  ledger: Ledger,
  sinks: ReadonlyArray<OpenSink>,
  companies: ReadonlyArray<string>
) {
  const heldEntries = yield* HeldEntries
  for (const sink of sinks) {
    for (const company of companies) {
      const newest = yield* sink.newest(company)
      if (Option.isNone(newest)) continue
      const { reference } = newest.value.receipt
      if ((yield* heldEntries.known(ledger.connection, [reference])).has(reference)) continue
      const known = yield* knownToJournal(ledger.connection, sink, [newest.value])
      if (!known.has(reference)) return Option.some(newest.value)
    }
  }
  return Option.none<HeldEntry>()
})

/**
 * Says whether the connection's gate is open; closes it, and opens it again
 * once the ledger has been compared, as is needed. `ambiguityMillis` is how
 * long the ledger may still be working on what was sent by the database that
 * was lost.
 */
export const checkLedger = Effect.fn("checkLedger")(function* (
  ledger: Ledger,
  ambiguityMillis: number,
  actor: string
): Effect.fn.Return<
  Verdict,
  ConnectorError | SecretMissing | StoreError,
  StageServices | IntakeStore | Journal | LedgerGate | HeldEntries | CustomerLinks
> {
  const { connection } = ledger
  const gates = yield* LedgerGate
  const first = yield* gates.look(connection)
  if (first.state === "copied") {
    return {
      _tag: "Closed",
      message: `${first.reason} If two post, everything is posted twice; so this one does not. If the other will never post again: ledgerline ledger accept ${connection} --reason "…"`
    }
  }
  if (first.state === "open" && (yield* gates.isProven(connection))) return open

  const sinks = yield* Effect.forEach([...sinksOf(ledger).values()], (sink) => sink.open)
  const companies = yield* companiesOf(ledger)
  if (first.state === "open") {
    const stranger = yield* strangerIn(ledger, sinks, companies)
    if (Option.isNone(stranger)) {
      yield* gates.prove(connection)
      return open
    }
    yield* gates.close(
      connection,
      `the ledger holds ${stranger.value.receipt.reference} with our mark, and this database does not know of it: it has gone back to an earlier time, or is not the one that posted it.`
    )
  }
  const gate = yield* gates.look(connection)
  const rest = Math.ceil(ambiguityMillis - gate.sinceMillis)
  if (rest > 0) {
    return {
      _tag: "Closed",
      message: `${gate.reason} Nothing is posted until the ledger can no longer be working on what was sent before, and has then been compared.`,
      retryAfterMillis: rest
    }
  }
  yield* recoverLedger({ ledger, sinks, companies, actor })
  yield* gates.prove(connection)
  return open
}, Effect.scoped)
