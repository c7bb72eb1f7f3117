/**
 * withCategories: documents whose lines say under which category their product is filed.
 *
 * The product of a line is the parent's for a configurable one. The child of a
 * bundle that stands in no category takes those of the bundle.
 */
import { Effect, Schema } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { EncodedSalesDocument } from "../../pipeline/SalesDocument.ts"
import type { Json, SourceRecord } from "../../pipeline/SourceRecord.ts"
import { type Filing, makeFilings, parentProducts, preferredCategory } from "./Categories.ts"
import type { CommerceClient } from "./CommerceClient.ts"

/** The setting `categories` of a source of documents. */
export const categoriesConfig = Schema.Struct({
  below: Schema.optionalKey(preferredCategory),
  missing: Schema.Literals(["absent", "park"])
    .annotate({
      description:
        "What becomes of a line whose product is gone or in no category. absent: the line has none, and only a row of a table that does not ask for one fits it. park: its document waits in the error queue.",
      default: "absent"
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("absent" as const)))
}).annotate({
  description:
    "Reads under which category each line's product is filed, as `lines[].category`; `categories: {}` is enough. What the shop says when a document is read: a product that is filed elsewhere later posts nothing."
})
export type CategoriesConfig = typeof categoriesConfig.Type

type Line = EncodedSalesDocument["lines"][number]

const at = (raw: Json, name: string): Json | undefined =>
  typeof raw === "object" && raw !== null && !Array.isArray(raw)
    ? Object.entries(raw).find(([key]) => key === name)?.[1]
    : undefined

const filed = (
  record: SourceRecord,
  parents: ReadonlyMap<string, string>,
  filings: ReadonlyMap<string, Filing>,
  { missing }: CategoriesConfig
): SourceRecord => {
  const { normalised } = record
  if (normalised._tag !== "Document") return record
  const categoriesOf = ({ productId }: Line): Filing => {
    if (productId === undefined) return undefined
    const own = filings.get(productId)
    return own !== undefined && own.length > 0 ? own : (filings.get(parents.get(productId) ?? "") ?? own)
  }
  const lines = normalised.document.lines.map((line): Line => {
    const categories = categoriesOf(line) ?? []
    const [category] = categories
    return category === undefined ? line : { ...line, category, categories }
  })
  const bare = missing === "park" ? lines.filter(({ category }) => category === undefined) : []
  return bare.length === 0
    ? { ...record, normalised: { _tag: "Document", document: { ...normalised.document, lines } } }
    : {
        ...record,
        normalised: {
          _tag: "Problems",
          problems: bare.map(({ productId, sku }) => ({
            code: "category-missing",
            message: `the product of row ${sku} (${productId ?? "without a key"}) is gone or in no category, and categories.missing says park. File the product in Commerce, or set categories.missing: absent and give the table a row for lines without a category.`,
            path: "lines"
          }))
        }
      }
}

/** Makes what gives each document's lines their categories; products are asked for once a page. */
export const withCategories = Effect.fn("withCategories.make")(function* (
  client: CommerceClient,
  options: { readonly pageSize: number; readonly config: CategoriesConfig }
) {
  const filingsOf = yield* makeFilings(client, { pageSize: options.pageSize, rule: options.config })
  return Effect.fn("withCategories")(function* (
    records: ReadonlyArray<SourceRecord>
  ): Effect.fn.Return<ReadonlyArray<SourceRecord>, ConnectorError> {
    const parents = records.map(({ raw }) => parentProducts(at(raw, "order") ?? at(raw, "document")))
    const ids = records.flatMap(({ normalised }, index) =>
      normalised._tag !== "Document"
        ? []
        : normalised.document.lines.flatMap(({ productId }) =>
            productId === undefined
              ? []
              : [productId, parents[index]?.get(productId)].filter((id) => id !== undefined)
          )
    )
    const filings = yield* filingsOf([...new Set(ids)])
    return records.map((record, index) => filed(record, parents[index] ?? new Map(), filings, options.config))
  })
})
