/**
 * Categories: where products are filed, and which of several places counts.
 *
 * A product may stand in many categories, in none, or be gone; it may have been
 * moved since it was sold. What is found here is what the shop says now, so it
 * is for choosing an account when a document is first read, and never a change
 * of one.
 *
 * Source: AdobeDocs/commerce-webapi, catalog-data-product-interface
 * (`category_links`, whose ids are texts, and the attribute `category_ids`) and
 * catalog-data-category-interface.
 */
import { Effect, Ref, Result, Schema } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { ProductCategory } from "../../pipeline/SalesDocument.ts"
import type { Json } from "../../pipeline/SourceRecord.ts"
import type { CommerceClient } from "./CommerceClient.ts"
import { decodePayload, Id } from "./decodePayload.ts"
import { readAll } from "./readAll.ts"
import { readByIds } from "./readByIds.ts"
import { textAt } from "./recordOf.ts"

/** One place where a product is filed. `path` are the names from below the root category down to it. */
type Category = typeof ProductCategory.Type

/** The setting that says which categories come first. */
export const preferredCategory = Schema.Int.annotate({
  description:
    "Key of a category: where a product stands in several, those below this one come first. Then the deepest counts, then the one with the lowest position, then the one with the lowest key."
})

/** Which of several categories counts. */
export interface CategoryRule {
  /** Categories under this one come before all others. */
  readonly below?: number
}

/** What is known of a product: its categories, the one that counts first; undefined where the product is gone. */
export type Filing = ReadonlyArray<Category> | undefined

interface Node {
  readonly category: Category
  /** Keys from the root down to the category itself. */
  readonly keys: ReadonlyArray<string>
}

const Text = Schema.optionalKey(Schema.String)

const CommerceCategory = Schema.Struct({ id: Id, name: Text, path: Text })

const Link = Schema.Struct({ position: Schema.optionalKey(Schema.Int), category_id: Id })

const FiledProduct = Schema.Struct({
  extension_attributes: Schema.optionalKey(
    Schema.Struct({ category_links: Schema.optionalKey(Schema.Array(Link)) })
  ),
  custom_attributes: Schema.optionalKey(
    Schema.Array(Schema.Struct({ attribute_code: Schema.String, value: Schema.optionalKey(Schema.Unknown) }))
  )
})

/** The tree of categories, ready to be asked. */
export interface Categories {
  /** The categories of a product's payload, the one that counts first. */
  readonly of: (product: Json, rule: CategoryRule) => ReadonlyArray<Category>
}

/** Keys of the categories with their positions, by either of the two ways in which releases state them. */
const linksOf = (product: Json): ReadonlyMap<string, number> => {
  const decoded = decodePayload(FiledProduct, "product", product)
  if (Result.isFailure(decoded)) return new Map()
  const { custom_attributes: attributes, extension_attributes: extension } = decoded.success
  const ids = attributes?.find(({ attribute_code }) => attribute_code === "category_ids")?.value
  const named = Array.isArray(ids) ? ids.map((id) => [String(id), Number.MAX_SAFE_INTEGER] as const) : []
  const links = (extension?.category_links ?? []).map(
    ({ category_id, position }) => [category_id, position ?? Number.MAX_SAFE_INTEGER] as const
  )
  return new Map([...named, ...links])
}

/** Deepest first, then the lowest position, then the lowest key; those below the preferred one before all others. */
const inOrder =
  (links: ReadonlyMap<string, number>, { below }: CategoryRule) =>
  (left: Node, right: Node): number => {
    const isBelow = (node: Node) => (below !== undefined && node.keys.includes(String(below)) ? 0 : 1)
    const position = ({ category }: Node) => links.get(category.id) ?? 0
    return (
      isBelow(left) - isBelow(right) ||
      right.keys.length - left.keys.length ||
      position(left) - position(right) ||
      Number(left.category.id) - Number(right.category.id)
    )
  }

/** Makes the tree from the payloads of GET /V1/categories/list. */
export const makeCategories = (payloads: ReadonlyArray<Json>): Categories => {
  const decoded = payloads.flatMap((payload) => {
    const category = decodePayload(CommerceCategory, "category", payload)
    return Result.isSuccess(category) ? [category.success] : []
  })
  const names = new Map(decoded.map(({ id, name }) => [id, name ?? id] as const))
  const nodes = new Map(
    decoded.map(({ id, path }): [string, Node] => {
      const keys = (path ?? id).split("/")
      const name = names.get(id) ?? id
      // The first two are the root of all and the root of a store.
      const below = keys.slice(2).map((key) => names.get(key) ?? key)
      return [id, { keys, category: { id, name, path: below.length === 0 ? name : below.join("/") } }]
    })
  )
  return {
    of: (product, rule) => {
      const links = linksOf(product)
      return [...links.keys()]
        .flatMap((id) => {
          const node = nodes.get(id)
          return node === undefined ? [] : [node]
        })
        .toSorted(inOrder(links, rule))
        .map(({ category }) => category)
    }
  }
}

/** Reads all categories; needs the right Magento_Catalog::categories. */
export const readCategories = Effect.fn("Categories.read")(function* (
  client: CommerceClient,
  pageSize: number
): Effect.fn.Return<Categories, ConnectorError> {
  const list = { resource: "categories/list", key: { column: "entity_id", field: "id" } }
  return makeCategories(yield* readAll(client, list, pageSize))
})

/** Products remembered at a time; an older one is asked for again. */
const remembered = 20_000

/** Looks products up by key, each once while the source is open; needs the right Magento_Catalog::products. */
export const makeFilings = Effect.fn("Categories.makeFilings")(function* (
  client: CommerceClient,
  options: { readonly pageSize: number; readonly rule: CategoryRule }
) {
  const tree = yield* Effect.cached(readCategories(client, options.pageSize))
  const known = yield* Ref.make<ReadonlyMap<string, Filing>>(new Map())
  return Effect.fn("Categories.filings")(function* (
    productIds: ReadonlyArray<string>
  ): Effect.fn.Return<ReadonlyMap<string, Filing>, ConnectorError> {
    if (productIds.length === 0) return new Map()
    const categories = yield* tree
    const before = yield* Ref.get(known)
    const found = yield* readByIds(
      client,
      { resource: "products", key: { column: "entity_id", field: "id" } },
      productIds.filter((id) => !before.has(id)),
      "items[id,extension_attributes[category_links],custom_attributes],total_count"
    )
    const fresh = [...found].map(([id, product]): [string, Filing] => [
      id,
      product._tag === "Found" ? categories.of(product.item, options.rule) : undefined
    ])
    const all = new Map([...before, ...fresh])
    yield* Ref.set(known, new Map([...all].slice(-remembered)))
    return new Map(productIds.map((id) => [id, all.get(id)]))
  })
})

/** The field of a row or a product that names the parent of a child's product, by the child's. */
export const parentProducts = (order: Json | undefined): ReadonlyMap<string, string> => {
  const items =
    typeof order === "object" && order !== null && "items" in order && Array.isArray(order["items"])
      ? order["items"]
      : []
  const products = new Map(
    items.map((item) => [textAt(item, "item_id"), textAt(item, "product_id")] as const)
  )
  return new Map(
    items.flatMap((item) => {
      const parent = products.get(textAt(item, "parent_item_id"))
      return parent === undefined || parent === "" ? [] : [[textAt(item, "product_id"), parent] as const]
    })
  )
}
