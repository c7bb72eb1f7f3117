/**
 * odata: the part of OData that IFS Cloud understands, built so that no value
 * can change the meaning of a request.
 *
 * A filter is made of property names written in our code and of literals, and
 * a literal is made from a typed value only. IFS has no lambdas, no collection
 * functions and no usable `$expand` or `$count`, so none of them is here.
 *
 * Source: techdocs "Supported functionalities" 21R2 to 23R2.
 */
import { Brand, DateTime, Option, Schema } from "effect"
import { type Decimal, formatDecimal } from "../../accounting/Decimal.ts"

/** A value as it stands in a filter or a key. */
export type Literal = string & Brand.Brand<"ODataLiteral">
/** A condition for `$filter`. */
export type Filter = string & Brand.Brand<"ODataFilter">

/** A name of a property that comes from a setting: letters, digits and underscores only. */
export const PropertyName = Schema.String.check(Schema.isPattern(/^[A-Za-z]\w*$/u)).pipe(
  Schema.brand("ODataProperty")
)
export type PropertyName = typeof PropertyName.Type

/** A name written in our code or checked as a setting; any other text does not compile. */
export type Name<Text extends string> = string extends Text ? never : Text

const literal = Brand.nominal<Literal>()
const filter = Brand.nominal<Filter>()

const string = (value: string) => literal(`'${value.replaceAll("'", "''")}'`)
const date = (value: DateTime.DateTime) => literal(DateTime.formatIsoDateUtc(value))
const boolean = (value: boolean) => literal(`${value}`)
const decimal = (value: Decimal) => literal(formatDecimal(value))

/** Whole seconds: IFS refuses fractions. For its own values only: they are local times, and ours are not. */
const timestamp = (value: DateTime.DateTime) =>
  literal(DateTime.formatIso(DateTime.toUtc(value)).replace(/\.\d+Z$/u, "Z"))

/** Qualified in filters; in JSON bodies the bare member name is used instead. */
const enumMember = <Projection extends string, Type extends string, Member extends string>(of: {
  readonly projection: Name<Projection>
  readonly type: Name<Type>
  readonly member: Name<Member>
}) => literal(`IfsApp.${of.projection}.${of.type}'${of.member}'`)

const equal = <Property extends string>(property: Name<Property>, value: Literal) =>
  filter(`${property} eq ${value}`)
const greaterThan = <Property extends string>(property: Name<Property>, value: Literal) =>
  filter(`${property} gt ${value}`)
const lessThan = <Property extends string>(property: Name<Property>, value: Literal) =>
  filter(`${property} lt ${value}`)
const greaterOrEqual = <Property extends string>(property: Name<Property>, value: Literal) =>
  filter(`${property} ge ${value}`)
const lessOrEqual = <Property extends string>(property: Name<Property>, value: Literal) =>
  filter(`${property} le ${value}`)
const startsWith = <Property extends string>(property: Name<Property>, value: Literal) =>
  filter(`startswith(${property},${value})`)
const and = (...filters: ReadonlyArray<Filter>) => filter(filters.join(" and "))
const or = (...filters: ReadonlyArray<Filter>) => filter(`(${filters.join(" or ")})`)

/** `(Company='10',AccountingYear=2026)`, percent-encoded for a path. */
const key = (parts: Readonly<Record<string, Literal>>) =>
  `(${Object.entries(parts)
    .map(([property, value]) => `${property}=${encodeURIComponent(value)}`)
    .join(",")})`

/** What a property of a key, or a time of change, holds. */
export type KeyType = "string" | "decimal" | "time"

const isDay = /^\d{4}-\d{2}-\d{2}$/u
const isDecimal = /^-?\d+(\.\d+)?$/u

/**
 * The literal of a value as IFS itself wrote it; none when it is no such value.
 * For cursors, ids and pages, where a value goes back to where it came from.
 */
const literalOf = (type: KeyType, value: string): Option.Option<Literal> => {
  switch (type) {
    case "string":
      return Option.some(string(value))
    case "decimal":
      return isDecimal.test(value) ? Option.some(literal(value)) : Option.none()
    case "time":
      // A day or an instant: what the column holds decides.
      return isDay.test(value) || /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/u.test(value)
        ? Option.map(DateTime.make(value), (time) => (isDay.test(value) ? date(time) : timestamp(time)))
        : Option.none()
  }
}

/** One column of an order, and its value in the last row that was read. */
interface Reached {
  readonly property: PropertyName
  readonly value: Literal
}

/**
 * Rows that come after one in the order of its columns, all ascending:
 * `(A gt 1 or (A eq 1 and B gt 2))`. Unlike a number of rows to skip, it is
 * not moved by rows that come or go meanwhile.
 */
const after = (reached: ReadonlyArray<Reached>): Filter =>
  or(
    ...reached.map((last, index) =>
      and(
        ...reached.slice(0, index).map(({ property, value }) => equal(property, value)),
        greaterThan(last.property, last.value)
      )
    )
  )

/** Literals, conditions and keys. */
export const odata = {
  string,
  date,
  timestamp,
  boolean,
  decimal,
  enumMember,
  literalOf,
  equal,
  greaterThan,
  greaterOrEqual,
  lessThan,
  lessOrEqual,
  startsWith,
  and,
  or,
  after,
  key
}
