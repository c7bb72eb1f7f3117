/**
 * readByIds: items of a list by their keys, in as few searches as the shop allows.
 *
 * A single item that Commerce cannot print fails the search for all of them.
 * The search is then halved until the bad one is alone; and so it is where the
 * shop allows fewer items a page than there are keys.
 */
import { Effect } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Json } from "../../pipeline/SourceRecord.ts"
import { type CommerceClient, isInternalError } from "./CommerceClient.ts"
import { textAt } from "./recordOf.ts"
import type { List } from "./readPage.ts"

/** What became of a key: the item, that there is none, or that the shop fails when it prints it. */
export type FoundById =
  | { readonly _tag: "Found"; readonly item: Json }
  | { readonly _tag: "Missing" }
  | { readonly _tag: "Unreadable" }

/** Keys in one search: a longer address is refused by many web servers. */
const idsMaximum = 200

/** One entry for every key of `ids`. `fields` trims the answer and must keep the key and `total_count`. */
export const readByIds = Effect.fn("readByIds")(function* (
  client: CommerceClient,
  list: List,
  ids: ReadonlyArray<string>,
  fields?: string
): Effect.fn.Return<ReadonlyMap<string, FoundById>, ConnectorError> {
  if (ids.length === 0) return new Map()
  const halves = Effect.suspend(() => {
    const middle = Math.ceil(ids.length / 2)
    return Effect.zipWith(
      readByIds(client, list, ids.slice(0, middle), fields),
      readByIds(client, list, ids.slice(middle), fields),
      (first, second): ReadonlyMap<string, FoundById> => new Map([...first, ...second])
    )
  })
  if (ids.length > idsMaximum) return yield* halves
  return yield* client
    .search(
      list.resource,
      {
        filters: [{ field: list.key.column, condition: "in", value: ids.join(",") }],
        pageSize: ids.length,
        sortBy: list.key.column
      },
      fields === undefined ? {} : { fields }
    )
    .pipe(
      Effect.flatMap(({ items, pageSize }): Effect.Effect<ReadonlyMap<string, FoundById>, ConnectorError> => {
        if (pageSize < ids.length) return halves
        const found = new Map(items.map((item) => [textAt(item, list.key.field), item] as const))
        return Effect.succeed(
          new Map(
            ids.map((id): [string, FoundById] => {
              const item = found.get(id)
              return [id, item === undefined ? { _tag: "Missing" } : { _tag: "Found", item }]
            })
          )
        )
      }),
      Effect.catchIf(isInternalError, () =>
        ids.length === 1
          ? Effect.succeed(new Map(ids.map((id): [string, FoundById] => [id, { _tag: "Unreadable" }])))
          : halves
      )
    )
})
