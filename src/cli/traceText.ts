/**
 * traceText: a document's life as an accountant or an auditor reads it.
 */
import { Predicate } from "effect"
import type { DocumentTrace, EntryTrace, LineOrigin, PostingAttempt } from "../engine/trace.ts"
import type { AuditEntry } from "../store/AuditLog.ts"
import { columns, indented } from "./columns.ts"
import { renderEntry } from "./renderEntry.ts"
import { styled } from "./styled.ts"

const short = (hash: string) => hash.slice(0, 12)

const value = (given: unknown) => (typeof given === "string" ? given : JSON.stringify(given))

const detailText = (detail: unknown): string =>
  Predicate.isObject(detail)
    ? Object.entries(detail)
        .filter(([name]) => name !== "_tag")
        .map(([name, given]) => `${name} ${value(given)}`)
        .join(", ")
    : ""

const originText = ({ accountingRounding, at, rounding, row, rule, table }: LineOrigin) => [
  rule,
  at === undefined ? "" : `${at.file}:${at.line}`,
  table === undefined ? "" : `table ${table}${row === undefined ? "" : `, row ${row}`}`,
  [
    rounding === undefined ? "" : `amount rounded by ${rounding}`,
    accountingRounding === undefined ? "" : `rounded by ${accountingRounding}`
  ]
    .filter((text) => text !== "")
    .join(", ")
]

/** What an attempt led to: the ledger's reference, or its refusal, in a sentence. */
const outcomeText = ({ number, step }: PostingAttempt) => {
  const { detail } = step
  const receipt =
    Predicate.hasProperty(detail, "receipt") && Predicate.hasProperty(detail.receipt, "reference")
      ? String(detail.receipt.reference)
      : undefined
  const message = Predicate.hasProperty(detail, "message") ? String(detail.message) : ""
  return [`${number}`, step.at, step.actor, step.action, receipt ?? message]
}

const planText = ({ plan, planRevision }: EntryTrace) =>
  plan === undefined
    ? `${short(planRevision)}, of a commit that nobody noted`
    : `${short(planRevision)} of ${plan.files.join(", ")}${
        plan.gitCommit === "" ? ", in no git repository" : `, git ${short(plan.gitCommit)}`
      }${plan.isDirty ? " with changes that were not committed" : ""}`

const referenceOf = (entries: ReadonlyArray<EntryTrace>, idempotencyKey: string) => {
  const other = entries.find((entry) => entry.idempotencyKey === idempotencyKey)
  return other === undefined || other.receipt === null
    ? idempotencyKey
    : `${other.receipt.reference} (${idempotencyKey})`
}

const entryText = (entry: EntryTrace, index: number, entries: ReadonlyArray<EntryTrace>): string => {
  const { cancelledBy, lines, receipt, settledAttempts, state } = entry
  const { reverses } = entry.entry
  const facts = [
    ["state", `${state}${receipt === null ? "" : ` as ${receipt.reference}, ${receipt.stage}`}`],
    ...(reverses === undefined ? [] : [["cancels", referenceOf(entries, reverses)]]),
    ...(cancelledBy === undefined ? [] : [["cancelled by", referenceOf(entries, cancelledBy)]]),
    ["meant", entry.createdAt],
    ["key", entry.idempotencyKey],
    ["plan", planText(entry)]
  ]
  return [
    `${styled("bold", `entry ${index + 1} of ${entries.length}`)}  ${entry.kind} of revision ${entry.revision}`,
    indented(
      [
        renderEntry(entry.entry),
        "",
        columns([], facts),
        ...(lines.length === 0
          ? []
          : ["", columns(["rule", "stands in", "decided by", ""], lines.map(originText))]),
        "",
        settledAttempts.length === 0
          ? entry.attempts === 0
            ? "never sent"
            : "sent, and the outcome is not known yet"
          : columns(["attempt", "settled", "by", "outcome", ""], settledAttempts.map(outcomeText))
      ].join("\n")
    )
  ].join("\n")
}

/** Each reading, entry and attempt; then every other step in order. */
export const traceText = ({ entries, readings, record, steps }: DocumentTrace): string => {
  const { origin } = record
  const attempts = new Set<AuditEntry>(
    entries.flatMap((entry) => entry.settledAttempts.map(({ step }) => step))
  )
  const others = steps.filter((step) => !attempts.has(step))
  const { normalised } = record
  const total =
    normalised._tag === "Document"
      ? [`total of the last one: ${normalised.document.totals.grand} ${normalised.document.currency}`]
      : normalised._tag === "Problems"
        ? ["total of the last one: cannot be read"]
        : []
  return [
    `${styled("bold", `${origin.resource} ${origin.number}`)}  id ${origin.id}  from ${origin.system} through ${record.pipeline}`,
    "",
    indented(
      [
        columns(
          ["revision", "read", "at the source", "content"],
          readings.map((reading) => [
            `${reading.revision}`,
            reading.fetchedAt,
            reading.originRevision,
            `sha256 ${reading.fingerprint}`
          ])
        ),
        ...total
      ].join("\n")
    ),
    ...entries.flatMap((entry, index) => ["", indented(entryText(entry, index, entries))]),
    "",
    indented(
      columns(
        ["step", "by", "what", ""],
        others.map((step) => [step.at, step.actor, step.action, detailText(step.detail)])
      )
    )
  ].join("\n")
}
