/**
 * TenantNames: a tenant whose projections and fields are called otherwise.
 *
 * Names move between releases and tenants. The local IFS Cloud can be started
 * with names of its own; it then knows no others.
 */
import type { EntitySet } from "./EntitySet.ts"
import type { EntityType } from "./EntityType.ts"

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

/** An entity as the tenant calls its fields, and values from and to the documented names. */
export interface RenamedEntity {
  readonly entityType: EntityType
  readonly theirs: <Value>(values: Readonly<Record<string, Value>>) => Readonly<Record<string, Value>>
  readonly documented: <Value>(values: Readonly<Record<string, Value>>) => Readonly<Record<string, Value>>
}

const renaming =
  (names: Readonly<Record<string, string>>) =>
  <Value>(values: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [names[name] ?? name, value]))

/** `entityType` with the tenant's names of its fields. */
export const renamedEntity = (names: TenantNames, entityType: EntityType): RenamedEntity => {
  const fields = names.fields[`${entityType.projection}.svc/${entityType.entitySet}`] ?? {}
  const theirs = renaming(fields)
  return {
    entityType: {
      ...entityType,
      keys: entityType.keys.map((key) => fields[key] ?? key),
      properties: theirs(entityType.properties)
    },
    theirs,
    documented: renaming(Object.fromEntries(Object.entries(fields).map(([ours, their]) => [their, ours])))
  }
}

/** An entity set with the tenant's names of its fields. */
export const withTenantNames = (names: TenantNames, set: EntitySet): EntitySet => {
  const { documented, entityType, theirs } = renamedEntity(names, set.entityType)
  return {
    entityType,
    rows: (books, companies, required) =>
      set
        .rows(books, companies, new Map(Object.entries(documented(Object.fromEntries(required)))))
        .map((row) => ({ ...row, values: theirs(row.values) }))
  }
}
