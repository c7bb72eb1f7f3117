/*
 * When a document counts as settled.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { JournalEntry } from "../../src/accounting/JournalEntry.ts"
import type { PlannedPipeline } from "../../src/plan/Plan.ts"
import type { JournalRecord, PostingState } from "../../src/store/JournalRecord.ts"
import { toCommit } from "../../src/engine/takeIn.ts"
import { exampleEntry } from "../support/examples.ts"

const key = { pipeline: "invoices", resource: "invoice", externalId: "1" }

const past = (state: PostingState): JournalRecord => ({
  ...key,
  idempotencyKey: `entry that is ${state}`,
  planRevision: "plan",
  number: "10001",
  revision: 1,
  kind: "post",
  sinkConnection: "erp",
  entry: Schema.decodeSync(JournalEntry)(exampleEntry("erp/10/shop/invoice/1/1/post", "1")),
  provenance: [],
  createdAt: "",
  state,
  attempts: 1,
  receipt: null,
  settledAt: null
})

/** What is settled by a reading that leads to no entry. */
const settledAfter = (history: ReadonlyArray<JournalRecord>, superseded: ReadonlyArray<string> = []) =>
  toCommit(
    { contentHash: "plan", _tag: "Posting" } satisfies Pick<PlannedPipeline, "contentHash" | "_tag">,
    {
      key,
      revision: 2,
      history,
      record: {
        origin: { system: "shop", resource: "invoice", id: "1", number: "10001", revision: "" },
        raw: {},
        normalised: { _tag: "Problems", problems: [] }
      }
    },
    { entries: [], superseded, problems: [], stage: "map" },
    "test"
  ).settled

describe("a reading that leads to no new entry", () => {
  it("settles a document whose entries are all posted or taken back", () => {
    assert.deepStrictEqual(settledAfter([]), [key])
    assert.deepStrictEqual(settledAfter([past("posted"), past("superseded")]), [key])
    const refused = past("rejected")
    assert.deepStrictEqual(settledAfter([refused], [refused.idempotencyKey]), [key])
  })

  it("settles nothing while an entry is on its way: the ledger may still refuse it", () => {
    for (const state of ["pending", "sending", "unknown", "rejected"] as const) {
      assert.deepStrictEqual(settledAfter([past("posted"), past(state)]), [], state)
    }
  })
})
