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
import { Brand, DateTime } from "effect"
import { type Decimal, formatDecimal } from "../../accounting/Decimal.ts"

/** A value as it stands in a filter or a key. */
export type Literal = string & Brand.Brand<"ODataLiteral">
/** A condition for `$filter`. */
export type Filter = string & Brand.Brand<"ODataFilter">

/** A name written in our code; a name that is only known at run time does not compile. */
type Name<Text extends string> = string extends Text ? never : Text

const literal = Brand.nominal<Literal>()
const filter = Brand.nominal<Filter>()

const string = (value: string) => literal(`'${value.replaceAll("'", "''")}'`)
const date = (value: DateTime.DateTime) => literal(DateTime.formatIsoDateUtc(value))
const boolean = (value: boolean) => literal(`${value}`)
const decimal = (value: Decimal) => literal(formatDecimal(value))

/** Whole seconds: IFS refuses fractions. */
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
const greaterOrEqual = <Property extends string>(property: Name<Property>, value: Literal) =>
  filter(`${property} ge ${value}`)
const startsWith = <Property extends string>(property: Name<Property>, value: Literal) =>
  filter(`startswith(${property},${value})`)
const and = (...filters: ReadonlyArray<Filter>) => filter(filters.join(" and "))
const or = (...filters: ReadonlyArray<Filter>) => filter(`(${filters.join(" or ")})`)

/** `(Company='10',AccountingYear=2026)`, percent-encoded for a path. */
const key = (parts: Readonly<Record<string, Literal>>) =>
  `(${Object.entries(parts)
    .map(([property, value]) => `${property}=${encodeURIComponent(value)}`)
    .join(",")})`

/** Literals, conditions and keys. */
export const odata = {
  string,
  date,
  timestamp,
  boolean,
  decimal,
  enumMember,
  equal,
  greaterThan,
  greaterOrEqual,
  startsWith,
  and,
  or,
  key
}
