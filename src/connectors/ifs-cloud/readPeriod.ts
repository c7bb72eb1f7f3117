/**
 * readPeriod: the rows of a table that belong to a past period.
 *
 * They are read in the order of their key, company after company, and the place
 * is the key of the last row: nothing else is remembered, however many they
 * are. IFS keeps days and local times, so a period is one of its own calendar;
 * part of a day takes the whole day.
 */
import { DateTime, Duration, Effect, Schema, Stream } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Cursor, Page, Period, PeriodReading } from "../../pipeline/Source.ts"
import { type Literal, odata, type PropertyName } from "./odata.ts"
import { companiesOf, ofCompany, type Reading, unexpectedCursor } from "./readTable.ts"
import { textOf } from "./seekRows.ts"

/** The company being read, and the key of its last row. */
const PeriodCursor = Schema.Struct({
  company: Schema.optionalKey(Schema.String),
  after: Schema.Array(Schema.String)
})
type PeriodCursor = typeof PeriodCursor.Type

const dayOf = (instant: DateTime.Utc) => DateTime.formatIsoDateUtc(instant)
const isMidnight = (instant: DateTime.Utc) => DateTime.formatIso(instant).endsWith("T00:00:00.000Z")

/** The bounds as the column writes time: days where it holds days, else instants. */
const boundsOf = (
  { from, until }: Period,
  example: string | undefined
): { readonly from: Literal; readonly until: Literal } => {
  if (example?.includes("T") === true) {
    return { from: odata.timestamp(from), until: odata.timestamp(until) }
  }
  const end = isMidnight(until) ? until : DateTime.addDuration(until, Duration.days(1))
  return { from: odata.date(from), until: odata.date(end) }
}

/** Reads the rows whose `column` lies in the period. */
export const readPeriod = (reading: Reading, column: PropertyName, period: Period): PeriodReading => {
  const { client, config, key } = reading
  const companies = companiesOf(reading)

  const question = (bounds: ReturnType<typeof boundsOf>, company: string | undefined) => ({
    entitySet: config.entitySet,
    select: [...new Set([...reading.select, ...key.map(({ property }) => property)])],
    filter: odata.and(
      ...ofCompany(company),
      odata.greaterOrEqual(column, bounds.from),
      odata.lessThan(column, bounds.until)
    ),
    order: key,
    names: config.properties
  })

  /** Any row tells whether the column holds days or instants; an empty table has nothing to read. */
  const example = Effect.map(
    client.rawPage(
      {
        entitySet: config.entitySet,
        select: [...new Set([...key.map(({ property }) => property), column])],
        ...(companies[0] === undefined ? {} : { filter: odata.and(...ofCompany(companies[0])) }),
        orderBy: key.map(({ property }) => property),
        names: config.properties
      },
      { top: 1 }
    ),
    ({ rows }) => textOf(rows[0] ?? {}, column)
  )

  const ofOne = (
    bounds: ReturnType<typeof boundsOf>,
    company: string | undefined,
    after: ReadonlyArray<string> | undefined
  ): Stream.Stream<Page, ConnectorError> =>
    client.seek(question(bounds, company), after).pipe(
      Stream.mapEffect(
        Effect.fnUntraced(function* ({ reached, rows }) {
          if (rows.length === 0 && after === undefined && company !== undefined) yield* reading.prove(company)
          const cursor: PeriodCursor = {
            ...(company === undefined ? {} : { company }),
            after: reached ?? after ?? []
          }
          return { records: yield* reading.toRecords(rows), cursor }
        })
      ),
      Stream.filter(({ records }) => records.length > 0)
    )

  const read = (cursor: Cursor | undefined) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const place =
          cursor === undefined
            ? undefined
            : yield* Schema.decodeUnknownEffect(PeriodCursor, { onExcessProperty: "error" })(cursor).pipe(
                Effect.mapError(() => unexpectedCursor(client, "Begin the backfill again."))
              )
        const bounds = boundsOf(period, yield* example)
        const first = Math.max(0, companies.indexOf(place?.company))
        return Stream.fromIterable(companies.slice(first)).pipe(
          Stream.flatMap((company) =>
            ofOne(bounds, company, place !== undefined && place.company === company ? place.after : undefined)
          )
        )
      })
    )

  return {
    by: `whose ${column} lies in the period, as IFS keeps it (${dayOf(period.from)} is a day of its calendar)`,
    read
  }
}
