/**
 * EntityType: the shape of an entity set, and its rows in JSON.
 *
 * Every number is an Edm.Decimal, years and row numbers too. With
 * `IEEE754Compatible=true` decimals are strings, otherwise JSON numbers,
 * written from the exact decimal and never through a binary float.
 */
import { BigDecimal } from "effect"
import { Base64 } from "effect/encoding"
import { formatDecimal } from "../../accounting/Decimal.ts"

/** The type of a property; lengths count characters. Enum members travel as bare names in JSON. */
export type PropertyType =
  | { readonly type: "string"; readonly maximumLength: number }
  | { readonly type: "decimal" }
  | { readonly type: "date" }
  | { readonly type: "timestamp" }
  | { readonly type: "boolean" }
  | { readonly type: "enum"; readonly name: string; readonly members: ReadonlyArray<string> }

/** A value of a property; dates are "2026-09-30", timestamps "2026-09-30T12:00:00Z", enum members their names. */
export type Value = string | boolean | BigDecimal.BigDecimal | null

/** The properties of an entity or an action, by name. */
export type Properties = Readonly<Record<string, PropertyType>>

/** The values of one entity, by property; a property without a value is null. */
export type Values = Readonly<Record<string, Value>>

/** An entity set of a projection, and what identifies a row in it. */
export interface EntityType {
  readonly projection: string
  readonly entitySet: string
  readonly entity: string
  readonly keys: ReadonlyArray<string>
  readonly properties: Properties
}

/** One row of an entity set with its ETag. */
export interface Row {
  readonly etag: string
  readonly values: Values
}

/** A string property of at most `maximumLength` characters. */
export const string = (maximumLength: number): PropertyType => ({ type: "string", maximumLength })

/** An Edm.Decimal. */
export const decimal: PropertyType = { type: "decimal" }

/** An Edm.Date. */
export const date: PropertyType = { type: "date" }

/** An Edm.DateTimeOffset: written with a Z, but in the local time of the server. */
export const timestamp: PropertyType = { type: "timestamp" }

/** An Edm.Boolean. */
export const boolean: PropertyType = { type: "boolean" }

/** An enumeration; `name` is qualified with the projection in filters. */
export const enumeration = (name: string, members: ReadonlyArray<string>): PropertyType => ({
  type: "enum",
  name,
  members
})

/** The full name used in error texts, for example IfsApp.VoucherRowsAnalysis.VoucherRow. */
export const qualifiedName = (entityType: EntityType) =>
  `IfsApp.${entityType.projection}.${entityType.entity}`

/** The ETag of version `version` of the row known as `objectId`; opaque to clients. */
export const makeEtag = (objectId: string, version: number) =>
  `W/"${Base64.encode(`${objectId}:${version}`)}"`

/** A whole number as an Edm.Decimal value. */
export const whole = (value: number | string): Value => BigDecimal.fromBigInt(BigInt(value))

/** One value as JSON text. */
export const renderValue = (value: Value, ieee754: boolean): string => {
  if (BigDecimal.isBigDecimal(value)) return ieee754 ? `"${formatDecimal(value)}"` : formatDecimal(value)
  return JSON.stringify(value)
}

/** One row as a JSON object: the ETag, then the keys and the selected properties. */
export const renderRow = (
  entityType: EntityType,
  row: Row,
  options: { readonly select: ReadonlyArray<string> | undefined; readonly ieee754: boolean }
): string => {
  const names = Object.keys(entityType.properties).filter(
    (name) => options.select === undefined || options.select.includes(name) || entityType.keys.includes(name)
  )
  const members = names.map(
    (name) => `${JSON.stringify(name)}:${renderValue(row.values[name] ?? null, options.ieee754)}`
  )
  return `{${[`"@odata.etag":${JSON.stringify(row.etag)}`, ...members].join(",")}}`
}
