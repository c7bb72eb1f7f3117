/**
 * openLookUps: finds what a pipeline looks up for its records.
 *
 * Answers are kept for a while, so that a thousand orders of one customer ask
 * once. A system that cannot be asked ends the reading, which is tried again;
 * only an answer of "none" is ever taken for none.
 */
import { Cache, Duration, Effect, Exit } from "effect"
import { textOf } from "../mapping/TextTemplate.ts"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { FoundRecord } from "../pipeline/LookUp.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { StageServices } from "../pipeline/Source.ts"
import { fieldsOf, type Problem, type SourceRecord } from "../pipeline/SourceRecord.ts"
import type { PlannedLookUp } from "../plan/Plan.ts"
import { readField } from "../transform/readField.ts"

/** Look-ups that are ready to ask. */
export interface LookUps {
  /** The record with what was found for it; what it had been given before is kept. */
  complete(record: SourceRecord): Effect.Effect<SourceRecord, ConnectorError>
}

/** Answers that are kept of each look-up, so many at most. */
const answersMaximum = 10_000
/** Records that are looked up for at the same time; each system has its own pace beside. */
const concurrently = 4

type Answer =
  | { readonly _tag: "Answered"; readonly record: FoundRecord | null }
  | { readonly _tag: "Missed"; readonly problem: Problem }

const missed = (lookUp: PlannedLookUp, code: string, message: string): Answer => ({
  _tag: "Missed",
  problem: { code, message, path: `lookups.${lookUp.name}`, at: lookUp.at }
})

const answerOf = (
  lookUp: PlannedLookUp,
  found: ReadonlyArray<FoundRecord>,
  tried: ReadonlyArray<string>
): Answer => {
  const [first, second] = found
  if (first !== undefined && (second === undefined || lookUp.several === "first")) {
    return { _tag: "Answered", record: first }
  }
  if (first !== undefined) {
    return missed(
      lookUp,
      "lookup/several",
      `${lookUp.connection} has several records of ${lookUp.type} with ${tried.at(-1)}. Make them differ there, match by another field, or set several: first; then retry.`
    )
  }
  if (lookUp.missing === "continue") return { _tag: "Answered", record: null }
  return missed(
    lookUp,
    "lookup/missing",
    tried.length === 0
      ? `The record has none of ${lookUp.match.map(({ path }) => path).join(", ")}, by which ${lookUp.name} is looked up. Add it at the source, or set missing: continue; then retry.`
      : `${lookUp.connection} has no record of ${lookUp.type} with ${tried.join(" or ")}. Create it there, or set missing: continue; then retry.`
  )
}

const openOne = Effect.fnUntraced(function* (lookUp: PlannedLookUp) {
  const open = yield* lookUp.open
  const cache = yield* Cache.makeWith(
    (key: string) => {
      const field = key.slice(0, key.indexOf(" "))
      return open.find(field, key.slice(field.length + 1))
    },
    {
      capacity: answersMaximum,
      timeToLive: (exit) => (Exit.isSuccess(exit) ? lookUp.cache : Duration.zero)
    }
  )
  return Effect.fn("LookUps.find")(function* (
    record: SourceRecord
  ): Effect.fn.Return<Answer, ConnectorError> {
    const tried: Array<string> = []
    for (const { field, path } of lookUp.match) {
      const value = textOf(readField(fieldsOf(record.normalised), path.split(".")))?.trim() ?? ""
      if (value === "") continue
      tried.push(`${field} = ${JSON.stringify(value)}`)
      const found = yield* Cache.get(cache, `${field} ${value}`)
      if (found.length > 0) return answerOf(lookUp, found, tried)
    }
    return answerOf(lookUp, [], tried)
  })
})

/** Whether a look-up of the pipeline has no answer yet for the record. */
export const lacksAnswers = (
  lookUps: ReadonlyArray<PlannedLookUp>,
  { normalised }: Pick<SourceRecord, "normalised">
): boolean =>
  normalised._tag !== "Problems" && lookUps.some(({ name }) => !Object.hasOwn(normalised.looked ?? {}, name))

/** Opens each look-up once, for as long as the scope lasts. */
export const openLookUps = Effect.fn("openLookUps")(function* (
  lookUps: ReadonlyArray<PlannedLookUp>
): Effect.fn.Return<LookUps, ConnectorError | SecretMissing, StageServices> {
  const opened = yield* Effect.forEach(lookUps, (lookUp) =>
    Effect.map(openOne(lookUp), (find) => ({ name: lookUp.name, find }))
  )
  return {
    complete: Effect.fn("LookUps.complete")(function* (record) {
      const { normalised } = record
      if (normalised._tag === "Problems" || opened.length === 0) return record
      const before = normalised.looked ?? {}
      const answers = yield* Effect.forEach(
        opened.filter(({ name }) => !Object.hasOwn(before, name)),
        ({ find, name }) => Effect.map(find(record), (answer) => ({ name, answer }))
      )
      const looked = {
        ...before,
        ...Object.fromEntries(
          answers.flatMap(({ answer, name }) => (answer._tag === "Answered" ? [[name, answer.record]] : []))
        )
      }
      const problems = answers.flatMap(({ answer }) => (answer._tag === "Missed" ? [answer.problem] : []))
      return { ...record, normalised: { ...normalised, looked, missed: problems } }
    })
  }
})

/** Completes the records, a few at a time and in their order. */
export const completeAll = (lookUps: LookUps, records: ReadonlyArray<SourceRecord>) =>
  Effect.forEach(records, (record) => lookUps.complete(record), { concurrency: concurrently })
