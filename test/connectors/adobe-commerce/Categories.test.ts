import { assert, describe, it } from "@effect/vitest"
import { makeCategories, parentProducts } from "../../../src/connectors/adobe-commerce/Categories.ts"
import type { Json } from "../../../src/pipeline/SourceRecord.ts"

const tree = makeCategories([
  { id: 1, name: "Root Catalog", path: "1" },
  { id: 2, name: "Default Category", path: "1/2" },
  { id: 3, name: "Clothing", path: "1/2/3" },
  { id: 7, name: "Shirts", path: "1/2/3/7" },
  { id: 8, name: "Jackets", path: "1/2/3/8" },
  { id: 20, name: "Sale", path: "1/2/20" },
  { id: 21, name: "Summer", path: "1/2/20/21" },
  { id: 22, name: "Last week", path: "1/2/20/21/22" }
])

/** A product in these categories, each with its position. */
const productIn = (...links: ReadonlyArray<readonly [id: number, position: number]>): Json => ({
  id: 120,
  extension_attributes: {
    category_links: links.map(([id, position]) => ({ position, category_id: String(id) }))
  }
})

const first = (product: Json, below?: number) =>
  tree.of(product, below === undefined ? {} : { below })[0]?.path

describe("A4 the category that counts", () => {
  it.each([
    {
      rule: "the deepest",
      links: [
        [3, 0],
        [7, 9]
      ],
      below: undefined,
      path: "Clothing/Shirts"
    },
    {
      rule: "then the lowest position",
      links: [
        [7, 5],
        [8, 1]
      ],
      below: undefined,
      path: "Clothing/Jackets"
    },
    {
      rule: "then the lowest key",
      links: [
        [8, 1],
        [7, 1]
      ],
      below: undefined,
      path: "Clothing/Shirts"
    },
    {
      rule: "those below the preferred one first",
      links: [
        [22, 0],
        [3, 5]
      ],
      below: 3,
      path: "Clothing"
    },
    { rule: "others where none is below it", links: [[22, 0]], below: 3, path: "Sale/Summer/Last week" },
    { rule: "none that the shop does not know", links: [[99, 0]], below: undefined, path: undefined }
  ] as const)("$rule", ({ below, links, path }) => {
    assert.strictEqual(first(productIn(...links), below), path)
  })

  it("is read from the attribute of older releases too, and from an empty one there is none", () => {
    const product = (value: Json): Json => ({
      id: 120,
      custom_attributes: [{ attribute_code: "category_ids", value }]
    })
    assert.strictEqual(first(product(["3", "7"])), "Clothing/Shirts")
    assert.isUndefined(first(product([])))
  })

  it("of a bundle's child is asked of the bundle, by the order's rows", () => {
    const items = [
      { item_id: 1, product_id: 131 },
      { item_id: 2, product_id: 103, parent_item_id: 1 }
    ]
    assert.deepEqual([...parentProducts({ items })], [["103", "131"]])
    assert.strictEqual(parentProducts(undefined).size, 0)
  })
})
