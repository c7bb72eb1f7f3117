/**
 * readWindows: pages of what has changed in a list, by closed windows of time.
 *
 * A window ends a little before the shop's own present and starts an overlap
 * before the last one ended: times have one-second resolution and are taken
 * when a row is written, not when it is committed. Inside a window the order is
 * that of the key and every page asks for keys above the last one seen, so rows
 * that move while we read shift nothing, and no page past the last is ever
 * asked for.
 *
 * Once up to the present it sweeps, once a day: the last days are read again by
 * key, for what was committed later than any overlap, and for changes that the
 * shop does not stamp. A sweep has its own place in the cursor, goes on for a few
 * pages at each reading and never holds up what is new.
 */
import { DateTime, type Duration, Effect, Option, Schema, Stream } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Cursor, Page } from "../../pipeline/Source.ts"
import type { Json, SourceRecord } from "../../pipeline/SourceRecord.ts"
import type { CommerceClient, Filter } from "./CommerceClient.ts"
import { commerceTime } from "./commerceTime.ts"
import { type List, type ListPage, readPage } from "./readPage.ts"

const Window = Schema.Struct({
  from: Schema.optionalKey(Schema.String),
  to: Schema.String,
  after: Schema.Int
})

const SweepPlace = Schema.Struct({ since: Schema.optionalKey(Schema.String), after: Schema.Int })

/** All times are Commerce's own text, "2026-01-31 23:59:58" in UTC, which sorts as time does. */
const CommerceCursor = Schema.Struct({
  /** Everything up to here has been read. */
  watermark: Schema.optionalKey(Schema.String),
  /** The window being read, and the last key seen in it. */
  window: Schema.optionalKey(Window),
  /** When the last sweep began, or the reading itself. */
  swept: Schema.optionalKey(Schema.String),
  /** The sweep under way, and the last key seen in it. */
  sweep: Schema.optionalKey(SweepPlace)
})
type CommerceCursor = typeof CommerceCursor.Type

/** How often to read again, and how far back; without `back`, everything. */
export interface Sweep {
  readonly every: Duration.Duration
  readonly back?: Duration.Duration
}

/** What is read, and how. */
export interface Reading {
  readonly client: CommerceClient
  readonly list: List
  /** The column that says when an item changed, or was made; without one every reading reads everything. */
  readonly time?: string
  /** Conditions beside time. */
  readonly filters: ReadonlyArray<Filter>
  readonly pageSize: number
  readonly overlap: Duration.Duration
  readonly lag: Duration.Duration
  readonly sweep?: Sweep
  /** Called once for every window; gives the shop's clock. */
  readonly now: Effect.Effect<DateTime.Utc, ConnectorError>
  readonly toRecords: (
    items: ReadonlyArray<Json>
  ) => Effect.Effect<ReadonlyArray<SourceRecord>, ConnectorError>
  /** Stands for an item that the shop cannot print. */
  readonly unreadable: (key: number) => SourceRecord
}

/** What was found, as a page; `cursor` is safe once it is stored. */
export const pageOf = Effect.fnUntraced(function* (
  reading: Pick<Reading, "toRecords" | "unreadable">,
  found: ListPage,
  cursor: Cursor
): Effect.fn.Return<Page, ConnectorError> {
  const records = yield* reading.toRecords(found.items)
  return {
    records: [...records, ...found.unreadable.map(reading.unreadable)],
    cursor,
    remaining: found.totalCount
  }
})

/** Pages of a sweep at one reading, so that a long one holds up nothing. */
const sweepPages = 20

const earlier = (text: string, by: Duration.Duration): string =>
  Option.match(DateTime.make(`${text.replace(" ", "T")}Z`), {
    onNone: () => text,
    onSome: (instant) => commerceTime(DateTime.subtractDuration(DateTime.toUtc(instant), by))
  })

interface State {
  readonly cursor: CommerceCursor
  /** The window was left open by a stopped run. */
  readonly isResumed: boolean
  /** Pages that may still be swept; undefined while windows are read. */
  readonly sweeping?: number
}

type Step = readonly [ReadonlyArray<Page>, Option.Option<State>]

const done: Step = [[], Option.none()]

/** Pages after `cursor`, until the present; the last of a window moves the watermark even when it is empty. */
export const readWindows = (
  reading: Reading,
  cursor: Cursor | undefined
): Stream.Stream<Page, ConnectorError> => {
  const { client, list, pageSize, time } = reading

  const openWindow = Effect.fnUntraced(function* (watermark: string | undefined) {
    const to = commerceTime(DateTime.subtractDuration(yield* reading.now, reading.lag))
    if (watermark !== undefined && to <= watermark) return undefined
    return { ...(watermark === undefined ? {} : { from: earlier(watermark, reading.overlap) }), to, after: 0 }
  })

  const between = (from: string | undefined, to: string | undefined): ReadonlyArray<Filter> =>
    time === undefined
      ? []
      : [
          ...(from === undefined ? [] : [{ field: time, condition: "gteq", value: from } as const]),
          ...(to === undefined ? [] : [{ field: time, condition: "lteq", value: to } as const])
        ]

  const readWindow = Effect.fnUntraced(function* (state: State): Effect.fn.Return<Step, ConnectorError> {
    const { window: _, ...standing } = state.cursor
    const window = state.cursor.window ?? (yield* openWindow(state.cursor.watermark))
    if (window === undefined) return done
    const found = yield* readPage(client, list, {
      filters: [...between(window.from, window.to), ...reading.filters],
      after: window.after,
      pageSize
    })
    if (!found.isLast) {
      const next = { ...standing, window: { ...window, after: found.last } }
      return [
        [yield* pageOf(reading, found, next)],
        Option.some({ cursor: next, isResumed: state.isResumed })
      ]
    }
    const next = {
      ...standing,
      watermark: window.to,
      ...(reading.sweep === undefined ? {} : { swept: standing.swept ?? window.to })
    }
    const page = yield* pageOf(reading, found, next)
    // A window that a stopped run left open ends in the past; the present is one more window.
    return [
      [page],
      state.isResumed
        ? Option.some({ cursor: next, isResumed: false })
        : Option.some({ cursor: next, isResumed: false, sweeping: sweepPages })
    ]
  })

  const placeOf = ({ sweep, swept, watermark }: CommerceCursor, { back, every }: Sweep) => {
    if (sweep !== undefined || watermark === undefined) return sweep
    return swept !== undefined && swept <= earlier(watermark, every)
      ? { ...(back === undefined ? {} : { since: earlier(watermark, back) }), after: 0 }
      : undefined
  }

  const readSweep = Effect.fnUntraced(function* (
    { cursor: current }: State,
    left: number
  ): Effect.fn.Return<Step, ConnectorError> {
    const place = reading.sweep === undefined ? undefined : placeOf(current, reading.sweep)
    if (place === undefined || left === 0) return done
    const found = yield* readPage(client, list, {
      filters: [...between(place.since, undefined), ...reading.filters],
      after: place.after,
      pageSize
    })
    const { sweep, ...standing } = current
    // The next is due from when this one began, however long it took.
    const started = sweep === undefined ? { ...standing, swept: standing.watermark } : standing
    const { swept, ...rest } = started
    const next: CommerceCursor = {
      ...rest,
      ...(swept === undefined ? {} : { swept }),
      ...(found.isLast ? {} : { sweep: { ...place, after: found.last } })
    }
    const page = yield* pageOf(reading, found, next)
    return [
      [page],
      found.isLast ? Option.none() : Option.some({ cursor: next, isResumed: false, sweeping: left - 1 })
    ]
  })

  return Stream.unwrap(
    Schema.decodeUnknownEffect(CommerceCursor, { onExcessProperty: "error" })(cursor ?? {}).pipe(
      Effect.mapError(() =>
        client.unexpected("the stored cursor is not one of this source. Reset the pipeline's cursor.")
      ),
      Effect.map((start) =>
        Stream.paginate(
          { cursor: start, isResumed: start.window !== undefined } satisfies State,
          (state: State) =>
            state.sweeping === undefined ? readWindow(state) : readSweep(state, state.sweeping)
        )
      )
    )
  )
}
