/**
 * transformRecord: what a pipeline's transform makes of one record.
 *
 * The result is checked against the schema of the source's record before
 * anything reads it, so that no rule ever meets half a document.
 */
import { Effect, Result, Schema } from "effect"
import { explainIssue, pathText } from "../config/explainIssue.ts"
import { fieldsOf, type Json, type NormalisedRecord, type SourceRecord } from "../pipeline/SourceRecord.ts"
import type { Transform } from "../transform/Transform.ts"
import type { LocatedProblem, PlannedLookUp, ReadingOutcome, RulePlace } from "./Plan.ts"

/** A record without the payload it was made from, which is stored beside it. */
export const withoutRaw = (record: Json): Json =>
  typeof record === "object" && record !== null && !Array.isArray(record)
    ? Object.fromEntries(Object.entries(record).filter(([name]) => name !== "raw"))
    : record

/** What a transform must leave intact, with the path of each field that it did not. */
const problemsOf = (
  schema: Schema.Codec<unknown, unknown>,
  record: Json,
  { at, noun }: { readonly at: RulePlace; readonly noun: string }
): ReadonlyArray<LocatedProblem> => {
  const decoded = Schema.decodeUnknownResult(schema)(record, { errors: "all" })
  return Result.isSuccess(decoded)
    ? []
    : explainIssue(decoded.failure.issue, {
        value: record,
        written: () => undefined,
        root: `The ${noun}`,
        isConfidential: false
      }).map((finding) => ({
        code: "transform/not-a-document",
        message: `After the transform: ${finding.message} Keep the fields of the ${noun} and add to them, as $merge([$, { … }]) does.`,
        path: pathText(finding.path),
        at
      }))
}

/** What was looked up, as the transform sees it; or why there is not all of it. */
const lookedUp = (lookUps: ReadonlyArray<PlannedLookUp>, normalised: NormalisedRecord) => {
  if (lookUps.length === 0 || normalised._tag === "Problems") return { fields: {}, problems: [] }
  const { looked = {}, missed = [] } = normalised
  const unasked = lookUps.filter(
    ({ name }) => !Object.hasOwn(looked, name) && missed.every(({ path }) => path !== `lookups.${name}`)
  )
  return {
    fields: { looked: Object.fromEntries(Object.entries(looked).filter(([, found]) => found !== null)) },
    problems: [
      ...missed,
      ...unasked.map(({ at, name }) => ({
        code: "lookup/not-done",
        message: `The record was stored before the pipeline looked up ${name}. Retry it: ledgerline errors retry.`,
        path: `lookups.${name}`,
        at
      }))
    ]
  }
}

/**
 * The record after the transform, the payload still under `raw`; or every
 * problem. `schema` is that of the source's record; `locateStep` without a step
 * is the transform as a whole.
 */
export const transformRecord = (options: {
  readonly transform: Transform
  readonly schema: Schema.Codec<unknown, unknown>
  readonly lookUps: ReadonlyArray<PlannedLookUp>
  readonly locateStep: (step: number | undefined) => RulePlace
}) =>
  Effect.fn("PlannedPipeline.transform")(function* ({
    normalised,
    raw
  }: SourceRecord): Effect.fn.Return<ReadingOutcome> {
    if (normalised._tag === "Problems") return normalised
    const looked = lookedUp(options.lookUps, normalised)
    if (looked.problems.length > 0) return { _tag: "Problems", problems: looked.problems }
    const transformed = yield* Effect.result(
      options.transform.run({ ...fieldsOf(normalised), ...looked.fields, raw })
    )
    if (Result.isFailure(transformed)) {
      const { code, message, step } = transformed.failure
      const at = options.locateStep(step)
      return { _tag: "Problems", problems: [{ code, message, path: `transform[${step}]`, at }] }
    }
    const broken = problemsOf(options.schema, transformed.success, {
      at: options.locateStep(undefined),
      noun: normalised._tag === "Document" ? "document" : "record"
    })
    return broken.length > 0
      ? { _tag: "Problems", problems: broken }
      : { _tag: "Record", record: transformed.success }
  })
