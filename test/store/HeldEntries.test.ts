import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { HeldEntries } from "../../src/store/HeldEntries.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { append, exampleJournalRecord, freshNames } from "../support/examples.ts"

describeOnDatabases("HeldEntries", (it) => {
  it.effect("names each company of a connection once, in order, and none of another connection", () =>
    Effect.gen(function* () {
      const [names, others] = [yield* freshNames, yield* freshNames]
      const entryOf = (id: string, company: string, of = names) => ({
        ...exampleJournalRecord(of, id),
        company
      })
      yield* append(names, [entryOf("1", "20"), entryOf("2", "10"), entryOf("3", "20"), entryOf("4", "9")])
      yield* append(others, [entryOf("5", "15", others)])
      const held = yield* HeldEntries
      assert.deepStrictEqual(yield* held.companies(names.connection), ["10", "20", "9"])
      assert.deepStrictEqual(yield* held.companies("no such connection"), [])
    })
  )
})
