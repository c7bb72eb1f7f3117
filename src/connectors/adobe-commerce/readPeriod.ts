/**
 * readPeriod: pages of what a list has of a past period.
 *
 * The period is read in windows of one day, so that the shop never sorts more
 * than a day's items for one page. Inside a window the order is that of the
 * key, as for readWindows, and the place is the window and the last key seen:
 * nothing else is remembered, however long the period is.
 */
import { DateTime, Duration, Effect, Option, Schema, Stream } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Cursor, Page, Period, PeriodReading } from "../../pipeline/Source.ts"
import { commerceTime } from "./commerceTime.ts"
import { asUnavailable, type Filter } from "./CommerceClient.ts"
import { readPage } from "./readPage.ts"
import { pageOf, type Reading } from "./readWindows.ts"

const window = Duration.days(1)

/** The first instant of the window being read, as Commerce writes it, and the last key seen in it. */
const PeriodCursor = Schema.Struct({ from: Schema.String, after: Schema.Int })
type PeriodCursor = typeof PeriodCursor.Type

/** What is read, and by which of its columns. */
export interface PeriodQuestion extends Pick<
  Reading,
  "client" | "list" | "filters" | "pageSize" | "toRecords" | "unreadable"
> {
  readonly time: string
}

const instantOf = (text: string) =>
  Option.map(DateTime.make(`${text.replace(" ", "T")}Z`), (instant) => DateTime.toUtc(instant))

/** The last second before an instant; Commerce's times have no fractions. */
const secondBefore = (instant: DateTime.Utc) =>
  commerceTime(DateTime.subtractDuration(instant, Duration.seconds(1)))

/** Reads the items whose `time` lies in the period. */
export const readPeriod = (question: PeriodQuestion, { from, until }: Period): PeriodReading => {
  const { client, list, pageSize, time } = question
  const between = (first: string, last: string): ReadonlyArray<Filter> => [
    { field: time, condition: "gteq", value: first },
    { field: time, condition: "lteq", value: last },
    ...question.filters
  ]

  const readNext = Effect.fnUntraced(function* (
    place: PeriodCursor
  ): Effect.fn.Return<readonly [ReadonlyArray<Page>, Option.Option<PeriodCursor>], ConnectorError> {
    const start = Option.getOrElse(instantOf(place.from), () => from)
    const next = DateTime.addDuration(start, window)
    const end = DateTime.isLessThan(next, until) ? next : until
    const found = yield* readPage(client, list, {
      filters: between(place.from, secondBefore(end)),
      after: place.after,
      pageSize
    })
    const reached = found.isLast
      ? { from: commerceTime(end), after: 0 }
      : { from: place.from, after: found.last }
    const page = yield* pageOf(question, found, reached)
    const isOver = found.isLast && !DateTime.isLessThan(end, until)
    return [[page], isOver ? Option.none() : Option.some(reached)]
  })

  const start = (cursor: Cursor | undefined) =>
    cursor === undefined
      ? Effect.succeed({ from: commerceTime(from), after: 0 })
      : Schema.decodeUnknownEffect(PeriodCursor, { onExcessProperty: "error" })(cursor).pipe(
          Effect.mapError(() =>
            client.unexpected("the stored place is not one of this source. Begin the backfill again.")
          )
        )
  const isBehind = (place: PeriodCursor) =>
    Option.exists(instantOf(place.from), (instant) => !DateTime.isLessThan(instant, until))

  return {
    by: `${time === "updated_at" ? "last changed" : "created"} in the period, by the shop's own time in UTC`,
    count: client
      .search(list.resource, {
        filters: between(commerceTime(from), secondBefore(until)),
        pageSize: 1,
        sortBy: list.key.column
      })
      .pipe(
        Effect.map(({ totalCount }) => totalCount),
        Effect.mapError(asUnavailable)
      ),
    read: (cursor) =>
      Stream.unwrap(
        Effect.map(start(cursor), (place) =>
          isBehind(place) ? Stream.empty : Stream.paginate(place, readNext)
        )
      ).pipe(Stream.mapError(asUnavailable))
  }
}
