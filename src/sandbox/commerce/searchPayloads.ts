/**
 * searchPayloads: a list request against a collection, with the meaning MySQL gives its conditions.
 *
 * Text compares without regard to case, accents and blanks at its end, numbers by value, and a null column satisfies
 * only `null`.
 *
 * Source: magento2 creates its tables with utf8_general_ci (Setup/Declaration/Schema/Dto/Factories/Table.php of the
 * framework), which pads with blanks and knows no accents.
 */
import { BigDecimal, Effect, Option } from "effect"
import { CommerceRefusal } from "./CommerceRefusal.ts"
import { type Payload, payloadsAt, type PayloadObject } from "./Payload.ts"
import { searchCriteriaPayload, type SearchCriteria, type SearchFilter } from "./SearchCriteria.ts"

/** What a collection allows to be asked. */
export interface Searchable {
  readonly items: ReadonlyArray<PayloadObject>
  /** The columns; anything else is refused. `entity_id` may be asked where items show `id`. */
  readonly columns: ReadonlySet<string>
  /** Whether a page past the last is the last one again; else it is empty. */
  readonly repeatsLastPage: boolean
  /** Input limits, when the shop has switched them on; then 20 rows are the default. */
  readonly maximumPageSize: number | undefined
}

/** The page asked for, the echo of the criteria and the count of all matches. */
export const searchPayloads = Effect.fn("searchPayloads")(function* (
  searchable: Searchable,
  criteria: SearchCriteria
): Effect.fn.Return<PayloadObject, CommerceRefusal> {
  const { maximumPageSize } = searchable
  if (maximumPageSize !== undefined && (criteria.pageSize ?? 0) > maximumPageSize) {
    return yield* new CommerceRefusal({
      status: 400,
      message: "Maximum SearchCriteria pageSize is %max",
      parameters: { max: maximumPageSize }
    })
  }
  for (const { field } of [...criteria.groups.flat(), ...criteria.orders]) {
    if (!searchable.columns.has(field)) {
      const message = "Invalid attribute name: %1"
      return yield* new CommerceRefusal({ status: 400, message, parameters: [field] })
    }
  }
  for (const { condition } of criteria.groups.flat()) {
    if (conditions[condition] === undefined) {
      const message = "Condition type %1 is not supported"
      return yield* new CommerceRefusal({ status: 400, message, parameters: [condition] })
    }
  }

  // Read once for a request, not once for each row.
  const groups = criteria.groups.map((filters) => filters.map(testOf))
  const matches = searchable.items.filter((item) =>
    groups.every((tests) => tests.some((satisfies) => satisfies(item)))
  )
  const sorted = matches.toSorted((left, right) => {
    for (const { field, direction } of criteria.orders) {
      const order = compareCells(column(left, field), column(right, field))
      if (order !== 0) return direction === "ASC" ? order : -order
    }
    return 0
  })
  const size =
    criteria.pageSize ?? (maximumPageSize === undefined ? undefined : Math.min(20, maximumPageSize))
  return {
    items:
      size === undefined
        ? sorted
        : pageOf(sorted, { ...criteria, size, repeatsLastPage: searchable.repeatsLastPage }),
    search_criteria: searchCriteriaPayload(criteria),
    total_count: matches.length
  }
})

const pageOf = (
  items: ReadonlyArray<PayloadObject>,
  page: { readonly currentPage: number; readonly size: number; readonly repeatsLastPage: boolean }
) => {
  const last = Math.max(1, Math.ceil(items.length / page.size))
  const current = page.repeatsLastPage ? Math.min(page.currentPage, last) : page.currentPage
  return items.slice((current - 1) * page.size, current * page.size)
}

const column = (item: PayloadObject, field: string): Payload => {
  if (item[field] !== undefined) return item[field]
  if (field === "entity_id") return item["id"]
  return field === "company"
    ? payloadsAt(item, "addresses").find((address) => address["default_billing"] === true)?.["company"]
    : payloadsAt(item, "custom_attributes").find(({ attribute_code: code }) => code === field)?.["value"]
}

const testOf = ({ condition, field, value }: SearchFilter): ((item: PayloadObject) => boolean) => {
  const isNull = (cell: Payload) => cell === undefined || cell === null
  if (condition === "null") return (item) => isNull(column(item, field))
  const holds = conditions[condition]?.(value) ?? (() => false)
  return (item) => {
    const cell = column(item, field)
    return !isNull(cell) && holds(cell)
  }
}

const list = (value: string) => value.split(",").map((each) => each.trim())

const like = (value: string) => {
  const pattern = value
    .replaceAll(/[.*+?^${}()|[\]\\]/gu, "\\$&")
    .replaceAll("%", ".*")
    .replaceAll("_", ".")
  const expression = new RegExp(`^${pattern}$`, "isu")
  return (cell: Payload) => expression.test(textOf(cell))
}

const comparing = (holds: (order: number) => boolean) => (value: string) => {
  const compare = comparerOf(value)
  return (cell: Payload) => holds(compare(cell))
}

const amongThese = (value: string) => {
  const comparers = list(value).map(comparerOf)
  const texts = new Set(list(value))
  // Ids are asked for by the hundred: the text of a whole number settles it at once.
  return (cell: Payload) =>
    typeof cell === "number" && texts.has(`${cell}`) ? true : comparers.some((compare) => compare(cell) === 0)
}

const not = (test: (value: string) => (cell: Payload) => boolean) => (value: string) => {
  const holds = test(value)
  return (cell: Payload) => !holds(cell)
}

const inSet = (value: string) => (cell: Payload) => list(textOf(cell)).includes(value)

/** Each condition, made ready for a value, on a cell that is not null. */
const conditions: { readonly [name: string]: ((value: string) => (cell: Payload) => boolean) | undefined } = {
  eq: comparing((order) => order === 0),
  neq: comparing((order) => order !== 0),
  gt: comparing((order) => order > 0),
  gteq: comparing((order) => order >= 0),
  moreq: comparing((order) => order >= 0),
  from: comparing((order) => order >= 0),
  lt: comparing((order) => order < 0),
  lteq: comparing((order) => order <= 0),
  to: comparing((order) => order <= 0),
  in: amongThese,
  nin: not(amongThese),
  finset: inSet,
  nfinset: not(inSet),
  like,
  nlike: not(like),
  null: () => () => false,
  notnull: () => () => true
}

const textOf = (cell: Payload): string =>
  typeof cell === "string" || typeof cell === "number" ? `${cell}` : ""

const decimalCell = (cell: Payload): Option.Option<BigDecimal.BigDecimal> => {
  if (typeof cell === "number") return BigDecimal.fromNumber(cell)
  if (typeof cell === "boolean") return Option.some(BigDecimal.fromBigInt(cell ? 1n : 0n))
  return BigDecimal.isBigDecimal(cell) ? Option.some(cell) : Option.none()
}

/** Compares cells with the text of a filter; text that is no number is 0 to a numeric column, as in MySQL. */
const comparerOf = (value: string) => {
  const number = Option.getOrElse(BigDecimal.fromString(value.trim()), () => BigDecimal.fromBigInt(0n))
  const whole = /^-?\d{1,15}$/u.test(value.trim()) ? Number(value) : undefined
  return (cell: Payload): number =>
    // The keys of a large shop are compared by the hundred thousand.
    typeof cell === "number" && whole !== undefined
      ? cell - whole
      : Option.match(decimalCell(cell), {
          onNone: () => collate(textOf(cell), atMidnight(textOf(cell), value)),
          onSome: (decimal) => BigDecimal.Order(decimal, number)
        })
}

/** A bare date compared with an instant means its midnight. */
const atMidnight = (cell: string, value: string) =>
  cell.length === 19 && /^\d{4}-\d\d-\d\d$/u.test(value) ? `${value} 00:00:00` : value

/** Order of two cells; null comes first. */
const compareCells = (left: Payload, right: Payload): number => {
  if (typeof left === "number" && typeof right === "number") return left - right
  const [leftDecimal, rightDecimal] = [decimalCell(left), decimalCell(right)]
  return Option.isSome(leftDecimal) && Option.isSome(rightDecimal)
    ? BigDecimal.Order(leftDecimal.value, rightDecimal.value)
    : collate(textOf(left), textOf(right))
}

/** As the collation sees a text; nearly all of them have nothing to be folded. */
const folded = (text: string) =>
  (/[^ -~]/u.test(text) ? text.normalize("NFD").replaceAll(/\p{M}/gu, "") : text).trimEnd().toLowerCase()

const collate = (left: string, right: string): number => {
  const [a, b] = [folded(left), folded(right)]
  return a < b ? -1 : a > b ? 1 : 0
}
