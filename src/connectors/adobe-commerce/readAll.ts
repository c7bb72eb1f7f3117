/**
 * readAll: every item of a list that is short enough to be held, such as groups or categories.
 */
import { Effect } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Json } from "../../pipeline/SourceRecord.ts"
import type { CommerceClient } from "./CommerceClient.ts"
import { type List, readPage } from "./readPage.ts"

/** The items by key; those that the shop cannot print are left out. */
export const readAll = Effect.fn("readAll")(function* (
  client: CommerceClient,
  list: List,
  pageSize: number
): Effect.fn.Return<ReadonlyArray<Json>, ConnectorError> {
  const items: Array<Json> = []
  let after = 0
  for (;;) {
    const page = yield* readPage(client, list, { filters: [], after, pageSize })
    items.push(...page.items)
    if (page.isLast) return items
    after = page.last
  }
})
