/**
 * Payload: a REST payload of Adobe Commerce before it becomes JSON text.
 *
 * Money is a `BigDecimal` and is printed as a JSON number with exactly its own digits, so no
 * amount ever passes through a binary float. `undefined` stands for a null column, which REST
 * leaves out; `null` is printed, for the few fields Commerce sends as null.
 */
import { BigDecimal } from "effect"

/** Any value inside a payload. */
export type Payload =
  | undefined
  | null
  | boolean
  | number
  | string
  | BigDecimal.BigDecimal
  | ReadonlyArray<Payload>
  | PayloadObject

/** A payload object; keys are the snake_case names of the wire. */
export interface PayloadObject {
  readonly [field: string]: Payload
}

/** Whether `payload` is a list. */
export const isPayloadList = (payload: Payload): payload is ReadonlyArray<Payload> => Array.isArray(payload)

/** Whether `payload` is an object, and neither a list nor an amount. */
export const isPayloadObject = (payload: Payload): payload is PayloadObject =>
  typeof payload === "object" &&
  payload !== null &&
  !isPayloadList(payload) &&
  !BigDecimal.isBigDecimal(payload)

/** The value at `path`; undefined when any step is missing. */
export const payloadAt = (payload: Payload, ...path: ReadonlyArray<string>): Payload =>
  path.reduce<Payload>((value, field) => (isPayloadObject(value) ? value[field] : undefined), payload)

/** The objects of the list at `path`; empty when there is none. */
export const payloadsAt = (
  payload: Payload,
  ...path: ReadonlyArray<string>
): ReadonlyArray<PayloadObject> => {
  const list = payloadAt(payload, ...path)
  return isPayloadList(list) ? list.filter(isPayloadObject) : []
}

/** JSON text of `payload`. */
export const printPayload = (payload: Payload): string => {
  if (payload === undefined || payload === null) return "null"
  if (BigDecimal.isBigDecimal(payload)) return printDecimal(payload)
  if (isPayloadList(payload)) return `[${payload.map(printPayload).join(",")}]`
  if (isPayloadObject(payload)) {
    const fields = Object.entries(payload).filter(([, value]) => value !== undefined)
    return `{${fields.map(([field, value]) => `${JSON.stringify(field)}:${printPayload(value)}`).join(",")}}`
  }
  return JSON.stringify(payload)
}

// BigDecimal.format turns to exponents for very small numbers; amounts have at most four decimals.
const printDecimal = (decimal: BigDecimal.BigDecimal) => BigDecimal.format(BigDecimal.normalize(decimal))
