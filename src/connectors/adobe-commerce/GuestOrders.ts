/**
 * GuestOrders: the first and the newest order of somebody who is known by an e-mail address.
 *
 * The key of a guest is made of the first order under his address, whoever's
 * that is now: Commerce assigns orders of guests to accounts, and an order that
 * is assigned must not give him another key. MySQL finds more than was asked
 * for, such as rené@ under rene@, so that what it finds is compared once more.
 *
 * Source: magento2 Sales/Model/Order/CustomerAssignment.php for what assigning changes; Sales/etc/db_schema.xml, where
 * newer releases have an index on the address.
 */
import { Effect, Ref } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Json } from "../../pipeline/SourceRecord.ts"
import { type CommerceClient, type Filter, isInternalError } from "./CommerceClient.ts"
import { readPage } from "./readPage.ts"
import { textAt } from "./recordOf.ts"

const list = { resource: "orders", key: { column: "entity_id", field: "entity_id" } }

/** Orders of people who had no account when they ordered, and were not given one since. */
export const areOfGuests: Filter = { field: "customer_is_guest", condition: "eq", value: "1" }

/** Stands before the key of an order in that of a guest, so that it is never mistaken for the key of an account. */
export const guestPrefix = "guest-"

/** Without what makes no difference; empty where an order has no address. */
export const addressIn = (order: Json): string => textAt(order, "customer_email").trim().toLowerCase()

const underAddress = (address: string): Filter => ({
  field: "customer_email",
  condition: "eq",
  value: address
})

/** Orders of a search, so many that one of the very address is among them. */
const some = 5

/** All orders that a search finds, those that the shop cannot print by their keys. */
const readAllOrders = Effect.fn("GuestOrders.readAll")(function* (
  client: CommerceClient,
  filters: ReadonlyArray<Filter>
) {
  const items: Array<Json> = []
  const unreadable: Array<number> = []
  let after = 0
  for (;;) {
    const page = yield* readPage(client, list, { filters, after, pageSize: 100 })
    items.push(...page.items)
    unreadable.push(...page.unreadable)
    if (page.isLast) return { items, unreadable }
    after = page.last
  }
})

const readNewest = Effect.fn("GuestOrders.newest")(function* (
  client: CommerceClient,
  address: string
): Effect.fn.Return<Json | undefined, ConnectorError> {
  const filters = [areOfGuests, underAddress(address)]
  const isTheirs = (order: Json) => addressIn(order) === address
  const all = Effect.map(readAllOrders(client, filters), ({ items }) => items.findLast(isTheirs))
  return yield* client.search("orders", { filters, pageSize: some, direction: "DESC" }).pipe(
    Effect.flatMap(({ items, totalCount }) => {
      const found = items.find(isTheirs)
      return found === undefined && totalCount > items.length ? all : Effect.succeed(found)
    }),
    Effect.catchIf(isInternalError, () => all)
  )
})

const readFirst = Effect.fn("GuestOrders.first")(function* (
  client: CommerceClient,
  address: string
): Effect.fn.Return<string | undefined, ConnectorError> {
  const filters = [underAddress(address)]
  const keysOf = (orders: ReadonlyArray<Json>) =>
    orders
      .filter((order) => addressIn(order) === address)
      .map((order) => Number(textAt(order, list.key.field)))
  const firstOf = (keys: ReadonlyArray<number>) => (keys.length === 0 ? undefined : `${Math.min(...keys)}`)
  // One that cannot be printed now is the first all the same: the key must not move when it is repaired.
  const all = Effect.map(readAllOrders(client, filters), ({ items, unreadable }) =>
    firstOf([...keysOf(items), ...unreadable])
  )
  const fields = "items[entity_id,customer_email],total_count"
  return yield* client.search("orders", { filters, pageSize: some }, { fields }).pipe(
    Effect.flatMap(({ items, totalCount }) => {
      const found = firstOf(keysOf(items))
      return found === undefined && totalCount > items.length ? all : Effect.succeed(found)
    }),
    Effect.catchIf(isInternalError, () => all)
  )
})

/** Addresses remembered at a time; an older one is asked for again. */
const remembered = 20_000

/** The orders of a shop, ready to be asked for. Addresses are as `addressIn` gives them. */
export interface GuestOrders {
  /**
   * The key of the first order under the address, a guest's or not; undefined where there is none. Asked for once
   * while the source is open.
   */
  readonly first: (address: string) => Effect.Effect<string | undefined, ConnectorError>
  /** The newest order that a guest placed under the address; undefined where there is none, or none any more. */
  readonly newest: (address: string) => Effect.Effect<Json | undefined, ConnectorError>
}

/** Opens them; needs the right Magento_Sales::actions_view. */
export const makeGuestOrders = Effect.fn("GuestOrders.make")(function* (
  client: CommerceClient
): Effect.fn.Return<GuestOrders> {
  const known = yield* Ref.make<ReadonlyMap<string, string>>(new Map())
  const first = Effect.fnUntraced(function* (address: string) {
    const before = (yield* Ref.get(known)).get(address)
    if (before !== undefined) return before
    const found = yield* readFirst(client, address)
    if (found !== undefined) {
      yield* Ref.update(known, (all) => new Map([...[...all].slice(1 - remembered), [address, found]]))
    }
    return found
  })
  return { first, newest: (address) => readNewest(client, address) }
})
