/**
 * EntitySet: an entity set a client can read, and where its rows come from.
 */
import type { Books } from "./Books.ts"
import type { CompanyData } from "./CompanyData.ts"
import type { EntityType, Row } from "./EntityType.ts"
import type { RequiredValues } from "./Filter.ts"

/**
 * An entity set and its rows in the companies the user is allowed for.
 * `required` names values a row must have, so that few rows need to be made.
 */
export interface EntitySet {
  readonly entityType: EntityType
  readonly rows: (
    books: Books,
    companies: ReadonlyArray<CompanyData>,
    required: RequiredValues
  ) => ReadonlyArray<Row>
}
