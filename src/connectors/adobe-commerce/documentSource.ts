/**
 * documentSource: a source of orders, of invoices or of credit memos; they differ in names only.
 */
import { type Duration, Effect, Schema, Stream } from "effect"
import type { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import { ConnectorError, NotFound } from "../../pipeline/ConnectorError.ts"
import { SalesDocument } from "../../pipeline/SalesDocument.ts"
import { defineSource, type OpenSource, type SourceDefinition } from "../../pipeline/Source.ts"
import { valueAt } from "../../http/eventBody.ts"
import type { Json, SourceRecord } from "../../pipeline/SourceRecord.ts"
import { asUnavailable, type Filter, makeCommerceClient } from "./CommerceClient.ts"
import type { Connection } from "./Connection.ts"
import { type Columns, findBy } from "./findBy.ts"
import { fixtureRecords } from "./fixtureRecords.ts"
import type { Kind } from "./normalise.ts"
import { readOrders } from "./readOrders.ts"
import { readPeriod } from "./readPeriod.ts"
import { readWindows, type Sweep } from "./readWindows.ts"
import { recordOf, textAt, unreadableRecord } from "./recordOf.ts"
import { knownStores } from "./Stores.ts"
import { type CategoriesConfig, withCategories } from "./withCategories.ts"
import { withGuests } from "./withGuests.ts"

/** Settings under `with`, decoded. */
export interface DocumentsConfig {
  readonly stores?: ReadonlyArray<number>
  readonly states: ReadonlyArray<string>
  readonly from?: CalendarDate
  readonly categories?: CategoriesConfig
  readonly guests: boolean
  readonly overlap: Duration.Duration
  readonly lag: Duration.Duration
  readonly sweep: Sweep & { readonly enabled: boolean }
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
  /** Column of each field of the document that a look-up may find it by. */
  readonly lookUpBy?: Columns
}

const filtersOf = (
  kind: Kind,
  config: Pick<DocumentsConfig, "stores" | "states" | "from">
): ReadonlyArray<Filter> => {
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

/** The same choice as the filters, of a document that was fetched by its id. */
const isChosen = (kind: Kind, config: DocumentsConfig, raw: Json): boolean => {
  const document = valueAt(raw, "document")
  const state = kind.states[textAt(document, "state")]
  const createdAt = textAt(document, "created_at")
  return (
    state !== undefined &&
    config.states.includes(state) &&
    (config.stores?.some((store) => `${store}` === textAt(document, "store_id")) ?? true) &&
    (config.from === undefined || createdAt >= `${config.from} 00:00:00`)
  )
}

const openDocuments = (name: string, connection: Connection, names: Names, config: DocumentsConfig) =>
  Effect.gen(function* () {
    const { kind } = names
    const client = yield* makeCommerceClient(name, connection)
    const stores = yield* knownStores(client)

    const fileLines =
      config.categories === undefined
        ? undefined
        : yield* withCategories(client, { pageSize: connection.pageSize, config: config.categories })
    const nameGuests = config.guests ? yield* withGuests(client) : undefined

    const toRecords = Effect.fn("documentSource.toRecords")(function* (documents: ReadonlyArray<Json>) {
      const ids = new Set(
        documents.map((document) => textAt(document, names.orderIn)).filter((id) => id !== "")
      )
      const orders = yield* readOrders(client, [...ids])
      const { byId } = yield* stores.known
      const records = documents.map((document) => {
        const store = byId.get(textAt(document, "store_id"))
        const beside = orders.get(textAt(document, names.orderIn))
        return recordOf(kind, {
          document,
          ...(beside !== undefined && ("order" in beside || names.needsOrder) ? beside : {}),
          ...(store === undefined ? {} : { store })
        })
      })
      const filed = fileLines === undefined ? records : yield* fileLines(records)
      return nameGuests === undefined ? filed : yield* nameGuests(filed)
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

    const list = { resource: names.list, key: { column: "entity_id", field: "entity_id" } }
    const read: OpenSource["read"] = (cursor) =>
      readWindows(
        {
          client,
          list,
          time: "updated_at",
          filters: filtersOf(kind, config),
          pageSize: connection.pageSize,
          overlap: config.overlap,
          lag: config.lag,
          ...(config.sweep.enabled ? { sweep: config.sweep } : {}),
          now: stores.refresh,
          toRecords,
          unreadable: (key) => unreadableRecord({ resource: kind.kind, label: kind.label, key })
        },
        cursor
      ).pipe(Stream.mapError(asUnavailable))

    // By creation, which never changes, so that nothing leaves the period while it is read.
    const period: OpenSource["period"] = (asked) => {
      const { from: _, ...choice } = config
      return readPeriod(
        {
          client,
          list,
          time: "created_at",
          filters: filtersOf(kind, choice),
          pageSize: connection.pageSize,
          toRecords,
          unreadable: (key) => unreadableRecord({ resource: kind.kind, label: kind.label, key })
        },
        asked
      )
    }

    const find = findBy(name, { client, list, columns: names.lookUpBy ?? {}, toRecords })
    const includes = (record: SourceRecord) => isChosen(kind, config, record.raw)
    return { read, period, fetch, find, includes }
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
    ...(names.lookUpBy === undefined ? {} : { lookUpBy: Object.keys(names.lookUpBy) }),
    make: (options) => {
      const open = openDocuments(options.name, options.connection, names, options.config)
      return {
        open,
        lookUp: open,
        fixture: (payload) => fixtureRecords(names.kind, payload),
        ...(options.config.guests ? {} : { lacks: { "customer.guestId": "guests: true" } })
      }
    }
  })
