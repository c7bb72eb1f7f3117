/**
 * catalogue: what the generated shop sells, and how its products are filed.
 *
 * Prices are cents in EUR; the web shop reads them as including tax, the others as excluding it.
 * Children of configurable and bundle products stand in no category, as is common.
 */
import type { Payload, PayloadObject } from "./Payload.ts"
import { decimalOf } from "./Pair.ts"
import type { TaxClass } from "./taxRatesFor.ts"

/** A product that has its own row in an order. */
export interface Product {
  readonly id: number
  readonly sku: string
  readonly name: string
  readonly type: "simple" | "configurable" | "bundle" | "virtual" | "giftcard"
  readonly taxClass: TaxClass
  readonly priceCents: bigint
  readonly categoryIds: ReadonlyArray<number>
  /** Configurable: one of them is sold. Bundle: all of them are. */
  readonly children: ReadonlyArray<Child>
  /** For a bundle: whether the children carry the price. */
  readonly isDynamicallyPriced: boolean
}

/** A product inside a configurable or a bundle. */
export interface Child {
  readonly product: Product
  /** Pieces in one unit of the parent. */
  readonly quantity: number
}

const product = (
  fields: Pick<Product, "id" | "sku" | "name" | "priceCents"> & Partial<Product>
): Product => ({
  type: "simple",
  taxClass: "standard",
  categoryIds: [],
  children: [],
  isDynamicallyPriced: false,
  ...fields
})

const mug = product({ id: 101, sku: "MUG-01", name: "Enamel mug", priceCents: 1290n, categoryIds: [5] })
const lamp = product({ id: 102, sku: "LAMP-01", name: "Desk lamp", priceCents: 4995n, categoryIds: [5] })
const tent = product({
  id: 103,
  sku: "TENT-02",
  name: "Two-person tent",
  priceCents: 18900n,
  categoryIds: [6]
})
const handbook = product({
  id: 111,
  sku: "BOOK-01",
  name: "Handbook of knots",
  priceCents: 2495n,
  categoryIds: [4],
  taxClass: "reduced"
})
const atlas = product({
  id: 112,
  sku: "BOOK-02",
  name: "Atlas of rivers",
  priceCents: 3999n,
  categoryIds: [4],
  taxClass: "reduced"
})
const shirtBlue = product({ id: 121, sku: "SHIRT-M-BLUE", name: "Shirt-M-Blue", priceCents: 2999n })
const shirtRed = product({ id: 122, sku: "SHIRT-L-RED", name: "Shirt-L-Red", priceCents: 2999n })
const jacketGreen = product({ id: 123, sku: "JACKET-M-GREEN", name: "Jacket-M-Green", priceCents: 11950n })
const shirt = product({
  id: 120,
  sku: "SHIRT",
  name: "Shirt",
  type: "configurable",
  priceCents: 2999n,
  categoryIds: [3, 7],
  children: [
    { product: shirtBlue, quantity: 1 },
    { product: shirtRed, quantity: 1 }
  ]
})
const jacket = product({
  id: 124,
  sku: "JACKET",
  name: "Jacket",
  type: "configurable",
  priceCents: 11950n,
  categoryIds: [3, 8],
  children: [{ product: jacketGreen, quantity: 1 }]
})
const deskSet = product({
  id: 130,
  sku: "DESK-SET",
  name: "Desk set",
  type: "bundle",
  priceCents: 5990n,
  categoryIds: [5],
  children: [
    { product: lamp, quantity: 1 },
    { product: mug, quantity: 2 }
  ]
})
const campKit = product({
  id: 131,
  sku: "CAMP-KIT",
  name: "Camp kit",
  type: "bundle",
  priceCents: 0n,
  categoryIds: [6],
  isDynamicallyPriced: true,
  children: [
    { product: tent, quantity: 1 },
    { product: mug, quantity: 2 },
    { product: handbook, quantity: 1 }
  ]
})
const installation = product({
  id: 140,
  sku: "SERVICE-01",
  name: "Installation at home",
  type: "virtual",
  priceCents: 7900n,
  categoryIds: [9]
})
const warranty = product({
  id: 141,
  sku: "WARRANTY-3Y",
  name: "Three-year warranty",
  type: "virtual",
  priceCents: 2900n,
  categoryIds: [9]
})
const giftCard = product({
  id: 150,
  sku: "GIFT-CARD-50",
  name: "Gift card",
  type: "giftcard",
  priceCents: 5000n,
  categoryIds: [10],
  taxClass: "none"
})

/** Products by what the generator wants of them; each list has at least one. */
export const catalogue = {
  simple: [mug, lamp, tent],
  book: [handbook, atlas],
  configurable: [shirt, jacket],
  fixedBundle: [deskSet],
  dynamicBundle: [campKit],
  virtual: [installation, warranty],
  giftCard: [giftCard]
} as const satisfies Record<string, readonly [Product, ...ReadonlyArray<Product>]>

const products: ReadonlyArray<Product> = [
  ...Object.values(catalogue).flat(),
  shirtBlue,
  shirtRed,
  jacketGreen
]

const taxClassIds: Record<TaxClass, string> = { none: "0", standard: "2", reduced: "4" }

/** What `GET /V1/products` answers. */
export const productPayloads: ReadonlyArray<PayloadObject> = products
  .toSorted((left, right) => left.id - right.id)
  .map((item) => ({
    id: item.id,
    sku: item.sku,
    name: item.name,
    attribute_set_id: 4,
    price: item.type === "configurable" || item.isDynamicallyPriced ? undefined : decimalOf(item.priceCents),
    status: 1,
    visibility: item.categoryIds.length > 0 ? 4 : 1,
    type_id: item.type,
    created_at: "2026-06-01 08:00:00",
    updated_at: "2026-08-15 08:00:00",
    weight: item.type === "virtual" || item.type === "giftcard" ? undefined : 1,
    extension_attributes: {
      website_ids: [1],
      category_links: item.categoryIds.map((id, position) => ({ position, category_id: `${id}` }))
    },
    product_links: [],
    options: [],
    media_gallery_entries: [],
    tier_prices: [],
    custom_attributes: [
      { attribute_code: "url_key", value: item.sku.toLowerCase() },
      { attribute_code: "tax_class_id", value: taxClassIds[item.taxClass] },
      { attribute_code: "category_ids", value: item.categoryIds.map((id): Payload => `${id}`) }
    ]
  }))

const category = (id: number, name: string, path: string, children: string = ""): PayloadObject => ({
  id,
  parent_id: Number(path.split("/").at(-2) ?? 0),
  name,
  is_active: true,
  position: id,
  level: path.split("/").length - 1,
  children,
  created_at: "2026-06-01 08:00:00",
  updated_at: "2026-06-01 08:00:00",
  path,
  available_sort_by: [],
  include_in_menu: true
})

/** What `GET /V1/categories/list` answers. */
export const categoryPayloads: ReadonlyArray<PayloadObject> = [
  category(1, "Root Catalog", "1", "2"),
  category(2, "Default Category", "1/2", "3,4,5,6,9,10"),
  category(3, "Clothing", "1/2/3", "7,8"),
  category(4, "Books", "1/2/4"),
  category(5, "Home", "1/2/5"),
  category(6, "Outdoor", "1/2/6"),
  category(7, "Shirts", "1/2/3/7"),
  category(8, "Jackets", "1/2/3/8"),
  category(9, "Services", "1/2/9"),
  category(10, "Gift cards", "1/2/10")
]
