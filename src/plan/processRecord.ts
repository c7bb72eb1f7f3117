/**
 * processRecord: what a pipeline makes of one record, from payload to entry.
 *
 * The result of the transform is checked against the document's schema before
 * any rule reads it, so that a rule never meets half a document.
 */
import { Effect, Result, Schema } from "effect"
import { explainIssue, pathText } from "../config/explainIssue.ts"
import type { CompiledMapping, EntryIdentification } from "../mapping/CompiledMapping.ts"
import { SalesDocument } from "../pipeline/SalesDocument.ts"
import { fieldsOf, type Json, type Problem, type SourceRecord } from "../pipeline/SourceRecord.ts"
import type { Transform } from "../transform/Transform.ts"
import type { LocatedProblem, Outcome, RulePlace } from "./Plan.ts"

const withoutRaw = (document: Json): Json =>
  typeof document === "object" && document !== null && !Array.isArray(document)
    ? Object.fromEntries(Object.entries(document).filter(([name]) => name !== "raw"))
    : document

const decodeDocument = Schema.decodeUnknownResult(SalesDocument)

/** What a transform must leave intact, with the path of each field that it did not. */
const problemsOfDocument = (document: Json, at: RulePlace): ReadonlyArray<LocatedProblem> => {
  const decoded = decodeDocument(document, { errors: "all" })
  return Result.isSuccess(decoded)
    ? []
    : explainIssue(decoded.failure.issue, {
        value: document,
        written: () => undefined,
        root: "The document",
        isConfidential: false
      }).map((finding) => ({
        code: "transform/not-a-document",
        message: `After the transform: ${finding.message} Keep the fields of the document and add to them, as $merge([$, { … }]) does.`,
        path: pathText(finding.path),
        at
      }))
}

/** The `process` of a pipeline. `locateStep` without a step is the transform as a whole. */
export const processRecord = (options: {
  readonly transform: Transform
  readonly mapping: CompiledMapping
  readonly locateStep: (step: number | undefined) => RulePlace
  readonly locateProblem: (problem: Problem) => RulePlace
}) =>
  Effect.fn("PlannedPipeline.process")(function* (
    record: SourceRecord,
    key: Omit<EntryIdentification, "document">
  ): Effect.fn.Return<Outcome> {
    if (record.normalised._tag === "Problems") return record.normalised
    const transformed = yield* Effect.result(
      options.transform.run({ ...fieldsOf(record.normalised), raw: record.raw })
    )
    if (Result.isFailure(transformed)) {
      const { code, message, step } = transformed.failure
      const at = options.locateStep(step)
      return { _tag: "Problems", problems: [{ code, message, path: `transform[${step}]`, at }] }
    }
    const broken = problemsOfDocument(transformed.success, options.locateStep(undefined))
    if (broken.length > 0) return { _tag: "Problems", problems: broken }
    const { id, number, resource } = record.origin
    const mapped = options.mapping.map(transformed.success, { ...key, document: { resource, id, number } })
    switch (mapped._tag) {
      case "NothingToPost":
        return mapped
      case "Entry":
        return { ...mapped, document: withoutRaw(transformed.success) }
      case "Problems":
        return {
          ...mapped,
          problems: mapped.problems.map((problem) => ({ ...problem, at: options.locateProblem(problem) }))
        }
    }
  })
