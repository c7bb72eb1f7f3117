/**
 * products: the source `adobe-commerce/products`.
 *
 * A configurable product has no price of its own. What a shop adds to its
 * products (a custom attribute such as `gl_group`) stands under `attributes`.
 *
 * Source: AdobeDocs/commerce-webapi, catalog-data-product-interface, 2.4.6 to
 * 2.4.9; magento2 issue 37670 for stock and prices that are changed without a
 * stamp, which the daily sweep notices.
 */
import { BigDecimal, Effect, Schema } from "effect"
import { Decimal, formatDecimal } from "../../accounting/Decimal.ts"
import { ProductCategory } from "../../pipeline/SalesDocument.ts"
import type { Json, NormalisedRecord } from "../../pipeline/SourceRecord.ts"
import { named } from "./addressOf.ts"
import { preferredCategory, readCategories } from "./Categories.ts"
import { Id, Instant, Money } from "./decodePayload.ts"
import { type Given, type ListKind, listSource, normaliseItem } from "./listSource.ts"
import { wholeReadingConfig } from "./readingConfig.ts"

const Config = Schema.Struct({
  ...wholeReadingConfig,
  below: Schema.optionalKey(preferredCategory)
}).annotate({ identifier: "AdobeCommerceProducts" })

const Text = (description: string) => Schema.String.annotate({ description })
const Optional = (description: string) => Schema.optionalKey(Text(description))

/** A product of the catalogue. */
const Product = Schema.Struct({
  id: Text("Stable key in the shop."),
  number: Text("Stock keeping unit."),
  name: Text("Description, as printed."),
  type: Text("simple, configurable, bundle, virtual, downloadable, grouped or gift-card."),
  state: Schema.Literals(["active", "inactive"]).annotate({ description: "inactive: not for sale." }),
  price: Schema.optionalKey(
    Decimal.annotate({ description: "List price in the base currency; absent where variants have prices." })
  ),
  taxClass: Optional("Tax class of the shop, by its key."),
  attributeSet: Optional("Attribute set, by its key."),
  websites: Schema.Array(Schema.String).annotate({ description: "Keys of the websites that sell it." }),
  category: Schema.optionalKey(ProductCategory),
  categories: Schema.Array(ProductCategory).annotate({
    description: "All categories it is filed under; the first is `category`."
  }),
  attributes: Schema.Record(Schema.String, Schema.String).annotate({
    description: "Custom attributes with a single value, by their code."
  }),
  createdAt: Optional("Instant, ISO 8601 in UTC."),
  updatedAt: Optional("Instant, ISO 8601 in UTC.")
}).annotate({ identifier: "Product" })

const Key = Schema.optionalKey(Id)

const CommerceProduct = Schema.Struct({
  id: Id,
  sku: Id,
  name: Schema.optionalKey(Schema.String),
  attribute_set_id: Key,
  price: Schema.optionalKey(Money),
  status: Key,
  type_id: Schema.optionalKey(Schema.String),
  created_at: Schema.optionalKey(Instant),
  updated_at: Schema.optionalKey(Instant),
  extension_attributes: Schema.optionalKey(
    Schema.Struct({ website_ids: Schema.optionalKey(Schema.Array(Id)) })
  ),
  custom_attributes: Schema.optionalKey(
    Schema.Array(Schema.Struct({ attribute_code: Schema.String, value: Schema.optionalKey(Schema.Json) }))
  )
})
type CommerceProduct = typeof CommerceProduct.Type

const isCategories = Schema.is(Schema.Array(ProductCategory))

const toRecord =
  (given: Given) =>
  (product: CommerceProduct): typeof Product.Encoded => {
    const categories = isCategories(given["categories"]) ? given["categories"] : []
    const [category] = categories
    const attributes = Object.fromEntries(
      (product.custom_attributes ?? []).flatMap(({ attribute_code, value }) =>
        typeof value === "string" || typeof value === "number" ? [[attribute_code, String(value)]] : []
      )
    )
    return {
      id: product.id,
      number: product.sku,
      name: product.name ?? product.sku,
      type: product.type_id === "giftcard" ? "gift-card" : (product.type_id ?? "simple"),
      state: product.status === "1" ? "active" : "inactive",
      ...(product.price === undefined ? {} : { price: formatDecimal(BigDecimal.normalize(product.price)) }),
      ...named("taxClass", attributes["tax_class_id"]),
      ...named("attributeSet", product.attribute_set_id),
      websites: product.extension_attributes?.website_ids ?? [],
      ...(category === undefined ? {} : { category }),
      categories,
      attributes,
      ...named("createdAt", product.created_at),
      ...named("updatedAt", product.updated_at)
    }
  }

/** The product, or what is wrong with it; `given.categories` are those it is filed under. */
export const normaliseProduct = (given: Given): NormalisedRecord =>
  normaliseItem(CommerceProduct, "product", given, toRecord(given))

const kind: ListKind<typeof Config.Type> = {
  type: "adobe-commerce/products",
  summary: "Reads products with their categories and custom attributes from Adobe Commerce.",
  resource: "product",
  label: "product",
  list: { resource: "products", key: { column: "entity_id", field: "id" } },
  time: "updated_at",
  number: "sku",
  record: Product,
  lookUpBy: { id: "entity_id", number: "sku" },
  beside: Effect.fnUntraced(function* ({ client, pageSize }, rule) {
    const tree = yield* Effect.cached(readCategories(client, pageSize))
    return Effect.fnUntraced(function* (items: ReadonlyArray<Json>) {
      const categories = yield* tree
      return items.map((document): Given => ({ document, categories: categories.of(document, rule) }))
    })
  }),
  normalise: normaliseProduct
}

/** Reads GET /V1/products by `updated_at`, and once a day all of it. */
export const products = listSource(kind, Config)
