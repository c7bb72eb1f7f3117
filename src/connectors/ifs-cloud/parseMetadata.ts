/**
 * parseMetadata: what a projection says about itself, `$metadata` of OData v4.
 *
 * Only names are read: of entity sets, their fields, arrays below an entity, and
 * actions. Entities of the document (`&…;`) are not expanded.
 */
import { Effect, Option, Schema } from "effect"
import { XMLParser } from "fast-xml-parser"

/** Names of one projection. */
export interface Metadata {
  /** Fields by entity set. */
  readonly sets: ReadonlyMap<string, ReadonlySet<string>>
  /** Fields by array, such as the rows below a voucher. */
  readonly arrays: ReadonlyMap<string, ReadonlySet<string>>
  readonly actions: ReadonlySet<string>
}

const Named = Schema.Struct({ Name: Schema.String })
const list = <Item extends Schema.Top>(item: Item) => Schema.optionalKey(Schema.Array(item))

const Document = Schema.Struct({
  Edmx: Schema.Struct({
    DataServices: Schema.Struct({
      Schema: Schema.Array(
        Schema.Struct({
          Namespace: Schema.String,
          EntityType: list(
            Schema.Struct({
              Name: Schema.String,
              Property: list(Named),
              NavigationProperty: list(Schema.Struct({ Name: Schema.String, Type: Schema.String }))
            })
          ),
          Action: list(Named),
          EntityContainer: list(
            Schema.Struct({
              EntitySet: list(Schema.Struct({ Name: Schema.String, EntityType: Schema.String }))
            })
          )
        })
      )
    })
  })
})

const lists = new Set([
  "Schema",
  "EntityType",
  "Property",
  "NavigationProperty",
  "Action",
  "EntityContainer",
  "EntitySet"
])

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "",
  removeNSPrefix: true,
  processEntities: false,
  isArray: (name, _path, _isLeaf, isAttribute) => isAttribute !== true && lists.has(name)
})

const decode = Schema.decodeUnknownOption(Document)

/** Reads the document; none when it is no OData metadata. */
export const parseMetadata = (xml: string): Effect.Effect<Option.Option<Metadata>> =>
  Effect.try({ try: (): unknown => parser.parse(xml), catch: () => "unreadable" as const }).pipe(
    Effect.map((parsed) => Option.map(decode(parsed), namesOf)),
    Effect.orElseSucceed(() => Option.none())
  )

const namesOf = ({ Edmx }: typeof Document.Type): Metadata => {
  const schemas = Edmx.DataServices.Schema
  const types = schemas.flatMap(({ EntityType = [], Namespace }) =>
    EntityType.map((type) => ({ ...type, qualified: `${Namespace}.${type.Name}` }))
  )
  const fieldsOf = (qualified: string) =>
    new Set(types.find((type) => type.qualified === qualified)?.Property?.map(({ Name }) => Name) ?? [])
  return {
    sets: new Map(
      schemas
        .flatMap(({ EntityContainer = [] }) => EntityContainer.flatMap(({ EntitySet = [] }) => EntitySet))
        .map(({ EntityType, Name }) => [Name, fieldsOf(EntityType)])
    ),
    arrays: new Map(
      types
        .flatMap(({ NavigationProperty = [] }) => NavigationProperty)
        .map(({ Name, Type }) => [Name, fieldsOf(Type.replace(/^Collection\((.*)\)$/u, "$1"))])
    ),
    actions: new Set(schemas.flatMap(({ Action = [] }) => Action.map(({ Name }) => Name)))
  }
}
