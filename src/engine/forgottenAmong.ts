/**
 * forgottenAmong: which of some records are of somebody who was forgotten.
 *
 * The shop still has him. Whoever reads a record of his goes on with it without
 * him: what is stored, compared, previewed or said must not bring him back.
 */
import { Effect } from "effect"
import type { SourceRecord } from "../pipeline/SourceRecord.ts"
import type { IntakeStore } from "../store/IntakeStore.ts"
import { personOf } from "./personOf.ts"

/** Asks the store once for all of these records of one connection; `all` is how many names are known in all. */
export const forgottenAmong = Effect.fn("forgottenAmong")(function* (
  store: Pick<IntakeStore["Service"], "forgotten">,
  connection: string,
  records: ReadonlyArray<SourceRecord>
) {
  const namesOf = (record: SourceRecord) => personOf(record, connection)
  const { all, names } = yield* store.forgotten(records.flatMap(namesOf))
  return {
    all,
    isOfForgotten: (record: SourceRecord) => names.size > 0 && namesOf(record).some((name) => names.has(name))
  }
})
