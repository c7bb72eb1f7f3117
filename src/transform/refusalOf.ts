/**
 * refusalOf: what is said about a construct that is not allowed.
 */
import { Predicate } from "effect"

const parent = "% is not allowed. Bind the outer value to a variable first."

/** What a refused construct is called, and what to do instead. */
const refusals = new Map([
  ["lambda", "Functions cannot be defined. Use a path, a condition or a block ( $name := value; … )."],
  ["partial", "Functions cannot be applied in part. Give all arguments."],
  ["apply", "~> is not allowed. Write the function around its argument: $uppercase(sku)."],
  ["transform", "| … | is not allowed. Use $merge([$, { … }])."],
  ["descendant", "** is not allowed. Name the fields of the path."],
  ["parent", parent],
  ["sort", "^( … ) is not allowed. The order of lines makes no difference to an entry."],
  ["regex", "A regular expression may only stand in $contains, $match, $replace and $split."]
])

/** Why a node is refused, and what to write instead. Marks on a node tell more than its type. */
export const refusalOf = (node: unknown): string => {
  if (Predicate.hasProperty(node, "group")) {
    return "Grouping with { … } after a path is not allowed. Post one line per element with each instead."
  }
  if (Predicate.hasProperty(node, "focus") || Predicate.hasProperty(node, "index")) {
    return "@ and # bind positions and are not allowed. Use a predicate [ … ] instead."
  }
  if (Predicate.hasProperty(node, "ancestor")) return parent
  const type = Predicate.hasProperty(node, "type") ? String(node.type) : ""
  return refusals.get(type) ?? "This construct is not allowed. Use paths, conditions, $merge and { … }."
}
