/**
 * unlinkedRows: customers whom nobody has linked yet, in rows that can be worked on at once.
 *
 * Those who could be taken for one another stand in one row, one after the other,
 * so that two of them never find, or create, the same customer. What they are is
 * known from the last reading.
 */
import { Effect, Option } from "effect"
import type { MatchRule } from "../../config/CustomerRules.ts"
import type { CustomerTask } from "../../store/CustomerLink.ts"
import { IntakeStore } from "../../store/IntakeStore.ts"
import type { StoreError } from "../../store/StoreError.ts"
import { customerOf } from "./customerTasks.ts"
import { matchValues } from "./matchCustomer.ts"

interface Row {
  readonly tasks: ReadonlyArray<CustomerTask>
  readonly values: ReadonlySet<string>
}

/** The rows, by the rules of both directions; one for all where it is not known of somebody whom he could be taken for. */
export const unlinkedRows = Effect.fn("unlinkedRows")(function* (
  rules: ReadonlyArray<MatchRule>,
  tasks: ReadonlyArray<CustomerTask>
): Effect.fn.Return<ReadonlyArray<ReadonlyArray<CustomerTask>>, StoreError, IntakeStore> {
  const store = yield* IntakeStore
  let rows: ReadonlyArray<Row> = []
  for (const task of tasks) {
    const customer = Option.flatMap(yield* store.latest(task), customerOf)
    if (Option.isNone(customer)) return [tasks]
    const values = matchValues(customer.value, rules)
    const isLike = (row: Row) => values.some((value) => row.values.has(value))
    const like = rows.filter(isLike)
    rows = [
      ...rows.filter((row) => !isLike(row)),
      {
        tasks: [...like.flatMap((row) => row.tasks), task],
        values: new Set([...like.flatMap((row) => [...row.values]), ...values])
      }
    ]
  }
  return rows.map((row) => row.tasks)
})
