/**
 * TenantNames: a tenant whose projections and fields are called otherwise.
 *
 * Names move between releases and tenants. The local IFS Cloud can be started
 * with names of its own; it then knows no others.
 */
import type { EntitySet } from "./EntitySet.ts"
import type { Values } from "./EntityType.ts"

/** Documented name to the tenant's: projections, and fields by documented `Projection.svc/EntitySet`. */
export interface TenantNames {
  readonly projections: Readonly<Record<string, string>>
  readonly fields: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** A tenant with the documented names. */
export const documentedNames: TenantNames = { projections: {}, fields: {} }

/** The tenant's name of a projection. */
export const theirProjection = (names: TenantNames, projection: string): string =>
  names.projections[projection] ?? projection

/** The documented name of what the tenant calls `projection`; undefined for a name that the tenant does not have. */
export const documentedProjection = (names: TenantNames, projection: string): string | undefined => {
  const renamed = Object.entries(names.projections).find(([, theirs]) => theirs === projection)
  if (renamed !== undefined) return renamed[0]
  return Object.hasOwn(names.projections, projection) ? undefined : projection
}

/** An entity set with the tenant's names of its fields. */
export const withTenantNames = (names: TenantNames, set: EntitySet): EntitySet => {
  const { entityType } = set
  const fields = names.fields[`${entityType.projection}.svc/${entityType.entitySet}`]
  if (fields === undefined) return set
  const their = (name: string) => fields[name] ?? name
  const documented = new Map(Object.entries(fields).map(([ours, theirs]) => [theirs, ours]))
  const renamed = <Value>(values: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [their(name), value]))
  return {
    entityType: {
      ...entityType,
      keys: entityType.keys.map(their),
      properties: renamed(entityType.properties)
    },
    rows: (books, companies, required) =>
      set
        .rows(
          books,
          companies,
          new Map([...required].map(([name, values]) => [documented.get(name) ?? name, values]))
        )
        .map((row) => ({ ...row, values: renamed<Values[string]>(row.values) }))
  }
}
