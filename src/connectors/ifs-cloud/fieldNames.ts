/**
 * fieldNames: fields under the names that a tenant gives them.
 *
 * Our code knows each field by one name, the documented one. Where a tenant or
 * a release calls it otherwise, the connection says so, and the name is
 * exchanged at the edge: in what is asked, in what is sent, and back again in
 * what is answered.
 */
import { Brand } from "effect"
import type { Connection } from "./Connection.ts"
import type { Filter } from "./odata.ts"

/** Our name to the tenant's; names that are equal are left out. */
export type FieldNames = Readonly<Record<string, string>>

const noNames: FieldNames = {}
const filter = Brand.nominal<Filter>()

/** The names of the set that `set` is set for in the connection: `<Projection>.svc/<EntitySet>`, or an array below one. */
const fieldNamesOf = (connection: Connection, set: string): FieldNames => {
  const roles: Readonly<Record<string, unknown>> = connection.projections
  return Object.entries(connection.fields).find(([role]) => roles[role] === set)?.[1] ?? noNames
}

/** `name`, or `name desc`, as the tenant calls it. */
export const theirName = (names: FieldNames, name: string): string => {
  const [field = "", ...rest] = name.split(" ")
  return [Object.hasOwn(names, field) ? names[field] : field, ...rest].join(" ")
}

/** A condition with the tenant's names; texts between quotes stay as they are. */
export const theirFilter = (names: FieldNames, condition: Filter): Filter =>
  filter(
    condition.replaceAll(/'(?:[^']|'')*'|\b[A-Za-z]\w*/gu, (word) =>
      word.startsWith("'") ? word : theirName(names, word)
    )
  )

/** A set or an array, and perhaps a key in parentheses; what stands between quotes belongs to the key. */
const step = /^([A-Za-z]\w*(?:\.svc\/[A-Za-z]\w*)?)(\((?:[^'()]|'(?:[^']|'')*')*\))?(?:\/|$)/u

/**
 * The path `<Projection>.svc/<EntitySet>(<key>)/<Array>(<key>)…` with the
 * tenant's names in its keys, and the names of the fields of what it leads to.
 */
export const theirPath = (
  connection: Connection,
  path: string
): { readonly path: string; readonly names: FieldNames } => {
  const [whole, set = "", key = ""] = step.exec(path) ?? []
  if (whole === undefined) return { path, names: noNames }
  const names = fieldNamesOf(connection, set)
  const here = `${set}${theirFilter(names, filter(key))}`
  const rest = path.slice(whole.length)
  if (rest === "") return { path: here, names }
  const below = theirPath(connection, rest)
  return { ...below, path: `${here}/${below.path}` }
}

/** What is sent, with the tenant's names. */
export const theirFields = <Value>(
  names: FieldNames | undefined,
  body: Readonly<Record<string, Value>>
): Readonly<Record<string, Value>> =>
  names === undefined
    ? body
    : Object.fromEntries(Object.entries(body).map(([name, value]) => [theirName(names, name), value]))

/** A row as answered, with our names again. */
export const ourFields = <Value>(
  names: FieldNames,
  row: Readonly<Record<string, Value>>
): Readonly<Record<string, Value>> => {
  const ours = new Map(Object.entries(names).map(([our, their]) => [their, our]))
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [ours.get(name) ?? name, value]))
}
