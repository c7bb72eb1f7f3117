/**
 * probeCustomers: what `ping` finds out about the settings of the sink of customers.
 */
import { Effect, Result } from "effect"
import type { Probe, ProbeLine } from "../../../pipeline/Connector.ts"
import { type Filter, makeCommerceClient } from "../CommerceClient.ts"
import type { Connection } from "../Connection.ts"
import { readAll } from "../readAll.ts"
import { textAt } from "../recordOf.ts"
import { readStores } from "../Stores.ts"
import type { CustomersConfig } from "./CustomersConfig.ts"

/** What a setting names by its key, and what the shop has of it: key and name. */
const ofKey = (
  setting: string,
  key: number | undefined,
  has: ReadonlyArray<readonly [key: string, name: string]>
): ReadonlyArray<ProbeLine> => {
  if (key === undefined) return []
  const name = has.find(([one]) => one === `${key}`)?.[1]
  return [
    name === undefined
      ? {
          failed: `${setting} ${key}: the shop has none of this id. Set ${setting} of the sink to one of ${has.map(([id, text]) => `${id} (${text})`).join(", ")}.`
        }
      : `${setting} of new customers: ${key}, ${name}`
  ]
}

/** The right to read customers, the attribute, and what new customers are put into. */
export const probeCustomers = (
  config: CustomersConfig,
  options: { readonly name: string; readonly connection: Connection }
): Probe =>
  Effect.gen(function* () {
    const client = yield* makeCommerceClient(options.name, options.connection)
    const { externalIdAttribute, group, store, website } = config

    const count = Effect.fnUntraced(function* (
      filters: ReadonlyArray<Filter>,
      said: (found: number) => string,
      otherwise: string
    ) {
      const found = yield* Effect.result(client.search("customers/search", { filters, pageSize: 1 }))
      const line: ProbeLine = Result.isSuccess(found)
        ? said(found.success.totalCount)
        : { failed: `${otherwise}: ${found.failure.reason.message}` }
      return line
    })

    const stores = yield* readStores(client)
    const groups =
      group === undefined
        ? []
        : yield* readAll(
            client,
            { resource: "customerGroups/search", key: { column: "id", field: "id" } },
            options.connection.pageSize
          )
    return [
      yield* count([], (found) => `readable: ${found} customers`, "customers"),
      ...(externalIdAttribute === undefined
        ? []
        : [
            yield* count(
              [{ field: externalIdAttribute, condition: "gt", value: "" }],
              (found) =>
                `key in the other system: attribute ${externalIdAttribute}, ${found} customers have one`,
              `externalIdAttribute ${externalIdAttribute}: make this attribute of customers in the shop, or name another one`
            )
          ]),
      ...ofKey("website", website, [...stores.websites]),
      ...ofKey(
        "store",
        store,
        [...stores.byId].map(([id, { code }]) => [id, code] as const)
      ),
      ...ofKey(
        "group",
        group,
        groups.map((one) => [textAt(one, "id"), textAt(one, "code")] as const)
      )
    ]
  })
