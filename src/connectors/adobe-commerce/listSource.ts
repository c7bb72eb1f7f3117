/**
 * listSource: a source of anything that is no sales document: customers, products, payments, companies.
 *
 * They differ in names, in what must be read beside each item, and in how one
 * becomes a record in our own words; each of those is a short file of its own.
 */
import { type Duration, Effect, Result, Schema, Stream } from "effect"
import { ConnectorError, NotFound } from "../../pipeline/ConnectorError.ts"
import { defineSource, type OpenSource, type SourceDefinition } from "../../pipeline/Source.ts"
import type { Json, NormalisedRecord, Problem, SourceRecord } from "../../pipeline/SourceRecord.ts"
import { asUnavailable, type CommerceClient, type Filter, makeCommerceClient } from "./CommerceClient.ts"
import type { Connection } from "./Connection.ts"
import { decodePayload } from "./decodePayload.ts"
import { type Columns, findBy } from "./findBy.ts"
import type { List } from "./readPage.ts"
import { readPeriod } from "./readPeriod.ts"
import { readWindows, type Sweep } from "./readWindows.ts"
import { textAt, unreadableRecord } from "./recordOf.ts"
import { type KnownStores, knownStores } from "./Stores.ts"

/** Settings under `with`, decoded. */
export interface ListConfig {
  readonly overlap: Duration.Duration
  readonly lag: Duration.Duration
  readonly sweep?: Sweep & { readonly enabled: boolean }
}

/**
 * An item of the list under `document`, and by name what was read beside it; under `key` the key of the item by which
 * the record is known, where that is another one.
 */
export interface Given {
  readonly document: Json
  readonly [beside: string]: Json
}

/** A shop that was opened for a list. */
export interface OpenShop {
  readonly client: CommerceClient
  readonly stores: KnownStores
  readonly pageSize: number
}

/** What tells the lists apart. */
export interface ListKind<Config> {
  readonly type: string
  readonly summary: string
  /** Of the origin, in our own words: customer, payment. */
  readonly resource: string
  /** In messages. */
  readonly label: string
  readonly list: List
  /** The column that says when an item changed, or was made; without one every reading reads everything. */
  readonly time?: string
  /** The field people call an item by; without one they use the record's own key. */
  readonly number?: string
  /** Stands before the key of an item in the key of its record. */
  readonly prefix?: string
  readonly record: Schema.Codec<unknown, unknown>
  readonly people?: NonNullable<SourceDefinition<Connection>["people"]>
  /** Column of each field of the record that a look-up may find it by. */
  readonly lookUpBy?: Columns
  readonly filters?: (config: Config) => ReadonlyArray<Filter>
  /**
   * Reads what is needed beside the items of a page, once for all of them; gives as many records as there are to
   * be. Made once for an open source.
   */
  readonly beside?: (
    shop: OpenShop,
    config: Config
  ) => Effect.Effect<
    (items: ReadonlyArray<Json>) => Effect.Effect<ReadonlyArray<Given>, ConnectorError>,
    ConnectorError
  >
  /** Pure. Never fails: what cannot be read becomes problems. */
  readonly normalise: (given: Given) => NormalisedRecord
}

/** Decodes the item of `given` and puts it into our own words; what cannot be read becomes problems. */
export const normaliseItem = <Type, Encoded>(
  schema: Schema.Codec<Type, Encoded>,
  label: string,
  { document }: Given,
  toRecord: (item: Type) => { readonly [key: string]: Json } | Problem
): NormalisedRecord =>
  Result.match(decodePayload(schema, label, document), {
    onFailure: (problems): NormalisedRecord => ({ _tag: "Problems", problems }),
    onSuccess: (item): NormalisedRecord => {
      const made = toRecord(item)
      return isProblem(made) ? { _tag: "Problems", problems: [made] } : { _tag: "Record", record: made }
    }
  })

const isProblem = (made: { readonly [key: string]: Json } | Problem): made is Problem =>
  typeof made["code"] === "string" && typeof made["path"] === "string" && typeof made["message"] === "string"

/** What makes a record of an item, however it was read. */
export type ItemKind = Pick<
  ListKind<never>,
  "resource" | "label" | "time" | "number" | "prefix" | "normalise"
> & {
  readonly list: { readonly key: Pick<List["key"], "field"> }
}

const recordKey = ({ prefix = "" }: Pick<ItemKind, "prefix">, key: string) => `${prefix}${key}`

/** The record of an item and of what was read beside it. */
export const recordFrom = (kind: ItemKind, given: Given): SourceRecord => {
  const id = recordKey(kind, textAt(given, "key") || textAt(given.document, kind.list.key.field))
  return {
    origin: {
      system: "adobe-commerce",
      resource: kind.resource,
      id,
      number: textAt(given.document, kind.number ?? "") || id,
      revision: textAt(given.document, kind.time ?? "")
    },
    raw: given,
    normalised: kind.normalise(given)
  }
}

const isMap = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Records from a saved item, a search result, or either with what is read beside it. */
export const fixtureOf = (kind: ItemKind, payload: Json): ReadonlyArray<SourceRecord> | Problem => {
  const items = isMap(payload) && Array.isArray(payload["items"]) ? payload["items"] : [payload]
  const given = items.flatMap((item): ReadonlyArray<Given> => {
    const whole =
      isMap(item) && isMap(item["document"]) ? { ...item, document: item["document"] } : { document: item }
    return textAt(whole.document, kind.list.key.field) === "" ? [] : [whole]
  })
  return given.length < items.length
    ? {
        code: "not-a-payload",
        message: `this is no ${kind.label} of Adobe Commerce: it has no ${kind.list.key.field}. Give one, a search result { "items": [...] }, or { "document": … } with what is read beside it.`,
        path: ""
      }
    : given.map((each) => recordFrom(kind, each))
}

const openList = <Config extends ListConfig>(
  name: string,
  connection: Connection,
  kind: ListKind<Config>,
  config: Config
) =>
  Effect.gen(function* () {
    const client = yield* makeCommerceClient(name, connection)
    const stores = yield* knownStores(client)
    const { pageSize } = connection
    const beside =
      kind.beside === undefined
        ? (items: ReadonlyArray<Json>) => Effect.succeed(items.map((document): Given => ({ document })))
        : yield* kind.beside({ client, stores, pageSize }, config)
    const toRecords = Effect.fn("listSource.toRecords")(function* (items: ReadonlyArray<Json>) {
      if (items.length === 0) return []
      return (yield* beside(items)).map((given) => recordFrom(kind, given))
    })

    const fetch: OpenSource["fetch"] = Effect.fn("listSource.fetch")(function* (id) {
      const unknown = new ConnectorError({
        connection: name,
        reason: new NotFound({
          message: `there is no ${kind.label} with the key ${id}. Give the key, not the number that people call it by.`
        })
      })
      const { prefix = "" } = kind
      const key = id.startsWith(prefix) ? id.slice(prefix.length) : ""
      if (!/^[1-9]\d*$/u.test(key)) return yield* unknown
      const { items } = yield* client.search(kind.list.resource, {
        filters: [{ field: kind.list.key.column, condition: "eq", value: key }],
        pageSize: 1,
        sortBy: kind.list.key.column
      })
      const [record] = yield* toRecords(items)
      return record?.origin.id === id ? record : yield* unknown
    })

    const { time } = kind
    const question = {
      client,
      list: kind.list,
      filters: kind.filters?.(config) ?? [],
      pageSize,
      toRecords,
      unreadable: (key: number) => unreadableRecord({ ...kind, key: recordKey(kind, `${key}`) })
    }
    const read: OpenSource["read"] = (cursor) =>
      readWindows(
        {
          ...question,
          ...(time === undefined ? {} : { time }),
          overlap: config.overlap,
          lag: config.lag,
          ...(config.sweep?.enabled === true ? { sweep: config.sweep } : {}),
          now: stores.refresh
        },
        cursor
      ).pipe(Stream.mapError(asUnavailable))
    const period: Pick<OpenSource, "period"> =
      time === undefined ? {} : { period: (asked) => readPeriod({ ...question, time }, asked) }

    const find = findBy(name, { client, list: kind.list, columns: kind.lookUpBy ?? {}, toRecords })
    return { read, ...period, fetch, find }
  })

/** Defines the source; `config` decodes the settings under `with`. */
export const listSource = <Config extends ListConfig, Encoded>(
  kind: ListKind<Config>,
  config: Schema.Codec<Config, Encoded>
): SourceDefinition<Connection> =>
  defineSource<Connection, Config, Encoded>({
    type: kind.type,
    summary: kind.summary,
    config,
    record: kind.record,
    ...(kind.people === undefined ? {} : { people: kind.people }),
    ...(kind.lookUpBy === undefined ? {} : { lookUpBy: Object.keys(kind.lookUpBy) }),
    make: (options) => {
      const open = openList(options.name, options.connection, kind, options.config)
      return { open, fixture: (payload) => fixtureOf(kind, payload), lookUp: open }
    }
  })
