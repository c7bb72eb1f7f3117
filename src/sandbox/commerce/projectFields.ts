/**
 * projectFields: the `fields` parameter, which trims an answer to the fields it names.
 *
 * `items[increment_id,items[sku]],total_count` keeps those; names that do not exist are dropped silently.
 */
import { isPayloadList, isPayloadObject, type Payload } from "./Payload.ts"

/** `payload` with only the fields of `expression`. */
export const projectFields = (payload: Payload, expression: string): Payload =>
  project(payload, parse(expression))

/** Field name to what is wanted of it; an empty map wants all. */
interface Selection extends ReadonlyMap<string, Selection> {}

const parse = (expression: string): Selection => {
  const stack: Array<Map<string, Selection>> = [new Map()]
  let current = stack[0]
  let selected: Map<string, Selection> | undefined
  for (const token of expression.match(/[[\],]|[^[\],\s]+/gu) ?? []) {
    if (token === "[" && selected !== undefined) {
      stack.push(selected)
      current = selected
    } else if (token === "]") {
      if (stack.length > 1) stack.pop()
      current = stack.at(-1)
    } else if (token !== "," && token !== "[") {
      selected = new Map()
      current?.set(token, selected)
    }
  }
  return stack[0] ?? new Map()
}

const project = (payload: Payload, selection: Selection): Payload => {
  if (selection.size === 0) return payload
  if (isPayloadList(payload)) return payload.map((item) => project(item, selection))
  if (!isPayloadObject(payload)) return payload
  return Object.fromEntries(
    [...selection]
      .filter(([field]) => payload[field] !== undefined)
      .map(([field, inner]) => [field, project(payload[field], inner)])
  )
}
