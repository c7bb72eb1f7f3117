/**
 * openLookUps: finds what a pipeline looks up for its records.
 *
 * Answers are kept for a while, so that a thousand orders of one customer ask
 * once. A system that cannot be asked ends the reading, which is tried again;
 * only an answer of "none" is ever taken for none.
 */
import { Cache, Duration, Effect, Exit, Option } from "effect"
import { textOf } from "../mapping/TextTemplate.ts"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { FoundRecord } from "../pipeline/LookUp.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { People, StageServices } from "../pipeline/Source.ts"
import { fieldsOf, type Problem, type SourceRecord } from "../pipeline/SourceRecord.ts"
import { linkFields, type PlannedLookUp } from "../plan/Plan.ts"
import { idOn, otherSide } from "../store/CustomerLink.ts"
import { CustomerLinks } from "../store/CustomerLinks.ts"
import type { StoreError } from "../store/StoreError.ts"
import { readField } from "../transform/readField.ts"
import { sourceSide } from "./customers/CustomerPair.ts"

/** How a record is completed. */
export interface CompleteOptions {
  /** It is of somebody who was forgotten: nobody is waited for, or created again, on its account. */
  readonly isForgotten?: boolean
}

/** Look-ups that are ready to ask. */
export interface LookUps {
  /** The record with what was found for it; what it had been given before is kept. */
  complete(
    record: SourceRecord,
    options?: CompleteOptions
  ): Effect.Effect<SourceRecord, ConnectorError | StoreError>
}

/** Answers that are kept of each look-up, so many at most. */
const answersMaximum = 10_000
/** Records that are looked up for at the same time; each system has its own pace beside. */
const concurrently = 4

type Answer =
  | { readonly _tag: "Answered"; readonly record: FoundRecord | null }
  | { readonly _tag: "Missed"; readonly problem: Problem }

/** A customer of the record's system who is not linked; `isGone`: not any more, or forgotten, and nobody to wait for. */
interface Unlinked {
  readonly id: string
  readonly people: People
  readonly isGone: boolean
}

/** What the asking came to. */
interface Asked {
  readonly found: ReadonlyArray<FoundRecord>
  /** In words, by what it was looked for. */
  readonly tried: ReadonlyArray<string>
  readonly unlinked: Unlinked | undefined
}

const missed = (
  lookUp: PlannedLookUp,
  code: string,
  message: string,
  more: Pick<Problem, "awaits"> = {}
): Answer => ({
  _tag: "Missed",
  problem: { code, message, path: `lookups.${lookUp.name}`, at: lookUp.at, ...more }
})

const nothing: Answer = { _tag: "Answered", record: null }

const sidesOf = ({ connection, sourceConnection }: PlannedLookUp, people: People) =>
  sourceSide({ sourceConnection, sinkConnection: connection, people })

/** A record that names nobody who could be found or waited for. */
const ofNobody = (lookUp: PlannedLookUp, { tried, unlinked }: Asked): Answer => {
  if (lookUp.guests === "continue") return nothing
  const remedy = "set guests: continue to go on without; then retry."
  if (unlinked !== undefined) {
    return missed(
      lookUp,
      "lookup/nobody",
      `Customer ${unlinked.id} of ${lookUp.sourceConnection} was deleted or forgotten, there or in ${lookUp.connection}, and nobody is created in his place. Decide whose the document is, or ${remedy}`
    )
  }
  const paths = lookUp.match.map(({ path }) => path).join(", ")
  if (tried.length === 0 && askLinks([lookUp])) {
    return missed(
      lookUp,
      "lookup/nobody",
      `The record names no customer, as the order of a guest does not: ${paths} is empty. To go on without, set guests: continue; then retry.`
    )
  }
  return missed(
    lookUp,
    tried.length === 0 ? "lookup/missing" : "lookup/nobody",
    tried.length === 0
      ? `The record has none of ${paths}, by which ${lookUp.name} is looked up. Add it at the source, or ${remedy}`
      : `${lookUp.connection} has no record of ${lookUp.type} with ${tried.join(" or ")}, and the record names no customer to wait for. Create it there, or ${remedy}`
  )
}

const awaiting = (lookUp: PlannedLookUp, { id, people }: Unlinked): Answer => {
  const { pair, side } = sidesOf(lookUp, people)
  const create = lookUp.missing === "create"
  return missed(
    lookUp,
    "lookup/not-linked",
    create
      ? `Customer ${id} of ${lookUp.sourceConnection} is not linked to one of ${lookUp.connection} yet, and is created there first. The document goes on by itself once he is; if he cannot be created he has an item of his own in the error queue.`
      : `Customer ${id} of ${lookUp.sourceConnection} is not linked to one of ${lookUp.connection} yet. The document goes on by itself once he is, by the pipeline of customers or because somebody creates him in ${lookUp.connection}, where he is looked for every hour.`,
    { awaits: { pair, side, id, create } }
  )
}

const answerOf = (lookUp: PlannedLookUp, asked: Asked): Answer => {
  const { found, tried, unlinked } = asked
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
  const waits = lookUp.missing === "wait" || lookUp.missing === "create"
  if (tried.length === 0 || (waits && (unlinked?.isGone ?? true))) return ofNobody(lookUp, asked)
  if (lookUp.missing === "continue") return nothing
  if (waits && unlinked !== undefined) return awaiting(lookUp, unlinked)
  if (unlinked !== undefined) {
    return missed(
      lookUp,
      "lookup/missing",
      `Customer ${unlinked.id} of ${lookUp.sourceConnection} is not linked to one of ${lookUp.connection}. If ${lookUp.connection} has him, give him there what the pipeline of customers finds him by, such as his VAT number; if it has not, create him, or set missing: create or continue. Then retry.`
    )
  }
  return missed(
    lookUp,
    "lookup/missing",
    `${lookUp.connection} has no record of ${lookUp.type} with ${tried.join(" or ")}. Create it there, or set missing: continue; then retry.`
  )
}

type FindLink = CustomerLinks["Service"]["find"]

const openOne = Effect.fnUntraced(function* (findLink: FindLink, lookUp: PlannedLookUp) {
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
  /** The key, in the system that is asked, of the customer who is linked to the one with this key. */
  const linkedTo = Effect.fnUntraced(function* (people: People, id: string, isForgotten: boolean) {
    const { pair, side } = sidesOf(lookUp, people)
    const link = Option.getOrUndefined(yield* findLink(pair, side, id))
    return {
      linked: link?.state === "linked" ? idOn(link, otherSide(side)) : null,
      isGone: isForgotten || link?.state === "closed"
    }
  })
  return Effect.fn("LookUps.find")(function* (
    record: SourceRecord,
    { isForgotten = false }: CompleteOptions
  ): Effect.fn.Return<Answer, ConnectorError | StoreError> {
    const tried: Array<string> = []
    let unlinked: Unlinked | undefined
    for (const { field, path } of lookUp.match) {
      const value = textOf(readField(fieldsOf(record.normalised), path.split(".")))?.trim() ?? ""
      if (value === "") continue
      const people = linkFields.get(field)
      if (people !== undefined) {
        tried.push(`a link to customer ${value} of ${lookUp.sourceConnection}`)
        const { linked, isGone } = yield* linkedTo(people, value, isForgotten)
        const found = linked === null ? [] : yield* Cache.get(cache, `id ${linked}`)
        if (found.length > 0) return answerOf(lookUp, { found, tried, unlinked })
        // Linked to one whom the other system has no more.
        unlinked = { id: value, people, isGone: isGone || linked !== null }
      } else {
        tried.push(`${field} = ${JSON.stringify(value)}`)
        const found = yield* Cache.get(cache, `${field} ${value}`)
        if (found.length > 0) return answerOf(lookUp, { found, tried, unlinked })
      }
    }
    return answerOf(lookUp, { found: [], tried, unlinked })
  })
})

/** Whether a look-up of the pipeline has no answer yet for the record. */
export const lacksAnswers = (
  lookUps: ReadonlyArray<PlannedLookUp>,
  { normalised }: Pick<SourceRecord, "normalised">
): boolean =>
  normalised._tag !== "Problems" && lookUps.some(({ name }) => !Object.hasOwn(normalised.looked ?? {}, name))

/** Whether one of them asks which customers are linked, which stands in the store. */
export const askLinks = (lookUps: ReadonlyArray<PlannedLookUp>): boolean =>
  lookUps.some(({ match }) => match.some(({ field }) => linkFields.has(field)))

/** Opens each look-up once, for as long as the scope lasts. */
export const openLookUps = Effect.fn("openLookUps")(function* (
  lookUps: ReadonlyArray<PlannedLookUp>
): Effect.fn.Return<LookUps, ConnectorError | SecretMissing, StageServices | CustomerLinks> {
  return yield* openLookUpsOver((yield* CustomerLinks).find, lookUps)
})

/** The same where there is no store, for look-ups that do not ask for links. */
export const openLookUpsOver = Effect.fn("openLookUpsOver")(function* (
  findLink: FindLink,
  lookUps: ReadonlyArray<PlannedLookUp>
): Effect.fn.Return<LookUps, ConnectorError | SecretMissing, StageServices> {
  const opened = yield* Effect.forEach(lookUps, (lookUp) =>
    Effect.map(openOne(findLink, lookUp), (find) => ({ name: lookUp.name, find }))
  )
  return {
    complete: Effect.fn("LookUps.complete")(function* (record, options = {}) {
      const { normalised } = record
      if (normalised._tag === "Problems" || opened.length === 0) return record
      const before = normalised.looked ?? {}
      const answers = yield* Effect.forEach(
        opened.filter(({ name }) => !Object.hasOwn(before, name)),
        ({ find, name }) => Effect.map(find(record, options), (answer) => ({ name, answer }))
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
export const completeAll = (
  lookUps: LookUps,
  records: ReadonlyArray<SourceRecord>,
  optionsOf: (index: number) => CompleteOptions = () => ({})
) =>
  Effect.forEach(records, (record, index) => lookUps.complete(record, optionsOf(index)), {
    concurrency: concurrently
  })
