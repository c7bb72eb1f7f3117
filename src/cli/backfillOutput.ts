/**
 * backfillOutput: what `backfill` prints, for people and for programs.
 */
import { DateTime, Duration, Option, Schema } from "effect"
import type { Period } from "../pipeline/Source.ts"
import { BackfillPreview } from "../engine/previewBackfill.ts"
import { Backfill } from "../store/Backfills.ts"
import { columns, indented } from "./columns.ts"
import { readable } from "./readable.ts"
import { styled } from "./styled.ts"

/** What `backfill --format json` prints: after a reading, with --dry-run, and of `backfill list`. */
export const BackfillOutput = Schema.Union([
  Schema.Struct({
    backfill: Backfill,
    waiting: Schema.Int.annotate({
      description:
        "Entries of the ledger's connection that had no outcome yet when the command ended; of a pipeline of customers, customers still to be looked at."
    })
  }),
  Schema.Struct({ preview: BackfillPreview }),
  Schema.Struct({ backfills: Schema.Array(Backfill) })
])

const encode = Schema.encodeSync(BackfillOutput)

/** The JSON of it. */
export const backfillJson = (output: typeof BackfillOutput.Type): string =>
  JSON.stringify(encode(output), null, 2)

const isMidnight = (instant: DateTime.Utc) => DateTime.formatIso(instant).endsWith("T00:00:00.000Z")

/** `2026-01-01 to 2026-03-31`: whole days where it is of whole days. */
export const periodText = ({ from, until }: Period): string => {
  const areDays = isMidnight(from) && isMidnight(until)
  return areDays
    ? `${DateTime.formatIsoDateUtc(from)} to ${DateTime.formatIsoDateUtc(DateTime.subtractDuration(until, Duration.days(1)))}`
    : `${DateTime.formatIso(from)} to ${DateTime.formatIso(until)}`
}

const instantOf = (text: string) =>
  DateTime.toUtc(Option.getOrElse(DateTime.make(text), () => DateTime.makeUnsafe(0)))

const stateText = ({ isHeld, state }: Backfill) =>
  state === "read" ? "done" : isHeld ? "being read" : "stopped"

/** One line for each. */
export const backfillTable = (backfills: ReadonlyArray<Backfill>): string =>
  columns(
    ["pipeline", "period", "state", "read", "of", "unchanged", "new entries", "parked", "last page"],
    backfills.map((one) => [
      one.pipeline,
      periodText({ from: instantOf(one.from), until: instantOf(one.until) }),
      stateText(one),
      `${one.read}`,
      one.expected === null ? "?" : `${one.expected}`,
      `${one.unchanged}`,
      `${one.entries}`,
      `${one.parked}`,
      one.movedAt
    ]),
    [3, 4, 5, 6, 7]
  )

/** What would be posted, by account, and what would be parked. */
export const previewTable = (preview: BackfillPreview): string =>
  [
    columns(
      ["pipeline", "documents", "unchanged", "new entries", "would be parked"],
      [
        [
          preview.pipeline,
          `${preview.documents}`,
          `${preview.unchanged}`,
          `${preview.entries}`,
          `${preview.parked}`
        ]
      ],
      [1, 2, 3, 4]
    ),
    ...(preview.customers === undefined
      ? []
      : [
          "",
          columns(
            ["customers to create", "to change", "nothing to write"],
            [[preview.customers.create, preview.customers.change, preview.customers.nothing].map(String)],
            [0, 1, 2]
          )
        ]),
    ...(preview.accounts.length === 0
      ? []
      : [
          "",
          columns(
            ["company", "account", "currency", "debit", "credit"],
            preview.accounts.map(({ account, company, credit, currency, debit }) => [
              company,
              account,
              currency,
              readable(debit, currency),
              readable(credit, currency)
            ]),
            [3, 4]
          )
        ]),
    ...(preview.causes.length === 0
      ? []
      : [
          "",
          ...preview.causes.map(
            ({ code, documents, example }) =>
              `${styled("yellow", `${documents} would be parked`)}  ${styled("dim", code)}\n${indented(example)}`
          )
        ]),
    "",
    styled(
      "dim",
      preview.customers === undefined
        ? "nothing was stored and nothing was posted"
        : "nothing was stored and nothing was written"
    )
  ].join("\n")
