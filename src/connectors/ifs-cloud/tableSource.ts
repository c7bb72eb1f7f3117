/**
 * tableSource: a source that reads one table of IFS; they differ in their declarations only.
 */
import { Effect, Option, Schema } from "effect"
import { type ConnectorError, NotFound } from "../../pipeline/ConnectorError.ts"
import { foundRecords, type OpenLookUp } from "../../pipeline/LookUp.ts"
import { defineSource, type OpenSource, type Period, type SourceDefinition } from "../../pipeline/Source.ts"
import type { Json, SourceRecord } from "../../pipeline/SourceRecord.ts"
import { companyVisibility } from "./companyVisibility.ts"
import type { Connection } from "./Connection.ts"
import { columnOf } from "./historyLog.ts"
import { type IfsClient, makeIfsClient, type RawRow } from "./IfsClient.ts"
import { odata, PropertyName } from "./odata.ts"
import { readPeriod } from "./readPeriod.ts"
import { type Reading, readTable } from "./readTable.ts"
import { textOf } from "./seekRows.ts"
import { columnsOf, keyOfId, type Table, tableRecord } from "./Table.ts"
import type { TableConfig } from "./TableConfig.ts"

/** A table, and what makes a source of it. */
export interface TableDefinition<Row, EncodedRow, Config extends TableConfig, Encoded> extends Table<
  Row,
  EncodedRow,
  Config
> {
  readonly type: string
  readonly summary: string
  readonly config: Schema.Codec<Config, Encoded>
  /** The record it emits. */
  readonly record: Schema.Codec<unknown, unknown>
  /** Whether rows belong to companies: `Company` is then in every filter. */
  readonly perCompany: boolean
  /** Property with the day that a row belongs to, where it has one; a past period is read by it. */
  readonly day?: string
  /** Property, a text, of each name that a look-up may find a row by. */
  readonly lookUpBy?: Readonly<Record<string, string>>
  /** Reads what belongs to a row and stands elsewhere. */
  readonly beside?: (
    opened: {
      readonly client: IfsClient
      readonly connection: Connection
      /** Fails unless IFS shows us something of the company. */
      readonly prove: (company: string) => Effect.Effect<void, ConnectorError>
    },
    config: Config,
    row: RawRow
  ) => Effect.Effect<Json, ConnectorError>
}

/** Rows of which something beside is read at one time. */
const besideTogether = 4

const isRow = (value: Json): value is RawRow =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** A saved answer of the entity set, one row of it, or a record's `raw`. */
const rowsOf = (payload: Json): ReadonlyArray<{ readonly row: RawRow; readonly beside: Json }> => {
  if (!isRow(payload)) return Array.isArray(payload) ? payload.flatMap(rowsOf) : []
  const { beside = null, row, value } = payload
  if (Array.isArray(value)) return value.flatMap(rowsOf)
  return [row !== undefined && isRow(row) ? { row, beside } : { row: payload, beside: null }]
}

/** Defines the source. */
export const tableSource = <Row, EncodedRow, Config extends TableConfig, Encoded>(
  table: TableDefinition<Row, EncodedRow, Config, Encoded>
): SourceDefinition<Connection> =>
  defineSource<Connection, Config, Encoded>({
    type: table.type,
    summary: table.summary,
    config: table.config,
    record: table.record,
    ...(table.lookUpBy === undefined ? {} : { lookUpBy: Object.keys(table.lookUpBy) }),
    make: ({ config, connection, name }) => {
      const { key, select } = columnsOf(table, config)
      const recordOf = (row: RawRow, beside: Json): SourceRecord =>
        tableRecord(table, config, { row, etag: textOf(row, "@odata.etag") ?? "", beside })

      const open = Effect.gen(function* () {
        const client = yield* makeIfsClient({ name, connection })
        const prove = yield* companyVisibility(client, connection, {
          doubt: `that there is no ${table.resource}`,
          place: "companies of the source"
        })
        const toRecords = (rows: ReadonlyArray<RawRow>) =>
          Effect.forEach(
            rows,
            (row) =>
              Effect.map(
                table.beside?.({ client, connection, prove }, config, row) ?? Effect.succeed(null),
                (beside) => recordOf(row, beside)
              ),
            { concurrency: besideTogether }
          )

        const fetch: OpenSource["fetch"] = Effect.fn("tableSource.fetch")(function* (id) {
          const unknown = client.fail(
            new NotFound({
              message: `IFS shows our user no ${table.resource} ${id}. Give its key, ${Object.keys(table.key).join("/")}.`
            })
          )
          const literals = yield* Effect.mapError(Effect.fromOption(keyOfId(key, id)), () => unknown)
          const { rows } = yield* client.rawPage(
            {
              entitySet: config.entitySet,
              select,
              filter: odata.and(
                ...key.map(({ property }, index) =>
                  odata.equal(property, literals[index] ?? odata.string(""))
                )
              ),
              orderBy: key.map(({ property }) => property),
              names: config.properties
            },
            { top: 1 }
          )
          const [record] = yield* toRecords(rows)
          return record ?? (yield* unknown)
        })

        const findIn = Effect.fnUntraced(function* (
          company: string | undefined,
          property: PropertyName,
          value: string
        ) {
          const { rows } = yield* client.rawPage(
            {
              entitySet: config.entitySet,
              select,
              filter: odata.and(
                ...(company === undefined ? [] : [odata.equal("Company", odata.string(company))]),
                odata.equal(property, odata.string(value))
              ),
              orderBy: key.map((column) => column.property),
              names: config.properties
            },
            { top: 2 }
          )
          // Nothing is only believed of a company that IFS shows us.
          if (rows.length === 0 && company !== undefined) yield* prove(company)
          return rows
        })
        const find: OpenLookUp["find"] = Effect.fn("tableSource.find")(function* (field, value) {
          const property = Option.flatMap(
            Option.fromUndefinedOr(table.lookUpBy?.[field]),
            Schema.decodeOption(PropertyName)
          )
          if (Option.isNone(property)) return []
          const companies = table.perCompany ? (config.companies ?? []) : [undefined]
          const rows = yield* Effect.forEach(companies, (company) => findIn(company, property.value, value))
          return yield* foundRecords(name, yield* toRecords(rows.flat()))
        })

        const reading: Reading = {
          client,
          config,
          select,
          key,
          columns: Object.keys(table.key).map(columnOf),
          perCompany: table.perCompany,
          historyLog: connection.projections.historyLog,
          toRecords,
          prove
        }
        const { changes } = config
        // The row's own day does not move while the period is read, unlike the time of its last change.
        const timeColumn = Option.orElse(
          Option.flatMap(
            Option.fromUndefinedOr(
              table.day === undefined || config.without.includes(table.day) ? undefined : table.day
            ),
            Schema.decodeOption(PropertyName)
          ),
          () =>
            typeof changes !== "string" && "modifiedColumn" in changes
              ? Option.some(changes.modifiedColumn)
              : Option.none()
        )
        const opened: OpenSource & OpenLookUp = {
          read: (cursor) => readTable(reading, cursor),
          ...Option.match(timeColumn, {
            onNone: () => ({}),
            onSome: (column) => ({ period: (period: Period) => readPeriod(reading, column, period) })
          }),
          fetch,
          find
        }
        return opened
      })

      return {
        open,
        lookUp: open,
        fixture: (payload) => {
          const rows = rowsOf(payload)
          return rows.length === 0
            ? {
                code: "ifs-cloud/fixture",
                message: `the file holds no ${table.resource}: give an answer of ${config.entitySet}, or one row of it.`,
                path: ""
              }
            : rows.map(({ beside, row }) => recordOf(row, beside))
        }
      }
    }
  })
