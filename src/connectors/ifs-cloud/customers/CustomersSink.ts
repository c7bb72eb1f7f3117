/**
 * CustomersSink: keeps customers in IFS Cloud.
 *
 * IFS lets two customers have one association number, so it is asked for it
 * before a customer is created, and a creation whose answer was lost is found
 * by it. A creation is several requests: once the customer is there, whatever
 * fails after leaves him there, and that is said as an unknown outcome.
 *
 * Source: CustomerHandling with its arrays as public clients use them.
 */
import { DateTime, Effect, Option, Schema } from "effect"
import {
  type ConnectorError,
  OutcomeUnknown,
  Rejected,
  UnexpectedResponse
} from "../../../pipeline/ConnectorError.ts"
import { contentVersion } from "../../../pipeline/contentVersion.ts"
import { Customer } from "../../../pipeline/Customer.ts"
import type {
  CustomerSearch,
  CustomerSink,
  HeldCustomer,
  OpenCustomerSink
} from "../../../pipeline/CustomerSink.ts"
import { defineSink } from "../../../pipeline/Sink.ts"
import { companyVisibility } from "../companyVisibility.ts"
import type { Connection } from "../Connection.ts"
import { makeIfsClient } from "../IfsClient.ts"
import { changedMeanwhile, existsAlready } from "../ifsReason.ts"
import { odata, PropertyName } from "../odata.ts"
import { textOf } from "../seekRows.ts"
import { customerOf } from "./customerOf.ts"
import { newCustomer } from "./customerProperties.ts"
import {
  type CustomerReading,
  CustomerRow,
  pathsOf,
  type ReadCustomer,
  readCustomerRows
} from "./CustomerRows.ts"
import { CustomersConfig } from "./CustomersConfig.ts"
import { probeCustomers } from "./probeCustomers.ts"
import { writeBelow } from "./writeBelow.ts"
import { writeOwn } from "./writeOwn.ts"

const decodeCustomer = Schema.decodeEffect(Customer)
const property = Schema.decodeSync(PropertyName)

/** Most customers that a search gives. */
const searchMaximum = 5

const searchProperties = (
  config: CustomersConfig
): Readonly<Partial<Record<CustomerSearch, PropertyName>>> => ({
  externalId: property(config.externalIdProperty),
  name: property("Name"),
  ...(config.vatNumberProperty === undefined ? {} : { vatNumber: property(config.vatNumberProperty) })
})

/** ETags count seconds, so the version is made of the values too. */
const versionOf = ({ row, rows }: ReadCustomer) => contentVersion({ row, rows })

const open = (config: CustomersConfig, name: string, connection: Connection) =>
  Effect.gen(function* () {
    const client = yield* makeIfsClient({ name, connection })
    const prove = yield* companyVisibility(client, connection, {
      doubt: "that it keeps nothing of a customer",
      place: "company of the sink"
    })
    const reading: CustomerReading = { client, connection, prove }
    const { externalIdProperty, vatNumberProperty } = config
    const select = [
      ...Object.keys(CustomerRow.fields),
      externalIdProperty,
      ...(vatNumberProperty === undefined ? [] : [vatNumberProperty])
    ]

    const read = Effect.fn("CustomersSink.read")(function* (
      id: string
    ): Effect.fn.Return<Option.Option<ReadCustomer>, ConnectorError> {
      const row = yield* client.row(pathsOf(connection, id).customer, select).pipe(
        Effect.map(Option.some),
        Effect.catchIf(
          ({ reason }) => reason._tag === "NotFound",
          () => Effect.succeedNone
        )
      )
      if (Option.isNone(row)) return Option.none()
      // What comes with a single row only, such as its context, is no part of it.
      const own = Object.fromEntries(
        ["@odata.etag", ...select].map((field) => [field, row.value[field] ?? null])
      )
      const rows = yield* readCustomerRows(reading, config, id)
      return Option.some({ id, row: own, rows, isNew: false })
    })

    const heldOf = Effect.fn("CustomersSink.held")(function* (
      found: ReadCustomer
    ): Effect.fn.Return<HeldCustomer, ConnectorError> {
      const { row, rows } = found
      const vatNumber = vatNumberProperty === undefined ? undefined : textOf(row, vatNumberProperty)
      const customer = yield* decodeCustomer(customerOf({ row, vatNumber }, Option.some(rows), config)).pipe(
        Effect.mapError((error) =>
          client.fail(
            new UnexpectedResponse({
              message: `customer ${found.id} is not as documented: ${error.message}. Compare $metadata of ${connection.projections.customers}.`
            })
          )
        )
      )
      const externalId = textOf(row, externalIdProperty)
      return {
        customer,
        version: versionOf(found),
        ...(externalId === undefined || externalId === "" ? {} : { externalId })
      }
    })

    const fetch: OpenCustomerSink["fetch"] = Effect.fn("CustomersSink.fetch")(function* (id) {
      const found = yield* read(id)
      return Option.isNone(found) ? Option.none() : Option.some(yield* heldOf(found.value))
    })

    const idsOf = Effect.fn("CustomersSink.ids")(function* (field: PropertyName, value: string) {
      const { rows } = yield* client.rawPage(
        {
          entitySet: connection.projections.customers,
          select: ["CustomerId"],
          filter: odata.equal(field, odata.string(value)),
          orderBy: ["CustomerId"]
        },
        { top: searchMaximum }
      )
      return rows.flatMap((row) => textOf(row, "CustomerId") ?? [])
    })

    const search: OpenCustomerSink["search"] = Effect.fn("CustomersSink.search")(function* (field, value) {
      const searched = searchProperties(config)[field]
      if (searched === undefined) {
        return yield* client.fail(
          new UnexpectedResponse({
            message: `customers of IFS cannot be searched for by ${field}. Match them by ${Object.keys(searchProperties(config)).join(", ")}.`
          })
        )
      }
      const found = yield* Effect.forEach(yield* idsOf(searched, value), fetch)
      return found.flatMap(Option.toArray)
    })

    const readBack = Effect.fnUntraced(function* (id: string) {
      const now = yield* fetch(id)
      return Option.isSome(now)
        ? now.value
        : yield* client.fail(new OutcomeUnknown({ message: `IFS does not show customer ${id}.` }))
    })

    const update: OpenCustomerSink["update"] = Effect.fn("CustomersSink.update")(function* (held, change) {
      const now = yield* read(held.customer.id)
      if (Option.isNone(now) || versionOf(now.value) !== held.version) {
        return yield* client.fail(
          new Rejected({ code: changedMeanwhile.code, message: changedMeanwhile.remedy })
        )
      }
      const { id } = now.value
      return yield* writeBelow(reading, config, now.value, change).pipe(
        Effect.andThen(writeOwn(reading, config, now.value, change)),
        Effect.andThen(readBack(id)),
        // Requests before this one may have been carried out.
        Effect.mapError((error) =>
          error.disposition === "retry"
            ? client.fail(
                new OutcomeUnknown({
                  message: `customer ${id} may be written in part: ${error.reason.message}`
                })
              )
            : error
        )
      )
    })

    const create: OpenCustomerSink["create"] = Effect.fn("CustomersSink.create")(function* (change) {
      if (change.externalId !== undefined) {
        const [other] = yield* idsOf(property(externalIdProperty), change.externalId)
        if (other !== undefined) {
          return yield* client.fail(
            new Rejected({
              code: existsAlready.code,
              message: `customer ${other} of IFS has ${externalIdProperty} ${change.externalId} already, so no second one was created.`
            })
          )
        }
      }
      const today = DateTime.formatIsoDateUtc(yield* DateTime.now)
      const made = yield* client.insert(connection.projections.customers, newCustomer(change, config, today))
      const id = textOf(made, "CustomerId")
      if (id === undefined) {
        return yield* client.fail(
          new OutcomeUnknown({ message: "IFS created a customer and did not say which." })
        )
      }
      return yield* read(id).pipe(
        // IFS may have made some rows by itself.
        Effect.flatMap(
          Option.match({
            onNone: () => Effect.void,
            onSome: (created) => writeBelow(reading, config, { ...created, isNew: true }, change)
          })
        ),
        Effect.andThen(readBack(id)),
        Effect.mapError((error) =>
          client.fail(
            new OutcomeUnknown({
              message: `customer ${id} was created in IFS, perhaps not with all that belongs to him: ${error.reason.message}`
            })
          )
        )
      )
    })

    const opened: OpenCustomerSink = { fetch, search, create, update }
    return opened
  })

/** `ifs-cloud/customers` */
export const CustomersSink = defineSink<
  Connection,
  CustomersConfig,
  typeof CustomersConfig.Encoded,
  CustomerSink
>({
  type: "ifs-cloud/customers",
  summary: "Creates and changes customers of IFS with their addresses, telephone, e-mail and payment terms.",
  config: CustomersConfig,
  make: ({ config, connection, name }) => ({
    open: open(config, name, connection),
    probe: probeCustomers(config, { name, connection }),
    fields: new Set([
      "name" as const,
      "email" as const,
      "phone" as const,
      "language" as const,
      ...(config.vatNumberProperty === undefined ? [] : ["vatNumber" as const]),
      ...(config.company === undefined ? [] : ["currency" as const, "paymentTerms" as const])
    ]),
    hasAddresses: true,
    searches: new Set([
      "externalId" as const,
      "name" as const,
      ...(config.vatNumberProperty === undefined ? [] : ["vatNumber" as const])
    ]),
    required: ["name"]
  })
})
