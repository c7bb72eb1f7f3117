/**
 * readBody: a JSON body into typed property values, as strictly as the OData library reads it.
 *
 * Unknown properties, wrong JSON types and values outside their facets are
 * refused with ODP_DESERIALIZATION_ERROR. With `IEEE754Compatible=true` in the
 * Content-Type a decimal must be a string, without it a JSON number; the
 * digits are taken from the text, so no amount passes through a binary float.
 * As in an Oracle database, an empty string is null.
 */
import { BigDecimal, Effect, Schema } from "effect"
import type { HttpServerRequest } from "effect/http"
import type { Properties, PropertyType, Value, Values } from "./EntityType.ts"
import { deserializationError, gatewayError } from "./IfsError.ts"
import type { IfsError } from "./IfsError.ts"

const NumberToken = Schema.Struct({ "#number": Schema.String })

const Entity = Schema.Record(
  Schema.String,
  Schema.NullOr(Schema.Union([Schema.String, Schema.Boolean, NumberToken]))
)
type BodyValue = (typeof Entity.Type)[string]

const Body = Schema.Record(
  Schema.String,
  Schema.NullOr(Schema.Union([Schema.String, Schema.Boolean, NumberToken, Schema.Array(Entity)]))
)

const decodeBody = Schema.decodeUnknownEffect(Schema.fromJsonString(Body))

/** Whether a media type asks for decimals as strings. */
export const isIeee754Compatible = (mediaType: string | undefined) =>
  /;\s*ieee754compatible=true\b/iu.test(mediaType ?? "")

/** Reads the body of `request`; an empty body counts as `{}`. Other media types than JSON are refused with 415. */
export const readBody = (
  request: HttpServerRequest.HttpServerRequest,
  properties: Properties
): Effect.Effect<Values, IfsError> =>
  Effect.map(readBodyWithRows(request, properties, undefined), ({ values }) => values)

/** As `readBody`, for an entity with others of its own in the array `nested.name`. */
export const readBodyWithRows = Effect.fnUntraced(function* (
  request: HttpServerRequest.HttpServerRequest,
  properties: Properties,
  nested: { readonly name: string; readonly properties: Properties } | undefined
): Effect.fn.Return<{ readonly values: Values; readonly rows: ReadonlyArray<Values> }, IfsError> {
  const mediaType = request.headers["content-type"]
  const text = yield* Effect.mapError(request.text, () => deserializationError("An I/O exception occurred."))
  if (text === "") return { values: {}, rows: [] }
  if (mediaType === undefined || !/^application\/json\b/iu.test(mediaType)) {
    return yield* gatewayError(
      415,
      "ODP_UNSUPPORTED_MEDIA_TYPE",
      `The content type '${mediaType ?? ""}' is not supported for this request.`
    )
  }
  const body = yield* Effect.mapError(decodeBody(markNumbers(text)), () =>
    deserializationError("The syntax of the JSON document is not valid.")
  )
  const ieee754 = isIeee754Compatible(mediaType)
  const own: Record<string, BodyValue> = {}
  const rows: Array<Values> = []
  for (const [name, value] of Object.entries(body)) {
    if (nested?.name === name && isList(value)) {
      rows.push(...(yield* Effect.forEach(value, (row) => readValues(row, nested.properties, ieee754))))
    } else if (isList(value)) {
      return yield* deserializationError(`'${name}' can not be mapped as a property or an annotation.`)
    } else {
      own[name] = value
    }
  }
  return { values: yield* readValues(own, properties, ieee754), rows }
})

const isList = <Item>(value: ReadonlyArray<Item> | BodyValue): value is ReadonlyArray<Item> =>
  Array.isArray(value)

const readValues = Effect.fnUntraced(function* (
  entity: Readonly<Record<string, BodyValue>>,
  properties: Properties,
  ieee754: boolean
): Effect.fn.Return<Values, IfsError> {
  const values: Record<string, Value> = {}
  for (const [name, value] of Object.entries(entity)) {
    if (name.startsWith("@odata.")) continue
    const type = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (type === undefined) {
      return yield* deserializationError(`'${name}' can not be mapped as a property or an annotation.`)
    }
    values[name] = yield* readValue(name, type, value, ieee754)
  }
  return values
})

// JSON.parse would round a number to a binary float, so numbers outside of strings are wrapped first.
const markNumbers = (text: string) =>
  text.replace(
    /("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/gu,
    (token, quoted: string | undefined) => quoted ?? `{"#number":"${token}"}`
  )

const readValue = (
  name: string,
  type: PropertyType,
  value: BodyValue,
  ieee754: boolean
): Effect.Effect<Value, IfsError> => {
  const wrongType = () => Effect.fail(deserializationError(`Invalid JSON type for property '${name}'.`))
  const wrongValue = () => Effect.fail(deserializationError(`Invalid value for property '${name}'.`))
  if (value === null) return Effect.succeed(null)
  switch (type.type) {
    case "decimal": {
      const digits = ieee754 ? value : typeof value === "object" ? value["#number"] : undefined
      if (typeof digits !== "string") return wrongType()
      return /^-?\d+(\.\d+)?$/u.test(digits)
        ? Effect.succeed(BigDecimal.fromStringUnsafe(digits))
        : wrongValue()
    }
    case "boolean":
      return typeof value === "boolean" ? Effect.succeed(value) : wrongType()
    case "string":
      if (typeof value !== "string") return wrongType()
      return value.length > type.maximumLength ? wrongValue() : Effect.succeed(value === "" ? null : value)
    case "date":
      if (typeof value !== "string") return wrongType()
      return isDate(value) ? Effect.succeed(value) : wrongValue()
    case "timestamp":
      if (typeof value !== "string") return wrongType()
      return isTimestamp(value) ? Effect.succeed(value) : wrongValue()
    case "enum":
      if (typeof value !== "string") return wrongType()
      return type.members.includes(value) ? Effect.succeed(value) : wrongValue()
  }
}

/** Whole seconds, with a Z. */
const isTimestamp = (text: string) => isDate(text.slice(0, 10)) && /^.{10}T[\d:]{8}Z$/u.test(text)

const isDate = (text: string) => {
  const [, year = "", month = "", day = ""] = /^(\d{4})-(\d{2})-(\d{2})$/u.exec(text) ?? []
  const [monthNumber, dayNumber] = [Number(month), Number(day)]
  const isLeapYear = (Number(year) % 4 === 0 && Number(year) % 100 !== 0) || Number(year) % 400 === 0
  const days = [31, isLeapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][monthNumber - 1]
  return days !== undefined && dayNumber >= 1 && dayNumber <= days
}
