/**
 * findBy: asks a list of Commerce for the items whose column has a value.
 */
import { Effect } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import { foundRecords, type OpenLookUp } from "../../pipeline/LookUp.ts"
import type { Json, SourceRecord } from "../../pipeline/SourceRecord.ts"
import type { CommerceClient } from "./CommerceClient.ts"
import type { List } from "./readPage.ts"

/** Column of each field of the record that items may be found by. */
export type Columns = { readonly [field: string]: string }

/** The `find` of a source. `toRecords` reads what belongs to the items and puts them into our own words. */
export const findBy = (
  name: string,
  options: {
    readonly client: CommerceClient
    readonly list: List
    readonly columns: Columns
    readonly toRecords: (
      items: ReadonlyArray<Json>
    ) => Effect.Effect<ReadonlyArray<SourceRecord>, ConnectorError>
  }
): OpenLookUp["find"] =>
  Effect.fn("findBy")(function* (field, value) {
    const { client, columns, list, toRecords } = options
    const column = columns[field]
    // MySQL reads "7abc" as the key 7.
    if (column === undefined || (column === list.key.column && !/^[1-9]\d*$/u.test(value))) return []
    const { items } = yield* client.search(list.resource, {
      filters: [{ field: column, condition: "eq", value }],
      pageSize: 2,
      sortBy: list.key.column
    })
    return yield* foundRecords(name, yield* toRecords(items))
  })
