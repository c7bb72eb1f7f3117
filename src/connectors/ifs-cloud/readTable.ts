/**
 * readTable: the rows of a table, all of them or those that changed.
 *
 * IFS shows no time of change on most rows. Where a tenant has such a column,
 * rows are read in its order, so that a row that changes while we read moves to
 * the end and is met there. Its times are local to the server: they are compared
 * with each other and never with our clock, and each reading starts an overlap
 * before the last one ended.
 */
import { DateTime, Duration, Effect, Option, Ref, Schema, Stream } from "effect"
import { type ConnectorError, UnexpectedResponse } from "../../pipeline/ConnectorError.ts"
import type { Cursor, Page } from "../../pipeline/Source.ts"
import type { SourceRecord } from "../../pipeline/SourceRecord.ts"
import { historyLog, keyReference } from "./historyLog.ts"
import type { IfsClient, RawRow } from "./IfsClient.ts"
import { type Filter, odata, type PropertyName } from "./odata.ts"
import { type OrderColumn, textOf } from "./seekRows.ts"
import type { TableConfig } from "./TableConfig.ts"

const Marks = Schema.Record(Schema.String, Schema.String)

/** Where a reading stands. Times are IFS's own text. */
const TableCursor = Schema.Struct({
  /** Of a reading of all rows that was not finished: the company, and the key of the last row. */
  scan: Schema.optionalKey(
    Schema.Struct({ company: Schema.optionalKey(Schema.String), after: Schema.Array(Schema.String) })
  ),
  /** By company, or of the history log: the last time of change that was met. */
  marks: Schema.optionalKey(Marks)
})
type TableCursor = typeof TableCursor.Type
const ofLog = "historyLog"

/** What is read. */
export interface Reading {
  readonly client: IfsClient
  readonly config: TableConfig
  readonly select: ReadonlyArray<string>
  readonly key: ReadonlyArray<OrderColumn>
  /** The columns of the key in the database of IFS, as its history log names them. */
  readonly columns: ReadonlyArray<string>
  /** Whether rows belong to companies: `Company` is then in every filter. */
  readonly perCompany: boolean
  /** Entity set of the history log. */
  readonly historyLog: string
  readonly toRecords: (
    rows: ReadonlyArray<RawRow>
  ) => Effect.Effect<ReadonlyArray<SourceRecord>, ConnectorError>
  /** Fails unless IFS shows us something of the company. */
  readonly prove: (company: string) => Effect.Effect<void, ConnectorError>
}

/** Rows asked for by key in one question: few enough for its address. */
const keysTogether = 20

/** `time` of IFS, so much earlier; a day stays a day. */
export const earlier = (time: string, by: Duration.Duration): string =>
  Option.match(DateTime.make(time), {
    onNone: () => time,
    onSome: (instant) => {
      const text = DateTime.formatIso(DateTime.subtractDuration(DateTime.toUtc(instant), by))
      return time.includes("T") ? text.replace(/\.\d+Z$/u, "Z") : text.slice(0, 10)
    }
  })

/** The companies to read one after the other; undefined stands for a table that knows none. */
export const companiesOf = (
  reading: Pick<Reading, "perCompany" | "config">
): ReadonlyArray<string | undefined> => (reading.perCompany ? (reading.config.companies ?? []) : [undefined])

/** The condition that names the company, where there is one. */
export const ofCompany = (name: string | undefined): ReadonlyArray<Filter> =>
  name === undefined ? [] : [odata.equal("Company", odata.string(name))]

/** A stored cursor that another source wrote; `remedy` says what to do. */
export const unexpectedCursor = (client: Pick<IfsClient, "fail">, remedy: string) =>
  client.fail(new UnexpectedResponse({ message: `the stored cursor is not one of this source. ${remedy}` }))

/** Pages after `cursor`. Ends when all has been read that there is. */
export const readTable = (
  reading: Reading,
  cursor: Cursor | undefined
): Stream.Stream<Page, ConnectorError> => {
  const { client, config, key } = reading
  const unexpected = (message: string) => client.fail(new UnexpectedResponse({ message }))
  const companies = companiesOf(reading)

  const question = (conditions: ReadonlyArray<Filter>, order: ReadonlyArray<OrderColumn>) => ({
    entitySet: config.entitySet,
    select: [...new Set([...reading.select, ...order.map(({ property }) => property)])],
    ...(conditions.length === 0 ? {} : { filter: odata.and(...conditions) }),
    order,
    names: config.properties
  })

  /** All rows, from where `start` stands; the last page stands at their end. */
  const scan = (start: TableCursor, marks: Ref.Ref<typeof Marks.Type>) => {
    const from = Math.max(0, companies.indexOf(start.scan?.company))
    const ofOne = (name: string | undefined, isFirst: boolean) => {
      const after = isFirst && start.scan?.company === name ? start.scan?.after : undefined
      return client.seek(question(ofCompany(name), key), after).pipe(
        Stream.mapEffect(
          Effect.fnUntraced(function* ({ reached, rows }) {
            if (rows.length === 0 && after === undefined && name !== undefined) yield* reading.prove(name)
            const place = reached ?? after
            const cursor: TableCursor = {
              marks: yield* Ref.get(marks),
              ...(place === undefined
                ? {}
                : { scan: { ...(name === undefined ? {} : { company: name }), after: place } })
            }
            return { records: yield* reading.toRecords(rows), cursor }
          })
        ),
        Stream.filter(({ records }) => records.length > 0)
      )
    }
    const end = Effect.map(Ref.get(marks), (marks): Page => ({ records: [], cursor: { marks } }))
    return Stream.concat(
      Stream.fromIterable(companies.slice(from).map((name, index) => ({ name, isFirst: index === 0 }))).pipe(
        Stream.flatMap(({ isFirst, name }) => ofOne(name, isFirst))
      ),
      Stream.fromEffect(end)
    )
  }

  /** Moves a mark on, never back: a reading starts with the overlap. */
  const moveOn = (marks: Ref.Ref<typeof Marks.Type>, name: string, time: string | undefined) =>
    Ref.updateAndGet(marks, (known) =>
      time === undefined || time <= (known[name] ?? "") ? known : { ...known, [name]: time }
    )

  /** Rows changed since the mark of their company, in the order of their change. */
  const byColumn = (column: PropertyName, marks: Ref.Ref<typeof Marks.Type>) =>
    Stream.flatMap(Stream.fromIterable(companies), (name) =>
      Stream.unwrap(
        Effect.map(Ref.get(marks), (known) => {
          const mark = known[name ?? ""]
          const since =
            mark === undefined
              ? Option.none()
              : Option.map(odata.literalOf("time", earlier(mark, config.overlap)), (literal) =>
                  odata.greaterOrEqual(column, literal)
                )
          return client
            .seek(
              question(
                [...ofCompany(name), ...Option.toArray(since)],
                [{ property: column, type: "time" }, ...key]
              )
            )
            .pipe(
              Stream.mapEffect(
                Effect.fnUntraced(function* ({ reached, rows }) {
                  if (rows.length === 0 && mark === undefined && name !== undefined)
                    yield* reading.prove(name)
                  const page: Page = {
                    records: yield* reading.toRecords(rows),
                    cursor: { marks: yield* moveOn(marks, name ?? "", reached?.[0]) }
                  }
                  return page
                })
              )
            )
        })
      )
    )

  /** The rows that lines of the log name; a row that is gone is not among them. */
  const rowsNamed = Effect.fnUntraced(function* (lines: ReadonlyArray<RawRow>) {
    const named = new Map(
      lines.map((line) => {
        const values = keyReference(textOf(line, "Keys") ?? "")
        return [JSON.stringify(values), values] as const
      })
    )
    const filters = yield* Effect.forEach([...named.values()], (values) =>
      Effect.map(
        Effect.forEach(key, ({ property, type }, index) =>
          Effect.map(
            Effect.fromOption(
              Option.flatMap(Option.fromUndefinedOr(values[reading.columns[index] ?? ""]), (value) =>
                odata.literalOf(type, value)
              )
            ),
            (literal) => odata.equal(property, literal)
          )
        ),
        (conditions) => odata.and(...conditions)
      )
    ).pipe(
      Effect.mapError(() =>
        unexpected(
          `the history log of IFS names rows otherwise than by ${reading.columns.join(", ")}. Use changes: scan.`
        )
      )
    )
    const wanted = companies.flatMap(ofCompany)
    const rows: Array<RawRow> = []
    for (let at = 0; at < filters.length; at += keysTogether) {
      const conditions = [
        ...(wanted.length === 0 ? [] : [odata.or(...wanted)]),
        odata.or(...filters.slice(at, at + keysTogether))
      ]
      const found = yield* client.rawPage(
        {
          entitySet: config.entitySet,
          select: reading.select,
          filter: odata.and(...conditions),
          orderBy: key.map(({ property }) => property),
          names: config.properties
        },
        { top: keysTogether }
      )
      rows.push(...found.rows)
    }
    return rows
  })

  /** First all rows, then what the log names. The log is asked for its end first, so that nothing falls between. */
  const byLog = (unit: string, start: TableCursor, marks: Ref.Ref<typeof Marks.Type>) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const log = historyLog(client, reading.historyLog, unit)
        const mark = start.marks?.[ofLog]
        if (mark === undefined) yield* moveOn(marks, ofLog, yield* log.newest)
        if (mark === undefined || start.scan !== undefined) return scan(start, marks)
        return Stream.mapEffect(
          yield* log.since(earlier(mark, config.overlap)),
          Effect.fnUntraced(function* ({ reached, rows }) {
            const page: Page = {
              records: yield* reading.toRecords(yield* rowsNamed(rows)),
              cursor: { marks: yield* moveOn(marks, ofLog, reached?.[0]) }
            }
            return page
          })
        )
      })
    )

  return Stream.unwrap(
    Effect.gen(function* () {
      const start = yield* Schema.decodeUnknownEffect(TableCursor, { onExcessProperty: "error" })(
        cursor ?? {}
      ).pipe(Effect.mapError(() => unexpectedCursor(client, "Reset the pipeline's cursor.")))
      const marks = yield* Ref.make(start.marks ?? {})
      const { changes } = config
      if (changes === "scan") return scan(start, marks)
      return "modifiedColumn" in changes
        ? byColumn(changes.modifiedColumn, marks)
        : byLog(changes.historyLog, start, marks)
    })
  )
}
