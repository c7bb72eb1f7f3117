/**
 * seekRows: rows of an entity set in the order of their key, however many there are.
 *
 * Each page asks for what comes after the last row of the one before, so rows
 * that come or go meanwhile shift nothing, memory holds one page, and reading
 * can be taken up anywhere. This needs a database that sorts as it compares:
 * a page that is not ascending by its own comparison ends the reading, since
 * rows would be missed.
 */
import { BigDecimal, Effect, Option, Stream } from "effect"
import { type ConnectorError, UnexpectedResponse } from "../../pipeline/ConnectorError.ts"
import type { FieldNames } from "./fieldNames.ts"
import type { IfsClient, RawRow } from "./IfsClient.ts"
import { type Filter, type KeyType, odata, type PropertyName } from "./odata.ts"

/** A column of the order rows are read in. */
export interface OrderColumn {
  readonly property: PropertyName
  readonly type: KeyType
}

/** What is read. `order` ends with the full key, so that no two rows are equal in it. */
export interface Seek {
  readonly entitySet: string
  readonly select: ReadonlyArray<string>
  readonly filter?: Filter
  readonly order: ReadonlyArray<OrderColumn>
  readonly names?: FieldNames
}

/** Values of the columns of an order in one row, as IFS wrote them. */
export type Place = ReadonlyArray<string>

/** Rows of one request. */
export interface SoughtPage {
  readonly rows: ReadonlyArray<RawRow>
  /** Where its last row stands; undefined of an empty page. */
  readonly reached: Place | undefined
}

/** A value as text; undefined where there is none. */
export const textOf = (row: RawRow, property: string): string | undefined => {
  const value = row[property]
  return typeof value === "string" || typeof value === "number" ? `${value}` : undefined
}

const compare = (type: KeyType, left: string, right: string): number => {
  if (type !== "decimal") return left === right ? 0 : left < right ? -1 : 1
  return Option.getOrElse(
    Option.zipWith(BigDecimal.fromString(left), BigDecimal.fromString(right), BigDecimal.Order),
    () => 0
  )
}

const comesAfter = (order: Seek["order"], earlier: Place, later: Place) =>
  order
    .map(({ type }, index) => compare(type, earlier[index] ?? "", later[index] ?? ""))
    .find((it) => it !== 0) === -1

/** Rows after `after`, all of them without it, page by page. */
export const seekRows = (
  client: Pick<IfsClient, "rawPage" | "pageRows" | "paging" | "fail">,
  seek: Seek,
  after?: Place
): Stream.Stream<SoughtPage, ConnectorError> => {
  const { entitySet, order } = seek
  const unexpected = (what: string) =>
    client.fail(new UnexpectedResponse({ message: `${entitySet} ${what}` }))

  const placeOf = (row: RawRow): Effect.Effect<Place, ConnectorError> =>
    Effect.forEach(order, ({ property }) => {
      const value = textOf(row, property)
      return value === undefined
        ? Effect.fail(
            unexpected(
              `has a row without ${property}, by which it is read in order. Choose a property that every row has.`
            )
          )
        : Effect.succeed(value)
    })

  const afterPlace = (place: Place): Effect.Effect<Filter, ConnectorError> =>
    Effect.map(
      Effect.forEach(order, ({ property, type }, index) => {
        const value = Option.getOrUndefined(odata.literalOf(type, place[index] ?? ""))
        return value === undefined
          ? Effect.fail(unexpected(`has a ${property} that is no ${type}: ${place[index] ?? "nothing"}.`))
          : Effect.succeed({ property, value })
      }),
      odata.after
    )

  const checkOrder = (from: Place | undefined, places: ReadonlyArray<Place>) => {
    const all = from === undefined ? places : [from, ...places]
    return all.every((place, index) => index === 0 || comesAfter(order, all[index - 1] ?? [], place))
      ? Effect.void
      : Effect.fail(
          unexpected(
            `is not sorted by ${order.map(({ property }) => property).join(", ")} as it compares them, so rows would be missed. Set paging: skip in the connection.`
          )
        )
  }

  const bySkip = client.paging === "skip"

  const step = Effect.fnUntraced(function* (state: {
    readonly from: Place | undefined
    readonly read: number
  }) {
    const { from, read } = state
    const conditions = [
      ...(seek.filter === undefined ? [] : [seek.filter]),
      ...(from === undefined || bySkip ? [] : [yield* afterPlace(from)])
    ]
    const { hasNextLink, rows } = yield* client.rawPage(
      {
        entitySet,
        select: seek.select,
        ...(conditions.length === 0 ? {} : { filter: odata.and(...conditions) }),
        orderBy: order.map(({ property }) => property),
        ...(seek.names === undefined ? {} : { names: seek.names })
      },
      { top: client.pageRows, ...(bySkip && read > 0 && { skip: read }) }
    )
    const places = yield* Effect.forEach(rows, placeOf)
    if (!bySkip) yield* checkOrder(from, places)
    const page: SoughtPage = { rows, reached: places.at(-1) }
    const next = { from: page.reached, read: read + rows.length }
    // A server that cuts a page short says so by a next link.
    const isLast = rows.length === 0 || (rows.length < client.pageRows && !hasNextLink)
    return [[page], isLast ? Option.none() : Option.some(next)] as const
  })

  return Stream.paginate({ from: after, read: 0 }, step)
}
