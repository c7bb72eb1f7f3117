/**
 * projectionMetadata: what a projection says about itself, as `$metadata` and as service document.
 *
 * Served to GET `…svc/$metadata` (XML), `…svc/` and the catalogue
 * `AllProjections.svc/Projections`, as on a live tenant: every number is an
 * Edm.Decimal, enumerations have types of their own.
 */
import type { EntityType, PropertyType } from "./EntityType.ts"

/** What is known of one projection. */
export interface ProjectionMetadata {
  readonly projection: string
  readonly sets: ReadonlyArray<EntityType>
  /** Arrays below the first set. */
  readonly arrays: ReadonlyArray<EntityType>
  /** Bound actions, by name. */
  readonly actions: ReadonlyArray<string>
}

const types: Readonly<Record<Exclude<PropertyType["type"], "enum">, string>> = {
  string: "Edm.String",
  decimal: "Edm.Decimal",
  date: "Edm.Date",
  timestamp: "Edm.DateTimeOffset",
  boolean: "Edm.Boolean"
}

const attributesOf = (projection: string, type: PropertyType): string => {
  if (type.type === "enum") return `Type="IfsApp.${projection}.${type.name}"`
  const facets =
    type.type === "string"
      ? ` MaxLength="${type.maximumLength}"`
      : type.type === "decimal"
        ? ' Precision="130" Scale="65"'
        : ""
  return `Type="${types[type.type]}"${facets}`
}

const entityXml = (projection: string, type: EntityType, arrays: ReadonlyArray<EntityType>) =>
  [
    `<EntityType Name="${type.entity}">`,
    `<Key>${type.keys.map((key) => `<PropertyRef Name="${key}"/>`).join("")}</Key>`,
    ...Object.entries(type.properties).map(
      ([name, property]) => `<Property Name="${name}" ${attributesOf(projection, property)}/>`
    ),
    ...arrays.map(
      (array) =>
        `<NavigationProperty Name="${array.entitySet}" Type="Collection(IfsApp.${projection}.${array.entity})"/>`
    ),
    "</EntityType>"
  ].join("\n")

/** The document of `$metadata`. */
export const projectionMetadata = ({ actions, arrays, projection, sets }: ProjectionMetadata): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">',
    "<edmx:DataServices>",
    `<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="IfsApp.${projection}">`,
    ...sets.map((set, index) => entityXml(projection, set, index === 0 ? arrays : [])),
    ...arrays.map((array) => entityXml(projection, array, [])),
    ...actions.map((action) => `<Action Name="${action}" IsBound="true"/>`),
    `<EntityContainer Name="${projection}">`,
    ...sets.map(
      (set) => `<EntitySet Name="${set.entitySet}" EntityType="IfsApp.${projection}.${set.entity}"/>`
    ),
    "</EntityContainer>",
    "</Schema>",
    "</edmx:DataServices>",
    "</edmx:Edmx>",
    ""
  ].join("\n")
