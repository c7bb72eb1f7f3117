/**
 * processRecord: what a pipeline makes of one record, from payload to entry.
 */
import { Effect } from "effect"
import type { CompiledMapping, EntryIdentification } from "../mapping/CompiledMapping.ts"
import type { Problem, SourceRecord } from "../pipeline/SourceRecord.ts"
import type { Outcome, ReadingOutcome, RulePlace } from "./Plan.ts"
import { withoutRaw } from "./transformRecord.ts"

/** The `process` of a pipeline that posts; `transform` is that of `transformRecord`. */
export const processRecord = (options: {
  readonly transform: (record: SourceRecord) => Effect.Effect<ReadingOutcome>
  readonly mapping: CompiledMapping
  readonly locateProblem: (problem: Problem) => RulePlace
}) =>
  Effect.fn("PlannedPipeline.process")(function* (
    record: SourceRecord,
    key: Omit<EntryIdentification, "document">
  ): Effect.fn.Return<Outcome> {
    const transformed = yield* options.transform(record)
    if (transformed._tag === "Problems") return transformed
    const { id, number, resource } = record.origin
    const mapped = options.mapping.map(transformed.record, { ...key, document: { resource, id, number } })
    switch (mapped._tag) {
      case "NothingToPost":
        return mapped
      case "Entry":
        return { ...mapped, document: withoutRaw(transformed.record) }
      case "Problems":
        return {
          ...mapped,
          problems: mapped.problems.map((problem) => ({ ...problem, at: options.locateProblem(problem) }))
        }
    }
  })
