/**
 * CustomersSink: keeps customers in Adobe Commerce.
 *
 * Commerce has no versions, so a customer is read again right before he is
 * written and compared with what was decided on; a change that falls between
 * the two is lost to it, as with everybody who writes there. Within a website
 * no two customers have one e-mail address: by it a creation whose answer was
 * lost is found, and a second one is refused.
 *
 * Source: AdobeDocs/commerce-webapi, customer-data-customer-interface; magento2
 * Customer/Model/ResourceModel/CustomerRepository.php; issues 2499, 16854.
 */
import { Effect, Option, Schema } from "effect"
import {
  type ConnectorError,
  OutcomeUnknown,
  Rejected,
  UnexpectedResponse
} from "../../../pipeline/ConnectorError.ts"
import { contentVersion } from "../../../pipeline/contentVersion.ts"
import { Customer } from "../../../pipeline/Customer.ts"
import type {
  CustomerChange,
  CustomerSearch,
  CustomerSink,
  HeldCustomer,
  OpenCustomerSink
} from "../../../pipeline/CustomerSink.ts"
import { defineSink } from "../../../pipeline/Sink.ts"
import { fieldsOf } from "../../../pipeline/SourceRecord.ts"
import { asUnavailable, type Filter, makeCommerceClient } from "../CommerceClient.ts"
import type { Connection } from "../Connection.ts"
import { customersBeside, normaliseCustomer } from "../customers.ts"
import { textAt } from "../recordOf.ts"
import { knownStores } from "../Stores.ts"
import { customerBody, defaultsBody, listAt, type Payload, unchangedBody } from "./customerBody.ts"
import { CustomersConfig } from "./CustomersConfig.ts"
import { probeCustomers } from "./probeCustomers.ts"
import { makeRegions } from "./Regions.ts"

const decodeCustomer = Schema.decodeUnknownEffect(Customer)
const isPayload = Schema.is(Schema.Record(Schema.String, Schema.Json))

/** Most customers that a search gives, and most that may come into question for it. */
const searchMaximum = 20

/**
 * The searches that together find a customer; conditions of one must all hold.
 * Commerce takes a name apart in some place, so each end of it is asked for;
 * the company is that of the address that invoices go to.
 */
const searchesFor = (
  { externalIdAttribute }: CustomersConfig,
  field: CustomerSearch,
  value: string
): ReadonlyArray<ReadonlyArray<Filter>> => {
  const equal = (column: string): Filter => ({ field: column, condition: "eq", value })
  switch (field) {
    case "email":
      return [[equal("email")]]
    case "vatNumber":
      return [[equal("taxvat")]]
    case "externalId":
      return externalIdAttribute === undefined ? [] : [[equal(externalIdAttribute)]]
    case "name": {
      const words = value.trim().split(/\s+/u)
      const [first = "", last] = [words[0], words.length > 1 ? words.at(-1) : undefined]
      return [
        [equal("company")],
        // As it stands where one name is for both.
        [equal("firstname")],
        ...(last === undefined
          ? []
          : [
              [
                { field: "firstname", condition: "like" as const, value: `${first}%` },
                { field: "lastname", condition: "like" as const, value: `%${last}` }
              ]
            ])
      ]
    }
  }
}

/** Of all that a person can change; a log-in, which Commerce notes on SaaS, is none of it. */
const versionOf = (payload: Payload) => contentVersion(unchangedBody(payload))

const isNamed = ({ name }: Customer, value: string) =>
  name.toLowerCase().split(/\s+/u).join(" ") === value.trim().toLowerCase().split(/\s+/u).join(" ")

const open = (config: CustomersConfig, name: string, connection: Connection) =>
  Effect.gen(function* () {
    const client = yield* makeCommerceClient(name, connection)
    const stores = yield* knownStores(client)
    const regions = yield* makeRegions(client)
    const beside = yield* customersBeside({ client, stores, pageSize: connection.pageSize })
    const { externalIdAttribute } = config

    const isErased = (payload: Payload) =>
      config.erasedEmails.some((end) => textAt(payload, "email").toLowerCase().endsWith(end.toLowerCase()))

    const read = Effect.fn("CustomersSink.read")(function* (
      id: string
    ): Effect.fn.Return<Option.Option<Payload>, ConnectorError> {
      if (!/^[1-9]\d*$/u.test(id)) return Option.none()
      return yield* client.get(`/V1/customers/${id}`).pipe(
        Effect.flatMap(({ body }) =>
          isPayload(body)
            ? Effect.succeed(isErased(body) ? Option.none() : Option.some(body))
            : Effect.fail(client.unexpected(`the answer for customer ${id} is no customer.`))
        ),
        Effect.catchIf(
          ({ reason }) => reason._tag === "NotFound",
          () => Effect.succeedNone
        ),
        Effect.mapError(asUnavailable)
      )
    })

    const heldOf = Effect.fn("CustomersSink.held")(function* (
      payload: Payload
    ): Effect.fn.Return<HeldCustomer, ConnectorError> {
      const [given = { document: payload }] = yield* beside([payload])
      const normalised = normaliseCustomer(given)
      const problems = normalised._tag === "Problems" ? normalised.problems.map(({ message }) => message) : []
      const customer = yield* decodeCustomer(fieldsOf(normalised)).pipe(
        Effect.mapError((error) =>
          client.fail(
            new UnexpectedResponse({
              message: `customer ${textAt(payload, "id")} cannot be read: ${[...problems, error.message][0] ?? ""}`
            })
          )
        )
      )
      const attribute = listAt(payload, "custom_attributes").find(
        (one) => textAt(one, "attribute_code") === externalIdAttribute
      )
      const externalId = textAt(attribute, "value")
      return {
        customer,
        version: versionOf(payload),
        ...(externalId === "" ? {} : { externalId })
      }
    })

    const fetch: OpenCustomerSink["fetch"] = Effect.fn("CustomersSink.fetch")(function* (id) {
      const found = yield* read(id)
      return Option.isNone(found) ? Option.none() : Option.some(yield* heldOf(found.value))
    })

    const idsOf = Effect.fn("CustomersSink.ids")(function* (filters: ReadonlyArray<Filter>) {
      const inWebsite: ReadonlyArray<Filter> =
        config.website === undefined
          ? []
          : [{ field: "website_id", condition: "eq", value: `${config.website}` }]
      const { items, totalCount } = yield* client
        .search("customers/search", { filters: [...filters, ...inWebsite], pageSize: searchMaximum })
        .pipe(Effect.mapError(asUnavailable))
      if (totalCount > items.length) {
        return yield* client.unexpected(
          `${totalCount} customers of the shop are like ${filters.map(({ field, value }) => `${field} ${value}`).join(" and ")}, too many to tell them apart. Match customers by something else.`
        )
      }
      return items.flatMap((item) => textAt(item, "id") || [])
    })

    const search: OpenCustomerSink["search"] = Effect.fn("CustomersSink.search")(function* (field, value) {
      const searches = searchesFor(config, field, value)
      if (searches.length === 0) {
        return yield* client.unexpected(
          `customers of this shop cannot be searched for by ${field}. Set externalIdAttribute of the sink, or match them by something else.`
        )
      }
      const ids = yield* Effect.forEach(searches, idsOf)
      const found = yield* Effect.forEach([...new Set(ids.flat())], fetch)
      return found
        .flatMap(Option.toArray)
        .filter(({ customer }) => field !== "name" || isNamed(customer, value))
    })

    const resolve = Effect.fnUntraced(function* (change: CustomerChange) {
      const addresses = yield* Effect.forEach(change.addresses, (wanted) =>
        Effect.map(regions(wanted.address), (region) => ({ ...wanted, region }))
      )
      return { ...change, addresses }
    })

    /** The customer as he is after `sent`, with the default addresses that were sent. */
    const readBack = Effect.fn("CustomersSink.readBack")(function* (
      id: string,
      sent: Payload
    ): Effect.fn.Return<HeldCustomer, ConnectorError> {
      const now = Option.getOrUndefined(yield* read(id))
      if (now === undefined) {
        return yield* client.fail(new OutcomeUnknown({ message: `the shop does not show customer ${id}.` }))
      }
      const missing = listAt(sent, "addresses").length - listAt(now, "addresses").length
      if (missing > 0) {
        return yield* client.fail(
          new OutcomeUnknown({
            message: `the shop left out ${missing} of the addresses of customer ${id}, as it does with countries that it does not sell to.`
          })
        )
      }
      const again = defaultsBody(sent, now)
      if (again === undefined) return yield* heldOf(now)
      yield* client.write("PUT", `/V1/customers/${id}`, { customer: again })
      return yield* Effect.map(fetch(id), Option.getOrUndefined).pipe(
        Effect.flatMap((held) =>
          held === undefined
            ? client.fail(new OutcomeUnknown({ message: `the shop does not show customer ${id}.` }))
            : Effect.succeed(held)
        )
      )
    })

    const update: OpenCustomerSink["update"] = Effect.fn("CustomersSink.update")(function* (held, change) {
      const { id } = held.customer
      const resolved = yield* resolve(change)
      const now = Option.getOrUndefined(yield* read(id))
      if (now === undefined || versionOf(now) !== held.version) {
        return yield* client.fail(
          new Rejected({
            code: "changed-meanwhile",
            message: `somebody changed customer ${id} in the shop after we read it, or removed it. Retry, so that it is read again.`
          })
        )
      }
      const known = listAt(now, "addresses").map((address) => textAt(address, "id"))
      const unknown = change.addresses.find((wanted) => wanted.id !== undefined && !known.includes(wanted.id))
      if (unknown !== undefined) {
        return yield* client.fail(
          new Rejected({
            code: "unknown-address",
            message: `customer ${id} of the shop has no address ${unknown.id ?? ""}. Retry, so that it is read again.`
          })
        )
      }
      const customer = customerBody(now, resolved, config)
      if (contentVersion(customer) === held.version) return yield* heldOf(now)
      yield* client.write("PUT", `/V1/customers/${id}`, { customer })
      return yield* readBack(id, customer).pipe(
        Effect.mapError((error) =>
          error.disposition === "retry"
            ? client.fail(
                new OutcomeUnknown({
                  message: `customer ${id} was written and could not be read back: ${error.reason.message}`
                })
              )
            : error
        )
      )
    })

    const create: OpenCustomerSink["create"] = Effect.fn("CustomersSink.create")(function* (change) {
      const { externalId } = change
      if (externalId !== undefined && externalIdAttribute !== undefined) {
        const [other] = (yield* Effect.forEach(searchesFor(config, "externalId", externalId), idsOf)).flat()
        if (other !== undefined) {
          return yield* client.fail(
            new Rejected({
              code: "exists-already",
              message: `customer ${other} of the shop has ${externalIdAttribute} ${externalId} already, so no second one was created.`
            })
          )
        }
      }
      const begun: Payload = {
        ...(config.website === undefined ? {} : { website_id: config.website }),
        ...(config.store === undefined ? {} : { store_id: config.store }),
        ...(config.group === undefined ? {} : { group_id: config.group })
      }
      const customer = customerBody(begun, yield* resolve(change), config)
      const made = yield* client.write("POST", "/V1/customers", { customer })
      const id = textAt(made, "id")
      return yield* readBack(id, customer).pipe(
        Effect.mapError((error) =>
          client.fail(
            new OutcomeUnknown({
              message: `customer ${id} was created in the shop, perhaps not with all that belongs to it: ${error.reason.message}`
            })
          )
        )
      )
    })

    const opened: OpenCustomerSink = { fetch, search, create, update }
    return opened
  })

/** `adobe-commerce/customers` */
export const CustomersSink = defineSink<
  Connection,
  CustomersConfig,
  typeof CustomersConfig.Encoded,
  CustomerSink
>({
  type: "adobe-commerce/customers",
  summary:
    "Creates and changes customers of Adobe Commerce with their addresses. To those it creates the shop sends its e-mail about a new account.",
  config: CustomersConfig,
  make: ({ config, connection, name }) => ({
    open: open(config, name, connection),
    probe: probeCustomers(config, { name, connection }),
    fields: new Set(["name", "firstName", "lastName", "company", "email", "phone", "vatNumber"] as const),
    hasAddresses: true,
    searches: new Set([
      "name" as const,
      "email" as const,
      "vatNumber" as const,
      ...(config.externalIdAttribute === undefined ? [] : ["externalId" as const])
    ]),
    required: ["name", "email"]
  })
})
