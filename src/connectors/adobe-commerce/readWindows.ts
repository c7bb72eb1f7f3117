/**
 * readWindows: pages of changed documents, by closed windows of `updated_at`.
 *
 * A window ends a little before the shop's own present and starts an overlap
 * before the last one ended: times have one-second resolution and are taken
 * when a row is written, not when it is committed. Inside a window the order is
 * `entity_id` and every page asks for ids above the last one seen, so rows that
 * move while we read shift nothing, and no page past the last is ever asked
 * for (releases before 2.4 would repeat the last one for ever).
 */
import { DateTime, type Duration, Effect, Option, Schema, Stream } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Cursor, Page } from "../../pipeline/Source.ts"
import type { Json, SourceRecord } from "../../pipeline/SourceRecord.ts"
import type { CommerceClient, Filter } from "./CommerceClient.ts"
import { textAt } from "./recordOf.ts"

const Window = Schema.Struct({
  from: Schema.optionalKey(Schema.String),
  to: Schema.String,
  after: Schema.Int
})

/** All times are Commerce's own text, "2026-01-31 23:59:58" in UTC, which sorts as time does. */
const CommerceCursor = Schema.Struct({
  /** Everything up to here has been read. */
  watermark: Schema.optionalKey(Schema.String),
  /** The window being read, and the last id seen in it. */
  window: Schema.optionalKey(Window)
})
type CommerceCursor = typeof CommerceCursor.Type

/** What is read, and how. */
export interface Reading {
  readonly client: CommerceClient
  /** invoices or creditmemos. */
  readonly resource: string
  /** Conditions beside time. */
  readonly filters: ReadonlyArray<Filter>
  readonly pageSize: number
  readonly overlap: Duration.Duration
  readonly lag: Duration.Duration
  /** Called once for every window; gives the shop's clock. */
  readonly now: Effect.Effect<DateTime.Utc, ConnectorError>
  readonly toRecords: (
    documents: ReadonlyArray<Json>
  ) => Effect.Effect<ReadonlyArray<SourceRecord>, ConnectorError>
}

/** An instant as Commerce writes it. */
const commerceTime = (instant: DateTime.Utc): string =>
  DateTime.formatIso(instant).slice(0, 19).replace("T", " ")

const earlier = (text: string, by: Duration.Duration): string =>
  Option.match(DateTime.make(`${text.replace(" ", "T")}Z`), {
    onNone: () => text,
    onSome: (instant) => commerceTime(DateTime.subtractDuration(DateTime.toUtc(instant), by))
  })

const isAscending = (ids: ReadonlyArray<number>) =>
  ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? 0))

/** Pages after `cursor`, until the present; the last one moves the watermark even when it is empty. */
export const readWindows = (
  reading: Reading,
  cursor: Cursor | undefined
): Stream.Stream<Page, ConnectorError> => {
  const { client, pageSize } = reading

  const openWindow = Effect.fnUntraced(function* (watermark: string | undefined) {
    const to = commerceTime(DateTime.subtractDuration(yield* reading.now, reading.lag))
    if (watermark !== undefined && to <= watermark) return undefined
    return { ...(watermark === undefined ? {} : { from: earlier(watermark, reading.overlap) }), to, after: 0 }
  })

  const pageOf = Effect.fnUntraced(function* (window: typeof Window.Type) {
    const { items, totalCount } = yield* client.search(reading.resource, {
      filters: [
        ...(window.from === undefined
          ? []
          : [{ field: "updated_at", condition: "gteq", value: window.from } as const]),
        { field: "updated_at", condition: "lteq", value: window.to },
        { field: "entity_id", condition: "gt", value: String(window.after) },
        ...reading.filters
      ],
      pageSize
    })
    const ids = items.map((item) => Number(textAt(item, "entity_id")))
    if (!ids.every((id) => Number.isSafeInteger(id) && id > 0) || !isAscending(ids)) {
      return yield* client.unexpected(
        `the ${reading.resource} are not sorted by entity_id as asked. Check whether an extension changes the search.`
      )
    }
    const last = ids.at(-1) ?? window.after
    if (last > window.after && (ids[0] ?? last) <= window.after) {
      return yield* client.unexpected(
        `the search for ${reading.resource} ignores its filter on entity_id. Check whether an extension changes the search.`
      )
    }
    return {
      documents: last > window.after ? items : [],
      last,
      totalCount,
      isLast: last <= window.after || items.length < pageSize || items.length >= totalCount
    }
  })

  const step = Effect.fnUntraced(function* (state: {
    readonly cursor: CommerceCursor
    readonly isResumed: boolean
  }) {
    const window = state.cursor.window ?? (yield* openWindow(state.cursor.watermark))
    if (window === undefined) return [[], Option.none()] as const
    const { documents, isLast, last, totalCount } = yield* pageOf(window)
    const next: CommerceCursor = isLast
      ? { watermark: window.to }
      : { ...state.cursor, window: { ...window, after: last } }
    const page: Page = { records: yield* reading.toRecords(documents), cursor: next, remaining: totalCount }
    // A window that a stopped run left open ends in the past; the present is one more window.
    return isLast && !state.isResumed
      ? ([[page], Option.none()] as const)
      : ([[page], Option.some({ cursor: next, isResumed: state.isResumed && !isLast })] as const)
  })

  return Stream.unwrap(
    Schema.decodeUnknownEffect(CommerceCursor, { onExcessProperty: "error" })(cursor ?? {}).pipe(
      Effect.mapError(() =>
        client.unexpected("the stored cursor is not one of this source. Reset the pipeline's cursor.")
      ),
      Effect.map((start) => Stream.paginate({ cursor: start, isResumed: start.window !== undefined }, step))
    )
  )
}
