/**
 * Decimal: an exact, signed decimal number.
 *
 * It is a `BigDecimal` in memory and a decimal string ("-12.50") in JSON,
 * never a JSON number: a binary float cannot hold 0.10, and a ledger must.
 * Trailing zeros survive the round trip, so that "119.00" is read as written.
 */
import { BigDecimal, Schema, SchemaTransformation } from "effect"

/** Prints every decimal the value carries: scale 2 prints "119.00", never "119" or "1.19e2". */
export const formatDecimal = (value: BigDecimal.BigDecimal): string => {
  const plain = value.scale < 0 ? BigDecimal.scale(value, 0) : value
  const digits = `${plain.value < 0n ? -plain.value : plain.value}`.padStart(plain.scale + 1, "0")
  const point = digits.length - plain.scale
  const text = plain.scale > 0 ? `${digits.slice(0, point)}.${digits.slice(point)}` : digits
  return plain.value < 0n ? `-${text}` : text
}

/** Decimal string to `BigDecimal`; the text must already have been checked to be one. */
export const decimalFromString = SchemaTransformation.transform({
  decode: (text: string) => BigDecimal.fromStringUnsafe(text),
  encode: formatDecimal
})

/** A signed decimal; encoded as a string such as "-12.50". */
export const Decimal = Schema.String.annotate({
  identifier: "Decimal",
  description: "Exact decimal number as a string; may be negative.",
  examples: ["119.00", "-4.5"]
})
  .check(Schema.isPattern(/^-?\d+(\.\d+)?$/u))
  .pipe(Schema.decodeTo(Schema.BigDecimal, decimalFromString))
export type Decimal = typeof Decimal.Type

/** Nothing, with no decimals. */
export const zero: Decimal = BigDecimal.make(0n, 0)
