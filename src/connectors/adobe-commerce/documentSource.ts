/**
 * documentSource: a source of orders, of invoices or of credit memos; they differ in names only.
 */
import { type Duration, Effect, Ref, Schema, Stream } from "effect"
import type { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import { ConnectorError, NotFound } from "../../pipeline/ConnectorError.ts"
import { SalesDocument } from "../../pipeline/SalesDocument.ts"
import { defineSource, type OpenSource, type SourceDefinition } from "../../pipeline/Source.ts"
import type { Json } from "../../pipeline/SourceRecord.ts"
import { asUnavailable, type Filter, makeCommerceClient } from "./CommerceClient.ts"
import type { Connection } from "./Connection.ts"
import { fixtureRecords } from "./fixtureRecords.ts"
import type { Kind } from "./normalise.ts"
import { readOrders } from "./readOrders.ts"
import { readWindows } from "./readWindows.ts"
import { recordOf, textAt } from "./recordOf.ts"
import { readStores } from "./Stores.ts"

/** Settings under `with`, decoded. */
export interface DocumentsConfig {
  readonly stores?: ReadonlyArray<number>
  readonly states: ReadonlyArray<string>
  readonly from?: CalendarDate
  readonly overlap: Duration.Duration
  readonly lag: Duration.Duration
}

/** How Commerce's REST interface names the kind. */
export interface Names {
  readonly type: string
  readonly summary: string
  readonly kind: Kind
  /** Path of the list, which differs from the path of one for credit memos. */
  readonly list: string
  readonly one: string
  /** The field that names the order to read beside each document. */
  readonly orderIn: "order_id" | "relation_parent_id"
  /** Whether a document means nothing without that order. */
  readonly needsOrder: boolean
}

const filtersOf = (kind: Kind, config: DocumentsConfig): ReadonlyArray<Filter> => {
  const states = Object.entries(kind.states).flatMap(([number, word]) =>
    config.states.includes(word) ? [number] : []
  )
  return [
    { field: "state", condition: "in", value: states.join(",") },
    // One `in` filter: an `or` of several on store_id finds nothing.
    ...(config.stores === undefined
      ? []
      : [{ field: "store_id", condition: "in", value: config.stores.join(",") } as const]),
    ...(config.from === undefined
      ? []
      : [{ field: "created_at", condition: "gteq", value: `${config.from} 00:00:00` } as const])
  ]
}

const openDocuments = (name: string, connection: Connection, names: Names, config: DocumentsConfig) =>
  Effect.gen(function* () {
    const { kind } = names
    const client = yield* makeCommerceClient(name, connection)
    const stores = yield* Ref.make<ReadonlyMap<string, { readonly code: string; readonly name: string }>>(
      new Map()
    )
    const refresh = readStores(client).pipe(
      Effect.tap(({ byId }) => Ref.set(stores, byId)),
      Effect.map(({ now }) => now)
    )

    const toRecords = Effect.fn("documentSource.toRecords")(function* (documents: ReadonlyArray<Json>) {
      const ids = new Set(
        documents.map((document) => textAt(document, names.orderIn)).filter((id) => id !== "")
      )
      // A reading that is resumed in the middle of a window has not asked for the clock, and so not for the stores.
      if ((yield* Ref.get(stores)).size === 0) yield* refresh
      const orders = yield* readOrders(client, [...ids])
      const views = yield* Ref.get(stores)
      return documents.map((document) => {
        const store = views.get(textAt(document, "store_id"))
        const beside = orders.get(textAt(document, names.orderIn))
        return recordOf(kind, {
          document,
          ...(beside !== undefined && ("order" in beside || names.needsOrder) ? beside : {}),
          ...(store === undefined ? {} : { store })
        })
      })
    })

    const fetch: OpenSource["fetch"] = Effect.fn("documentSource.fetch")(function* (id) {
      const unknown = new ConnectorError({
        connection: name,
        reason: new NotFound({
          message: `there is no ${kind.label} with entity_id ${id}. Give the id of the document, not the number that is printed on it.`
        })
      })
      if (!/^[1-9]\d*$/u.test(id)) return yield* unknown
      const { body } = yield* client.get(`/V1/${names.one}/${id}`)
      const [record] = yield* toRecords([body])
      return record ?? (yield* unknown)
    })

    const read: OpenSource["read"] = (cursor) =>
      readWindows(
        {
          client,
          resource: names.list,
          filters: filtersOf(kind, config),
          pageSize: connection.pageSize,
          overlap: config.overlap,
          lag: config.lag,
          now: refresh,
          toRecords
        },
        cursor
      ).pipe(Stream.mapError(asUnavailable))

    return { read, fetch }
  })

/** Defines the source; `config` decodes the settings under `with`. */
export const documentSource = <Config extends DocumentsConfig, Encoded>(
  names: Names,
  config: Schema.Codec<Config, Encoded>
): SourceDefinition<Connection> =>
  defineSource<Connection, Config, Encoded>({
    type: names.type,
    summary: names.summary,
    config,
    record: SalesDocument,
    make: (options) => ({
      open: openDocuments(options.name, options.connection, names, options.config),
      fixture: (payload) => fixtureRecords(names.kind, payload)
    })
  })
