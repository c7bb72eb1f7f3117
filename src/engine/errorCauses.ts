/**
 * errorCauses: waiting documents by what would set them free.
 *
 * A missing row may hold up a thousand documents. They are one cause: the same
 * rule met the same gap. Amounts are left out of the comparison, or every
 * document that does not balance would be a cause of its own.
 */
import { BigDecimal, Option } from "effect"
import { formatDecimal } from "../accounting/Decimal.ts"
import type { Problem } from "../pipeline/SourceRecord.ts"
import type { ErrorItem } from "../store/ErrorQueue.ts"

/** What holds up some documents. A document with several problems counts under each. */
export interface ErrorCause {
  readonly pipeline: string
  readonly code: string
  /** The rule, or the field, it is about. */
  readonly path: string
  /** Of the oldest document. */
  readonly message: string
  readonly at?: Problem["at"]
  readonly documents: number
  /** Totals of the documents by currency, as decimal strings; those that cannot be read have none. */
  readonly atStake: Readonly<Record<string, string>>
  /** When the oldest was opened. */
  readonly oldest: string
  readonly items: ReadonlyArray<number>
}

/** A gap is told by the value that is missing; elsewhere figures and the document's own number differ each time. */
const sentenceOf = (problem: Problem, item: ErrorItem) =>
  problem.code.startsWith("mapping/") && !/unbalanced|rounding|amount/u.test(problem.code)
    ? problem.message
    : problem.message.replaceAll(item.number, "…").replaceAll(/-?\d+\.\d+/gu, "…")

const total = (items: ReadonlyArray<ErrorItem>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...Map.groupBy(items, ({ currency }) => currency ?? "")]
      .filter(([currency]) => currency !== "")
      .map(([currency, among]) => [
        currency,
        formatDecimal(
          BigDecimal.sumAll(
            among.flatMap(({ amount }) =>
              amount === null ? [] : Option.toArray(BigDecimal.fromString(amount))
            )
          )
        )
      ])
      .toSorted()
  )

/** The causes, the one that holds up most documents first. */
export const errorCauses = (items: ReadonlyArray<ErrorItem>): ReadonlyArray<ErrorCause> => {
  const met = items.flatMap((item) => item.problems.map((problem) => ({ item, problem })))
  const groups = Map.groupBy(met, ({ item, problem }) =>
    JSON.stringify([item.pipeline, problem.code, problem.path, sentenceOf(problem, item)])
  )
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group
      if (first === undefined) return []
      const among = [...new Set(group.map(({ item }) => item))]
      const { at, code, message, path } = first.problem
      const cause: ErrorCause = {
        pipeline: first.item.pipeline,
        code,
        path,
        message,
        ...(at === undefined ? {} : { at }),
        documents: among.length,
        atStake: total(among),
        oldest: among.map(({ openedAt }) => openedAt).toSorted()[0] ?? first.item.openedAt,
        items: among.map(({ id }) => id)
      }
      return [cause]
    })
    .toSorted((a, b) => b.documents - a.documents)
}
