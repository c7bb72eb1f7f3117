/**
 * describeProjection: the answers that are about projections and not about their rows.
 *
 * The catalogue of all projections, the service document and `$metadata`.
 */
import { HttpServerResponse } from "effect/http"
import { customerType } from "./CustomerRegister.ts"
import { DirectVouchers, directProjection } from "./DirectVouchers.ts"
import type { EntitySet } from "./EntitySet.ts"
import type { EntityType } from "./EntityType.ts"
import { projectionMetadata } from "./projectionMetadata.ts"
import { belowCustomers } from "./keepCustomers.ts"
import { documentedProjection, renamedEntity, type TenantNames, theirProjection } from "./TenantNames.ts"
import { assistantProjection, header, row } from "./VoucherAssistant.ts"

const ownArrays: Readonly<Record<string, ReadonlyArray<EntityType>>> = {
  [customerType.projection]: belowCustomers
}

const writable = [
  {
    projection: assistantProjection,
    sets: [header],
    arrays: [row],
    actions: ["VoucherEntry_CreateVoucher", "VoucherEntry_RemoveTempVoucher"]
  },
  { projection: directProjection, sets: [DirectVouchers], arrays: [], actions: [] }
]

const arraysOf = (names: TenantNames, projection: string) =>
  (ownArrays[projection] ?? []).map((type) => renamedEntity(names, type).entityType)

/** The answer to a GET of `rest` below a projection that the tenant calls `called`; undefined where rows are asked for. */
export const describeProjection = (
  names: TenantNames,
  entitySets: ReadonlyArray<EntitySet>,
  called: string,
  rest: string
): HttpServerResponse.HttpServerResponse | undefined => {
  const types: ReadonlyArray<EntityType> = entitySets.map(({ entityType }) => entityType)
  if (called === "AllProjections" && rest === "Projections") {
    const known = new Set([...types, ...writable].map(({ projection }) => projection))
    const value = [...known].map((projection) => ({ ProjectionName: theirProjection(names, projection) }))
    return HttpServerResponse.jsonUnsafe({ value })
  }
  const projection = documentedProjection(names, called)
  const sets = types.filter((type) => type.projection === projection)
  const own =
    writable.find((one) => one.projection === projection) ??
    (projection === undefined || sets.length === 0
      ? undefined
      : { projection, sets, arrays: arraysOf(names, projection), actions: [] })
  if (own === undefined) return undefined
  switch (rest) {
    case "$metadata":
      return HttpServerResponse.text(projectionMetadata({ ...own, projection: called }), {
        contentType: "application/xml"
      })
    case "":
      return HttpServerResponse.jsonUnsafe({
        value: own.sets.map(({ entitySet }) => ({ name: entitySet, kind: "EntitySet", url: entitySet }))
      })
    default:
      return undefined
  }
}
