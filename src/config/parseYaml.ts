/**
 * parseYaml: YAML text to a plain value that still knows where everything stood.
 *
 * YAML 1.2 core schema without its traps: keys are text and unique, there are no
 * custom tags and no merge keys, and aliases are refused, because a reader of a
 * posting rule must see what it says where it stands.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Node } from "yaml"
import { unreadableText } from "../pipeline/unreadableText.ts"
import type { ConfigIssue, Position } from "./ConfigIssue.ts"

/** A parsed file. Paths are keys and list indexes; a path that is not there stands for its nearest parent. */
export interface YamlFile {
  readonly file: string
  readonly text: string
  readonly value: unknown
  /** Place of the key or the value at `path`. */
  locate(path: ReadonlyArray<PropertyKey>, at?: "key" | "value"): Position
  /** Place of a character of the text at `path`, inside a quoted or block text too. */
  locateInText(path: ReadonlyArray<PropertyKey>, offset: number): Position
  /** The scalar at `path` as it was typed, without quotes: 0815 where the value is 815. */
  written(path: ReadonlyArray<PropertyKey>): string | undefined
}

/** The file, unless its structure is unreadable, and every mistake that YAML itself knows. */
export interface ParsedYaml {
  readonly yaml?: YamlFile
  readonly issues: ReadonlyArray<ConfigIssue>
}

/** Largest file; a pipeline with a hundred rules has a fiftieth of it. */
const charactersMaximum = 500_000

/** Lists and maps inside each other; a pipeline has a dozen. */
const depthMaximum = 64

/** Mistakes that are told of one file: who has more of them looks at the first ones anyway. */
const issuesMaximum = 200

// Our own words, because the parser's quote the text, which may be a credential.
const sentences: Readonly<Record<string, string>> = {
  ALIAS:
    "Aliases (*name) are not supported. Write the value out; if it is a text that starts with *, put it in quotes.",
  BAD_ALIAS: "A text that starts with * or & has a special meaning. Put it in quotes.",
  BAD_DQ_ESCAPE:
    "There is an unknown \\ sequence in double quotes. Write \\\\ for a backslash, or use single quotes.",
  BAD_INDENT:
    "The indentation does not fit the lines around it, or a bracket before it is not closed. Check both.",
  BAD_SCALAR_START: "A text cannot start with this character. Put it in quotes.",
  BLOCK_AS_IMPLICIT_KEY:
    "A colon and a space start a new key here. Put the text in quotes, or begin a new line.",
  BLOCK_IN_FLOW: "Indented lines are not possible inside { } or [ ]. Separate the entries with commas.",
  MISSING_CHAR:
    "A character is missing here: a comma, a space after a colon, a closing bracket or a closing quote.",
  MULTILINE_IMPLICIT_KEY:
    "A key must stand on one line and be followed by a colon. Check the line for a missing colon.",
  MULTIPLE_DOCS: "There is a second document after ---. Keep one document a file.",
  NON_STRING_KEY: "A key must be a plain text.",
  RESOURCE_EXHAUSTION: `The file is nested more than ${depthMaximum} levels deep. Check its brackets.`,
  TAB_AS_INDENT: "The line is indented with a tab. Use spaces.",
  TAG_RESOLVE_FAILED:
    "Tags (a word after !) are not supported. Leave the tag out, or put the text in quotes.",
  UNEXPECTED_TOKEN: "This does not fit here. Check brackets, quotes and indentation."
}

const children = (
  node: unknown,
  segment: PropertyKey
): { readonly key: unknown; readonly value: unknown } | undefined => {
  if (isMap(node)) {
    return node.items.find((item) => isScalar(item.key) && item.key.value === segment)
  }
  if (isSeq(node) && typeof segment === "number" && segment < node.items.length) {
    const item = node.items[segment]
    return { key: item, value: item }
  }
  return undefined
}

const startOf = (node: unknown): number | undefined =>
  isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? node.range?.[0] : undefined

/** Where the characters of a scalar begin: after its quote, or after the line with | or >. */
const contentStart = (text: string, node: Node): number => {
  const start = node.range?.[0] ?? 0
  if (!isScalar(node)) return start
  switch (node.type) {
    case "BLOCK_LITERAL":
    case "BLOCK_FOLDED": {
      const lineBreak = text.indexOf("\n", start)
      return lineBreak < 0 ? text.length : lineBreak + 1
    }
    case "QUOTE_DOUBLE":
    case "QUOTE_SINGLE":
      return start + 1
    default:
      return start
  }
}

const isSpace = (character: string | undefined) => character === undefined || /\s/u.test(character)

/**
 * Walks the typed text beside the value. Only what is not white space is
 * counted, since indentation and folding change nothing else.
 */
const offsetInText = (text: string, node: Node, value: string, offset: number): number => {
  let at = contentStart(text, node)
  const end = node.range?.[1] ?? text.length
  const isEscaped = isScalar(node) && node.type === "QUOTE_DOUBLE"
  const isDoubled = isScalar(node) && node.type === "QUOTE_SINGLE"
  for (let index = 0; index < Math.min(offset, value.length); index++) {
    if (isSpace(value[index])) continue
    while (at < end && isSpace(text[at])) at++
    const isPair = (isEscaped && text[at] === "\\") || (isDoubled && text[at] === "'")
    at += isPair ? 2 : 1
  }
  // On a space the typed text may be an indentation: point at what follows.
  while (at < end && isSpace(text[at]) && !isSpace(value[offset])) at++
  return Math.min(at, Math.max(end - 1, 0))
}

/** Reads one file. Without `yaml` in the result nothing further can be checked. */
export const parseYaml = (file: string, text: string): ParsedYaml => {
  const unreadable = unreadableText(text, charactersMaximum)
  if (unreadable !== undefined) {
    const before = text.slice(0, unreadable.offset).split("\n")
    const place = { line: before.length, column: (before.at(-1) ?? "").length + 1 }
    const { message } = unreadable
    return { issues: [{ file, ...place, code: "config/unreadable", severity: "error", message }] }
  }
  const lines = new LineCounter()
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    resolveKnownTags: false,
    stringKeys: true,
    // The parser compares each key with all before it, which takes minutes for a large file; we do it below.
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: lines
  })
  const position = (offset: number): Position => {
    const found = lines.linePos(Math.min(Math.max(offset, 0), text.length))
    return { line: Math.max(found.line, 1), column: Math.max(found.col, 1) }
  }
  const issue = (offset: number, code: string, message: string): ConfigIssue => ({
    file,
    ...position(offset),
    code,
    severity: "error",
    message
  })

  const issues: Array<ConfigIssue> = []
  // What the parser finds next on the same line follows from the first mistake.
  const reported = new Set<number>()
  for (const error of [...document.errors, ...document.warnings].slice(0, issuesMaximum)) {
    const found = issue(error.pos[0], "config/yaml", sentences[error.code] ?? "This is not valid YAML.")
    if (!reported.has(found.line)) issues.push(found)
    reported.add(found.line)
  }
  let isReadable = document.errors.length === 0 && document.warnings.length === 0
  const report = (node: unknown, code: string, message: string) => {
    if (code !== "config/duplicate-key") isReadable = false
    if (issues.length < issuesMaximum) issues.push(issue(startOf(node) ?? 0, code, message))
  }
  const checkDepth = (node: unknown, ancestors: ReadonlyArray<unknown>) => {
    if (ancestors.filter((one) => isMap(one) || isSeq(one)).length < depthMaximum) return undefined
    report(node, "config/yaml", sentences["RESOURCE_EXHAUSTION"] ?? "")
    return visit.BREAK
  }
  visit(document, {
    Alias: (_, node) => report(node, "config/yaml", sentences["ALIAS"] ?? ""),
    Seq: (_, node, ancestors) => checkDepth(node, ancestors),
    Map: (_, node, ancestors) => {
      const keys = new Set<unknown>()
      for (const { key } of node.items) {
        const name = isScalar(key) ? key.value : key
        if (keys.has(name)) {
          report(key, "config/duplicate-key", "This key stands here a second time. Keep one of them.")
        }
        keys.add(name)
      }
      return checkDepth(node, ancestors)
    }
  })
  if (!isReadable) return { issues }
  if (document.contents === null) {
    return { issues: [...issues, issue(0, "config/yaml", "The file is empty.")] }
  }

  const resolve = (path: ReadonlyArray<PropertyKey>) => {
    let found: { readonly key: unknown; readonly value: unknown; readonly isWhole: boolean } = {
      key: document.contents,
      value: document.contents,
      isWhole: true
    }
    for (const segment of path) {
      const next = children(found.value, segment)
      if (next === undefined) return { ...found, isWhole: false }
      found = { key: next.key, value: next.value, isWhole: true }
    }
    return found
  }
  const yaml: YamlFile = {
    file,
    text,
    value: document.toJS({ maxAliasCount: 0 }),
    locate: (path, at = "value") => {
      const found = resolve(path)
      // A child that is not there is reported at the key of its parent.
      const wanted = at === "key" || !found.isWhole ? found.key : found.value
      return position(startOf(wanted) ?? startOf(found.key) ?? 0)
    },
    locateInText: (path, offset) => {
      const { value } = resolve(path)
      return isScalar(value) && typeof value.value === "string"
        ? position(offsetInText(text, value, value.value, offset))
        : position(startOf(value) ?? 0)
    },
    written: (path) => {
      const { isWhole, value } = resolve(path)
      return isWhole && isScalar(value) && value.source !== "" ? value.source : undefined
    }
  }
  return { yaml, issues }
}
