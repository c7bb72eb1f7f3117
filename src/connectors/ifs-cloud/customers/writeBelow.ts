/**
 * writeBelow: changes what stands below a customer in IFS, row by row.
 *
 * IFS takes the rows one after the other, so a refusal leaves those before it
 * written: who reads the customer again finds them equal to what was wanted.
 */
import { Effect, Option, Schema } from "effect"
import type { ConnectorError } from "../../../pipeline/ConnectorError.ts"
import { Rejected, UnexpectedResponse } from "../../../pipeline/ConnectorError.ts"
import type { AddressChange, CustomerChange } from "../../../pipeline/CustomerSink.ts"
import { ETag } from "../ETag.ts"
import { odata, PropertyName } from "../odata.ts"
import { methodsOf } from "./customerOf.ts"
import { addressProperties, companyProperties } from "./customerProperties.ts"
import { type CustomerReading, type MethodRow, pathsOf, type ReadCustomer } from "./CustomerRows.ts"
import type { CustomersConfig } from "./CustomersConfig.ts"
import { setRow } from "./setRow.ts"

const propertyName = Schema.decodeSync(PropertyName)

/** Writes what the change names below the customer, and is not there so. */
export const writeBelow = Effect.fn("writeBelow")(function* (
  reading: CustomerReading,
  config: CustomersConfig,
  { id, isNew, rows }: ReadCustomer,
  change: CustomerChange
): Effect.fn.Return<void, ConnectorError> {
  const { client, connection } = reading
  const { addressTypes, company, methods } = config
  const paths = pathsOf(connection, id)
  const customerId = odata.string(id)
  const projection = propertyName(connection.projections.customers.split(".")[0] ?? "")

  const setType = Effect.fnUntraced(function* (addressId: string, code: string) {
    const row = rows.addressTypes.find((one) => one.AddressId === addressId && one.AddressTypeCode === code)
    const entitySet = paths.addressTypes(addressId)
    if (row === undefined) {
      yield* client.insert(entitySet, {
        CustomerId: id,
        AddressId: addressId,
        AddressTypeCode: code,
        DefAddress: true,
        DefaultDomain: true
      })
      return
    }
    const key = {
      CustomerId: customerId,
      AddressId: odata.string(addressId),
      AddressTypeCode: odata.enumMember({ projection, type: "AddressTypeCode", member: propertyName(code) })
    }
    yield* setRow(client, { entitySet, key, as: row }, { DefAddress: true })
  })

  const setAddress = Effect.fnUntraced(function* (wanted: AddressChange, newId: string) {
    const properties = addressProperties(wanted)
    const addressId = wanted.id ?? newId
    const row = rows.addresses.find(({ AddressId }) => AddressId === wanted.id)
    if (row === undefined && wanted.id !== undefined) {
      return yield* client.fail(
        new Rejected({
          code: "unknown-address",
          message: `customer ${id} of IFS has no address ${wanted.id}. Retry, so that he is read again.`
        })
      )
    }
    if (row === undefined) {
      yield* client.insert(paths.addresses, {
        CustomerId: id,
        AddressId: addressId,
        PartyType: "Customer",
        DefaultDomain: true,
        ...Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null))
      })
    } else {
      const key = { CustomerId: customerId, AddressId: odata.string(addressId) }
      yield* setRow(client, { entitySet: paths.addresses, key, as: row }, properties)
    }
    // IFS takes the mark from the address that had it: an address that loses it is not written.
    if (wanted.isBilling) yield* setType(addressId, addressTypes.billing)
    if (wanted.isShipping) yield* setType(addressId, addressTypes.shipping)
  })

  const setMethod = Effect.fnUntraced(function* (
    row: MethodRow | undefined,
    kind: string,
    value: string | null | undefined
  ) {
    if (value === undefined || (row === undefined && value === null)) return
    if (row === undefined) {
      yield* client.insert(paths.methods, {
        CustomerId: id,
        MethodId: kind,
        Value: value,
        MethodDefault: true
      })
      return
    }
    const number = odata.literalOf("decimal", `${row.CommId}`)
    const etag = Schema.decodeUnknownOption(ETag)(row["@odata.etag"])
    if (Option.isNone(number) || Option.isNone(etag)) {
      return yield* client.fail(
        new UnexpectedResponse({
          message: `${paths.methods} gives its rows no number or no ETag, without which none can be changed. Compare $metadata of the projection.`
        })
      )
    }
    const key = { CustomerId: customerId, CommId: number.value }
    if (value === null) yield* client.remove(`${paths.methods}${odata.key(key)}`, etag.value)
    else yield* setRow(client, { entitySet: paths.methods, key, as: row }, { Value: value })
  })

  const setCompany = Effect.fnUntraced(function* (ofCompany: string) {
    const [row] = rows.companies
    const properties = companyProperties(change)
    if (row !== undefined) {
      const key = {
        Company: odata.string(ofCompany),
        Identity: odata.string(row.Identity),
        PartyType: odata.enumMember({ projection, type: "PartyType", member: propertyName(row.PartyType) })
      }
      yield* setRow(client, { entitySet: paths.companies, key, as: row }, properties)
      return
    }
    const wanted = Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null))
    const further = isNew || Object.keys(wanted).length > 0 ? config.newCompanyRow : {}
    if (Object.keys({ ...further, ...wanted }).length === 0) return
    yield* client.insert(paths.companies, {
      Company: ofCompany,
      Identity: id,
      PartyType: "Customer",
      ...further,
      ...wanted
    })
  })

  const ids = rows.addresses.map(({ AddressId }) => AddressId)
  const highest = Math.max(0, ...ids.filter((one) => /^\d{1,9}$/u.test(one)).map(Number))
  for (const [index, wanted] of change.addresses.entries()) {
    yield* setAddress(wanted, `${highest + index + 1}`)
  }
  const reachedBy = methodsOf(rows, methods)
  yield* setMethod(reachedBy.email, methods.email, change.fields.email)
  yield* setMethod(reachedBy.phone, methods.phone, change.fields.phone)
  if (company !== undefined) yield* setCompany(company)
})
