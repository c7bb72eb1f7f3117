/**
 * readPage: one page of a list, by ascending key, however badly one item of it is.
 *
 * A single item that Commerce cannot print (a broken additional_information,
 * for example) fails the whole list. The page is then halved until the bad one
 * is alone; its key is found by asking for ever smaller ranges of keys, since
 * an answer that fails names nothing. It is told apart from a shop that fails
 * for everything, which is for later and must park nothing.
 *
 * Source: magento2 issues 13738, 7526 and 6215 for the list that fails whole;
 * 3787 and 26988 for the last page that releases before 2.4.0 repeat, 25001
 * for lists that are not sorted.
 */
import { Effect } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Json } from "../../pipeline/SourceRecord.ts"
import { type CommerceClient, type Filter, isInternalError } from "./CommerceClient.ts"
import { textAt } from "./recordOf.ts"

/** A list, and what its items are known by. */
export interface List {
  /** As in the path: invoices, customers/search. */
  readonly resource: string
  /** The column to search and sort by, and the field that shows it: customers have entity_id and show id. */
  readonly key: { readonly column: string; readonly field: string }
}

/** What was found. `unreadable` are keys of items that cannot be had. `last` is where to go on from. */
export interface ListPage {
  readonly items: ReadonlyArray<Json>
  readonly unreadable: ReadonlyArray<number>
  readonly last: number
  /** How many match beyond the key asked from, this page included. */
  readonly totalCount: number
  readonly isLast: boolean
}

/** So many unreadable items and not one readable: it is the shop that fails, not they. */
const unreadableInARow = 5

const isAscending = (keys: ReadonlyArray<number>) =>
  keys.every((key, index) => index === 0 || key > (keys[index - 1] ?? 0))

/** Reads at most `pageSize` items with a key above `after`. */
export const readPage = Effect.fn("readPage")(function* (
  client: CommerceClient,
  list: List,
  asked: { readonly filters: ReadonlyArray<Filter>; readonly after: number; readonly pageSize: number }
): Effect.fn.Return<ListPage, ConnectorError> {
  const { column, field } = list.key

  const search = Effect.fnUntraced(function* (after: number, size: number, until?: number) {
    const { items, pageSize, totalCount } = yield* client.search(list.resource, {
      filters: [
        // First, so that what is asked next to it keeps its place in every search.
        ...asked.filters,
        { field: column, condition: "gt", value: String(after) },
        ...(until === undefined ? [] : [{ field: column, condition: "lteq", value: String(until) } as const])
      ],
      pageSize: size,
      sortBy: column
    })
    const keys = items.map((item) => Number(textAt(item, field)))
    if (!keys.every((key) => Number.isSafeInteger(key) && key > 0) || !isAscending(keys)) {
      return yield* client.unexpected(
        `the ${list.resource} are not sorted by ${column} as asked. Check whether an extension changes the search.`
      )
    }
    const last = keys.at(-1) ?? after
    if (last > after && (keys[0] ?? last) <= after) {
      return yield* client.unexpected(
        `the search for ${list.resource} ignores its filter on ${column}. Check whether an extension changes the search.`
      )
    }
    return {
      // The last page again: nothing new is on it.
      items: last > after ? items : [],
      unreadable: [],
      last,
      totalCount,
      isLast: last <= after || items.length < pageSize || items.length >= totalCount
    }
  })

  const fails = (after: number, until: number) =>
    search(after, 1, until).pipe(
      Effect.as(false),
      Effect.catchIf(isInternalError, () => Effect.succeed(true))
    )

  /** The key of the first item beyond `after`, which cannot be read; `failure` if it is not the item's fault. */
  const isolate = Effect.fnUntraced(function* (after: number, failure: ConnectorError) {
    // Nothing lies between a key and itself: a shop that fails at this fails at everything.
    if (yield* fails(after, after)) return yield* failure
    let [readable, width] = [after, 1]
    while (!(yield* fails(after, after + width))) {
      readable = after + width
      width *= 2
      if (!Number.isSafeInteger(after + width)) return yield* failure
    }
    let bad = after + width
    while (bad - readable > 1) {
      const middle = Math.floor((readable + bad) / 2)
      if (yield* fails(after, middle)) bad = middle
      else readable = middle
    }
    return bad
  })

  const collect = (after: number, size: number): Effect.Effect<ListPage, ConnectorError> =>
    search(after, size).pipe(
      Effect.catchIf(
        isInternalError,
        Effect.fnUntraced(function* (failure: ConnectorError): Effect.fn.Return<ListPage, ConnectorError> {
          if (size === 1) {
            const bad = yield* isolate(after, failure)
            return { items: [], unreadable: [bad], last: bad, totalCount: 1, isLast: false }
          }
          const first = yield* collect(after, Math.ceil(size / 2))
          if (first.isLast) return first
          const second = yield* collect(first.last, Math.floor(size / 2))
          const whole = {
            items: [...first.items, ...second.items],
            unreadable: [...first.unreadable, ...second.unreadable],
            last: second.last,
            totalCount: first.items.length + first.unreadable.length + second.totalCount,
            isLast: second.isLast
          }
          return whole.items.length === 0 && whole.unreadable.length >= unreadableInARow
            ? yield* failure
            : whole
        })
      )
    )

  return yield* collect(asked.after, asked.pageSize)
})
