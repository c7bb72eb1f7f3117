/**
 * editYaml: values into a YAML file that a person wrote, whose comments stay.
 */
import { parseDocument } from "yaml"
import type { Json } from "../pipeline/SourceRecord.ts"

const isTree = (value: Json): value is { readonly [name: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const leaves = (
  value: Json,
  path: ReadonlyArray<string>
): ReadonlyArray<readonly [path: ReadonlyArray<string>, value: Json]> =>
  isTree(value)
    ? Object.entries(value).flatMap(([name, inner]) => leaves(inner, [...path, name]))
    : [[path, value]]

/**
 * The text with each value of `tree` set below `path`; sections that are not
 * there are added, everything else stays as it was typed, comments included.
 * `text` must be readable YAML.
 */
export const editYaml = (text: string, path: ReadonlyArray<string>, tree: Json): string => {
  const document = parseDocument(text)
  for (const [leaf, value] of leaves(tree, path)) document.setIn(leaf, value)
  return document.toString({ lineWidth: 0, flowCollectionPadding: true })
}
