/**
 * tidyRules: what a reviewer never has to say twice.
 *
 * Each rule looks at all files at once and says, a sentence each, where they
 * break it and what to do instead. They read text only, so that a test can
 * show each forbidden thing being caught.
 */
import { codeOnly } from "./codeOnly.ts"

/** A file of the project; `path` is relative to its root, with forward slashes. */
export interface ProjectFile {
  readonly path: string
  readonly text: string
}

/** Sentences about what breaks a rule; none when nothing does. */
export type Rule = (files: ReadonlyArray<ProjectFile>) => ReadonlyArray<string>

/** The layers, innermost first. A folder imports itself and folders before it. */
const layers = [
  "accounting",
  "pipeline",
  "http",
  "transform",
  "mapping",
  "config",
  "plan",
  "store",
  "engine",
  "connectors",
  "sandbox",
  "console",
  "cli",
  "main.ts"
]

/** What one vendor's folder may import beside itself. */
const forConnectors = new Set(["accounting", "pipeline", "http"])

const isSource = ({ path }: ProjectFile) => path.startsWith("src/")
const isTest = ({ path }: ProjectFile) => path.startsWith("test/")
const layerOf = (path: string) => path.split("/")[1] ?? ""
const fileName = (path: string) => (path.split("/").at(-1) ?? "").replace(/\.ts$/u, "")

/** `src/connectors/ifs-cloud` of a file in a vendor's folder; the registry is in none. */
const vendorOf = (path: string) => /^src\/connectors\/[^/]+(?=\/)/u.exec(path)?.[0]

const lineAt = (text: string, index: number) => text.slice(0, index).split("\n").length

interface Import {
  readonly line: number
  readonly target: string
  readonly isTypeOnly: boolean
}

const importsOf = ({ path, text }: ProjectFile): ReadonlyArray<Import> =>
  [
    ...text.matchAll(/^(?:import|export)\s(type\s)?(?:[^"'`;]*?from\s)?"([^"]+)"|\b(import)\("([^"]+)"\)/gmu)
  ].map((match) => {
    const target = match[2] ?? match[4] ?? ""
    const resolved = target.startsWith(".") ? new URL(target, `file:///${path}`).pathname.slice(1) : target
    return { line: lineAt(text, match.index), target: resolved, isTypeOnly: match[1] !== undefined }
  })

const places: Rule = (files) =>
  files
    .filter(isSource)
    .flatMap(({ path }) =>
      layers.includes(layerOf(path))
        ? []
        : [
            `${path}: ${layerOf(path)} has no place in the order of layers. Give it one in tidyRules.ts, or move the file.`
          ]
    )

const directions: Rule = (files) =>
  files.filter(isSource).flatMap((file) => {
    const { path } = file
    const vendor = vendorOf(path)
    return importsOf(file).flatMap(({ line, target }) => {
      if (!target.startsWith("src/")) return []
      const other = layerOf(target)
      const at = `${path}:${line}: `
      if (vendor !== undefined) {
        if (target.startsWith(`${vendor}/`) || forConnectors.has(other)) return []
        return other === "connectors"
          ? [`${at}a connector imports another, ${target}. Move what they share to http or pipeline.`]
          : [`${at}a connector imports ${target}. It may import accounting, pipeline and http only.`]
      }
      return layers.indexOf(other) > layers.indexOf(layerOf(path))
        ? [`${at}${layerOf(path)} imports ${target}, a later layer. Turn the dependency round.`]
        : []
    })
  })

/** Files that are named for what they do in their place: the program, and migrations, which are run in order. */
const isNamedOtherwise = (path: string) => path === "src/main.ts" || path === "src/connectors/registry.ts"

const names: Rule = (files) =>
  files.filter(isSource).flatMap(({ path, text }) => {
    const name = fileName(path)
    const exported = [
      ...codeOnly(text).matchAll(/^export (?:abstract )?(?:const|class|function\*?|interface|type) (\w+)/gmu)
    ].map((match) => match[1] ?? "")
    const spelt = (word: string) => `${word.slice(0, 1).toLowerCase()}${word.slice(1)}`
    return isNamedOtherwise(path) || exported.some((word) => spelt(word) === spelt(name))
      ? []
      : [
          `${path}: exports ${exported.join(", ") || "nothing"}, but not ${name}. Name the file after its main export.`
        ]
  })

const headers: Rule = (files) =>
  files
    .filter(isSource)
    .flatMap(({ path, text }) =>
      text.replace(/^#!.*\n/u, "").startsWith(`/**\n * ${fileName(path)}: `)
        ? []
        : [
            `${path}: does not open with a paragraph that starts "${fileName(path)}: ". Say there what the file is for.`
          ]
    )

/** A vendor's words, and the folders they may stand in. */
const vocabularies = [
  {
    vendor: "IFS",
    folders: ["src/connectors/ifs-cloud/", "src/sandbox/"],
    words: /vouchers?|code ?(?:part|string)s?|projections?|objkey|objversion|ieee754|ora-\d+/giu,
    instead: "journal entry, dimension, receipt"
  },
  {
    vendor: "Adobe Commerce",
    folders: ["src/connectors/adobe-commerce/", "src/sandbox/"],
    words: /credit ?memos?|search_?criteria|increment_?id|entity_?id|base_grand_?total|store_?view/giu,
    instead: "credit note, cursor, number, totals"
  }
]

/** Files that speak to people about the vendors' own books, each with its reason. */
const mayUseVendorWords = new Map([
  ["src/cli/demo.ts", "shows what the local Commerce and the local IFS hold"],
  ["src/cli/sandbox.ts", "says how to look into the local Commerce and the local IFS"],
  ["src/cli/trace.ts", "its help says what people may look up"],
  ["src/main.ts", "its help says in one sentence what the program does"]
])

const vocabulary: Rule = (files) =>
  files
    .filter(isSource)
    .flatMap(({ path, text }) =>
      mayUseVendorWords.has(path)
        ? []
        : vocabularies
            .filter(({ folders }) => !folders.some((folder) => path.startsWith(folder)))
            .flatMap(({ instead, vendor, words }) =>
              [...text.matchAll(words)].map(
                (match) =>
                  `${path}:${lineAt(text, match.index)}: "${match[0]}" is a word of ${vendor}. Use ours: ${instead}.`
              )
            )
    )

const dead: Rule = (files) => {
  const imported = new Set(
    files.filter(isSource).flatMap((file) => importsOf(file).map(({ target }) => target))
  )
  return files
    .filter(isSource)
    .filter(({ path }) => path !== "src/main.ts" && !imported.has(path))
    .map(({ path }) => `${path}: nothing in src imports it. Use it or delete it.`)
}

const bans = [
  { pattern: /\bDate\.now\b/gu, instead: "Clock.currentTimeMillis" },
  { pattern: /\bnew Date\b/gu, instead: "DateTime" },
  { pattern: /\bconsole\./gu, instead: "Console or Effect.log" },
  { pattern: /\bprocess\.env\b/gu, instead: "Config" },
  { pattern: /\bMath\.random\b/gu, instead: "Random" },
  { pattern: /\bset(?:Timeout|Interval)\b/gu, instead: "Effect.sleep or a Schedule" },
  { pattern: /\bthrow\b/gu, instead: "a tagged error, or Effect.die for a bug" },
  { pattern: /\btry \{/gu, instead: "Effect.try or Result.try" },
  { pattern: /\bas any\b|: any\b|<any\b/gu, instead: "a type, or unknown and a Schema" },
  { pattern: /\bas (?!const\b|any\b)[\w{(["'`]+/gu, instead: "a Schema or a Predicate" },
  { pattern: /\bparseFloat\b/gu, instead: "BigDecimal.fromString" },
  { pattern: /[\w)\]]!(?=[.,;)\]]|$)/gmu, instead: "a check for undefined" },
  { pattern: /^(?:export )?(?:const )?(?:enum|namespace) \w+/gmu, instead: "Schema.Literals or a module" },
  { pattern: /^export \* from\b/gmu, instead: "imports of the files themselves" }
]

const testBans = [
  { pattern: /\bexpect\(/gu, instead: "assert" },
  { pattern: /\.(?:only|skip|todo)\(/gu, instead: "a test that runs" },
  { pattern: /\bas any\b|: any\b|<any\b/gu, instead: "a type" }
]

const withoutImports = (code: string) =>
  code.replace(/^(?:import|export) (?:type )?(?:\{[^}]*\}|\* as \w+)/gmu, (clause) =>
    clause.replace(/[^\n]/gu, " ")
  )

const banned = (files: ReadonlyArray<ProjectFile>, list: typeof bans) =>
  files.flatMap(({ path, text }) => {
    const code = withoutImports(codeOnly(text))
    return list.flatMap(({ instead, pattern }) =>
      [...code.matchAll(pattern)].map(
        (match) =>
          `${path}:${lineAt(text, match.index)}: ${match[0].trim()} is not used here. Use ${instead}.`
      )
    )
  })

const calls: Rule = (files) => [
  ...banned(files.filter(isSource), bans),
  ...banned(files.filter(isTest), testBans)
]

/** Where modules of Effect that may still change are allowed. */
const mayBeUnstable = new Set(["store", "http", "connectors", "sandbox", "console", "cli", "main.ts"])

const unstable: Rule = (files) =>
  files
    .filter((file) => isSource(file) && !mayBeUnstable.has(layerOf(file.path)))
    .flatMap((file) =>
      importsOf(file).flatMap(({ isTypeOnly, line, target }) =>
        !/^effect\/[a-z]|^@effect\//u.test(target) ||
        (layerOf(file.path) === "pipeline" && target === "effect/http" && isTypeOnly)
          ? []
          : [
              `${file.path}:${line}: ${layerOf(file.path)} imports ${target}, which may change in a minor version. Keep it to ${[...mayBeUnstable].join(", ")}.`
            ]
      )
    )

const linesMaximum = 360

const lengths: Rule = (files) =>
  files.filter(isSource).flatMap(({ path, text }) => {
    const lines = text.trimEnd().split("\n").length
    return lines > linesMaximum
      ? [`${path}: has ${lines} lines, more than ${linesMaximum}. Split it by noun or verb.`]
      : []
  })

const drawers = /^(?:utils?|helpers?|common|misc|shared|lib)$/iu

const drawerNames: Rule = (files) =>
  files
    .filter((file) => isSource(file) || isTest(file))
    .flatMap(({ path }) => {
      const part = path.split("/").find((name) => drawers.test(name.replace(/(?:\.test)?\.ts$/u, "")))
      return part === undefined ? [] : [`${path}: "${part}" says nothing. Name it after what is in it.`]
    })

/** All rules, by what they are about. */
export const tidyRules: ReadonlyMap<string, Rule> = new Map([
  ["every folder has a place in the order of layers", places],
  ["a folder imports itself and folders before it, a connector accounting, pipeline and http", directions],
  ["a file exports what its name says", names],
  ["a file opens by saying what it is for", headers],
  ["a vendor's words stay in the vendor's folder and in the sandbox", vocabulary],
  ["every file is used", dead],
  ["no call that hides time, failure, types or the environment", calls],
  ["modules of Effect that may still change stay at the edge", unstable],
  [`no file is longer than ${linesMaximum} lines`, lengths],
  ["no name says nothing", drawerNames]
])
