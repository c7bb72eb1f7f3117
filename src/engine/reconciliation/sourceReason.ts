/**
 * sourceReason: why the journal does not hold what the source has of a document.
 */
import { balances } from "../../accounting/balances.ts"
import type { Problem } from "../../pipeline/SourceRecord.ts"
import type { BookedRecord } from "../../store/ReconciliationStore.ts"
import type { DocumentState } from "./DocumentState.ts"
import type { FindingKind, Reason } from "./Finding.ts"
import { differenceText, isRounding } from "./ledgerReason.ts"

const kindsByCode: Readonly<Record<string, FindingKind>> = {
  "period-closed": "closed-period",
  "mapping/rounding-limit": "rounding"
}

const codesOf = (problems: ReadonlyArray<Problem>) => [...new Set(problems.map(({ code }) => code))]

const because = (problems: ReadonlyArray<Problem>) =>
  problems.map(({ message }) => (/[.!?]$/u.test(message) ? message : `${message}.`)).join(" ")

/** Why the document waits in the error queue. */
export const waitingReason = ({ waiting }: Pick<DocumentState, "waiting">): Reason => {
  if (waiting === undefined) {
    return {
      kind: "parked",
      message:
        "it was refused, and nothing waits for it in the error queue: its item was closed by a person. See: ledgerline errors list --all",
      codes: [],
      references: []
    }
  }
  const codes = codesOf(waiting.problems)
  const kind = codes.flatMap((code) => kindsByCode[code] ?? [])[0] ?? "parked"
  return {
    kind,
    message: `${because(waiting.problems)} See: ledgerline errors show ${waiting.id}`,
    codes,
    references: []
  }
}

/** The entries of the newest revision: they were made under one plan. */
const planOf = (records: ReadonlyArray<BookedRecord>) => records.at(-1)?.planRevision

const plain = (kind: FindingKind, message: string, problems: ReadonlyArray<Problem> = []): Reason => ({
  kind,
  message,
  codes: codesOf(problems),
  references: []
})

const passing = (reason: Reason, isRecent: boolean): Reason =>
  isRecent ? { ...reason, settlesItself: true } : reason

const neverRead = (isRecent: boolean, problems: ReadonlyArray<Problem>): Reason =>
  passing(
    plain(
      "never-read",
      `${
        isRecent
          ? "it was made after the pipeline last read; the next reading takes it in."
          : "it is in the source and not in our records, though the pipeline has read since. Read it: ledgerline run --once; if that does not bring it, report it."
      }${problems.length === 0 ? "" : ` It could not be posted: ${because(problems)}`}`,
      problems
    ),
    isRecent
  )

const changedSince = (isRecent: boolean, what: string): Reason =>
  passing(
    plain(
      "changed-since",
      `the source changed it ${isRecent ? "after the pipeline last read" : "since it was read"}${what}. The next reading posts the change.`
    ),
    isRecent
  )

/** Why the journal's entries are not those of what the source has now; undefined if they are. */
export const sourceReason = (state: DocumentState): Reason | undefined => {
  const { planRevision, records, source, waiting } = state
  const entries = records.map(({ entry }) => entry)
  if (source._tag === "Gone") {
    return balances(entries).size === 0
      ? undefined
      : plain("gone-from-source", `${source.why}. If it is to be taken back, reverse it in the ledger.`)
  }
  const { content, isRecent, outcome } = source
  if (outcome._tag === "Problems") {
    if (waiting !== undefined) return waitingReason(state)
    if (content === "unread" && records.length === 0) return neverRead(isRecent, outcome.problems)
    if (content !== "same") {
      return changedSince(isRecent, `, and could not be posted as it is now: ${because(outcome.problems)}`)
    }
    return records.length === 0
      ? { ...waitingReason(state), codes: codesOf(outcome.problems) }
      : plain(
          "older-mapping",
          `posted under an older mapping; today's would park it: ${because(outcome.problems)}`,
          outcome.problems
        )
  }
  const wanted = outcome._tag === "Entry" ? [outcome.entry] : []
  const off = balances(wanted, entries)
  if (off.size === 0) {
    const [entry] = wanted
    const standing = records.findLast(({ kind }) => kind === "post")?.entry
    return entry === undefined || standing === undefined || standing.postingDate === entry.postingDate
      ? undefined
      : plain(
          "closed-period",
          `dated ${entry.postingDate}, and posted on ${standing.postingDate} because its period was closed.`
        )
  }
  if (waiting !== undefined) {
    const reason = waitingReason(state)
    return content === "same" && records.length === 0 && wanted.length > 0
      ? {
          ...reason,
          message: `${reason.message} Today's mapping would post it: ledgerline errors retry ${waiting.id}`
        }
      : reason
  }
  if (content === "unread" && records.length === 0) return neverRead(isRecent, [])
  const text = differenceText(wanted, entries, ["in the source", "in the journal"])
  if (content !== "same") return changedSince(isRecent, `: ${text}`)
  if (records.length > 0 && planOf(records) !== planRevision) {
    return plain(
      "older-mapping",
      `the same content, posted under an older mapping: ${differenceText(wanted, entries, ["today", "as posted"])}.`
    )
  }
  const [entry] = wanted
  return entry !== undefined && isRounding(off, entry)
    ? plain("rounding", `${text}.`)
    : plain(
        "differs-in-journal",
        `the journal holds another entry than the pipeline makes of the same content: ${text}. Run: ledgerline audit verify`
      )
}
