/**
 * What a reviewer never has to say twice: the rules on the project as it is, and
 * each rule against a violation made for it.
 */
import { assert, describe, it } from "@effect/vitest"
import { NodeServices } from "@effect/platform-node"
import { Effect, FileSystem, Path } from "effect"
import { type ProjectFile, tidyRules } from "./support/tidyRules.ts"

const root = new URL("../", import.meta.url).pathname

const readProject = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const listed = yield* Effect.forEach(["src", "test"], (folder) =>
    Effect.map(files.readDirectory(path.join(root, folder), { recursive: true }), (names) =>
      names.filter((name) => name.endsWith(".ts")).map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    )
  )
  return yield* Effect.forEach(
    listed.flat().toSorted(),
    (name): Effect.Effect<ProjectFile, unknown> =>
      Effect.map(files.readFileString(path.join(root, name)), (text) => ({ path: name, text })),
    { concurrency: 16 }
  )
})

/** A file that keeps every rule, before `text` is added to it. */
const source = (
  path: string,
  text = "",
  name = (path.split("/").at(-1) ?? "").replace(/\.ts$/u, "")
): ProjectFile => ({
  path,
  text: `/**\n * ${name}: an example.\n */\n${text}\nexport const ${name} = 1\n`
})

/** A project that keeps every rule: each file is imported by the one after it. */
const tidyProject = [
  source("src/accounting/Amount.ts"),
  source("src/pipeline/Sink.ts", 'import { Amount } from "../accounting/Amount.ts"'),
  source(
    "src/http/RestClient.ts",
    'import { HttpClient } from "effect/http"\nimport { Sink } from "../pipeline/Sink.ts"'
  ),
  source(
    "src/store/Journal.ts",
    'import { SqlClient } from "effect/sql"\nimport { Amount } from "../accounting/Amount.ts"'
  ),
  source("src/engine/post.ts", 'import { Journal } from "../store/Journal.ts"'),
  source("src/connectors/ifs-cloud/ifsCloud.ts", 'import { RestClient } from "../../http/RestClient.ts"'),
  source("src/connectors/adobe-commerce/adobeCommerce.ts"),
  {
    path: "src/connectors/registry.ts",
    text: [
      "/**",
      " * registry: all connectors.",
      " */",
      'export { ifsCloud } from "./ifs-cloud/ifsCloud.ts"',
      'export { adobeCommerce } from "./adobe-commerce/adobeCommerce.ts"'
    ].join("\n")
  },
  {
    path: "src/main.ts",
    text: [
      "#!/usr/bin/env node",
      "/**",
      " * main: the program.",
      " */",
      'import { post } from "./engine/post.ts"',
      'import { registry } from "./connectors/registry.ts"'
    ].join("\n")
  }
]

/** The tidy project with text put before a file's own, or with a file more that main imports. */
const withText = (path: string, text: string) => {
  assert.isTrue(
    tidyProject.some((file) => file.path === path),
    path
  )
  return tidyProject.map((file) =>
    file.path === path ? { path, text: file.text.replace("*/\n", () => `*/\n${text}\n`) } : file
  )
}
const withFile = (file: ProjectFile) => [
  ...withText("src/main.ts", `import "./${file.path.slice("src/".length)}"`),
  file
]

interface Violation {
  readonly what: string
  readonly files: ReadonlyArray<ProjectFile>
  readonly says: string
}

const violations: ReadonlyArray<Violation> = [
  {
    what: "a folder outside the order of layers",
    files: withFile(source("src/reports/aging.ts")),
    says: "src/reports/aging.ts: reports has no place in the order of layers"
  },
  {
    what: "the engine importing a connector",
    files: withText("src/engine/post.ts", 'import { x } from "../connectors/registry.ts"'),
    says: "src/engine/post.ts:4: engine imports src/connectors/registry.ts, a later layer"
  },
  {
    what: "accounting importing the store",
    files: withText("src/accounting/Amount.ts", 'import type { Journal } from "../store/Journal.ts"'),
    says: "src/accounting/Amount.ts:4: accounting imports src/store/Journal.ts, a later layer"
  },
  {
    what: "a layer importing the program, lazily",
    files: withText("src/store/Journal.ts", 'const late = () => import("../main.ts")'),
    says: "src/store/Journal.ts:4: store imports src/main.ts, a later layer"
  },
  {
    what: "a layer re-exporting a later one",
    files: withText("src/pipeline/Sink.ts", 'export type { RestClient } from "../http/RestClient.ts"'),
    says: "src/pipeline/Sink.ts:4: pipeline imports src/http/RestClient.ts, a later layer"
  },
  {
    what: "a connector importing the store",
    files: withText(
      "src/connectors/ifs-cloud/ifsCloud.ts",
      'import { Journal } from "../../store/Journal.ts"'
    ),
    says: "src/connectors/ifs-cloud/ifsCloud.ts:4: a connector imports src/store/Journal.ts. It may import accounting, pipeline and http only"
  },
  {
    what: "a connector importing another",
    files: withText(
      "src/connectors/ifs-cloud/ifsCloud.ts",
      'import { x } from "../adobe-commerce/adobeCommerce.ts"'
    ),
    says: "src/connectors/ifs-cloud/ifsCloud.ts:4: a connector imports another, src/connectors/adobe-commerce/adobeCommerce.ts"
  },
  {
    what: "a connector importing the registry",
    files: withText("src/connectors/ifs-cloud/ifsCloud.ts", 'import { x } from "../registry.ts"'),
    says: "src/connectors/ifs-cloud/ifsCloud.ts:4: a connector imports another, src/connectors/registry.ts"
  },
  {
    what: "a misnamed file",
    files: withFile({
      path: "src/accounting/money.ts",
      text: "/**\n * money: an example.\n */\nexport const balance = 1\n"
    }),
    says: "src/accounting/money.ts: exports balance, but not money"
  },
  {
    what: "a file that does not say what it is for",
    files: withFile({ path: "src/accounting/balance.ts", text: "export const balance = 1\n" }),
    says: 'src/accounting/balance.ts: does not open with a paragraph that starts "balance: "'
  },
  ...[
    "const voucher = 1",
    "/** Rows of the Vouchers. */",
    'const name = "codePart"',
    "// See the projection."
  ].map((text): Violation => ({
    what: `a word of IFS in the engine: ${text}`,
    files: withText("src/engine/post.ts", text),
    says: "is a word of IFS"
  })),
  ...[
    "const creditmemo = 1",
    "/** A credit memo. */",
    'const key = "searchCriteria"',
    "const increment_id = 1"
  ].map((text): Violation => ({
    what: `a word of Adobe Commerce in the ledger's connector: ${text}`,
    files: withText("src/connectors/ifs-cloud/ifsCloud.ts", text),
    says: "is a word of Adobe Commerce"
  })),
  {
    what: "a dead file",
    files: [...tidyProject, source("src/accounting/unused.ts")],
    says: "src/accounting/unused.ts: nothing in src imports it"
  },
  ...(
    [
      ["const now = Date.now()", "Clock.currentTimeMillis"],
      ["const day = new Date()", "DateTime"],
      ["console.log(1)", "Console or Effect.log"],
      ["const home = process.env.HOME", "Config"],
      ["const dice = Math.random()", "Random"],
      ["setTimeout(f, 1)", "Effect.sleep"],
      ['throw new Error("no")', "a tagged error"],
      ["try {\n} finally {\n}", "Effect.try"],
      ["const x = y as any", "a type, or unknown and a Schema"],
      ["const f = (x: any) => x", "a type, or unknown and a Schema"],
      ["const x = y as Amount", "a Schema or a Predicate"],
      ["const amount = parseFloat(text)", "BigDecimal.fromString"],
      ["const first = list[0]!.amount", "a check for undefined"],
      ["enum Sides {}", "Schema.Literals"],
      ["const text = `${Date.now()}`", "Clock.currentTimeMillis"]
    ] as const
  ).map(([text, instead]): Violation => ({
    what: `a banned call: ${text}`,
    files: withText("src/accounting/Amount.ts", text),
    says: `is not used here. Use ${instead}`
  })),
  {
    what: "a barrel",
    files: withText("src/pipeline/Sink.ts", 'export * from "../accounting/Amount.ts"'),
    says: "src/pipeline/Sink.ts:4: export * from is not used here"
  },
  ...["expect(1).toBe(1)", 'it.only("x", f)', 'describe.skip("x", f)', 'it.todo("x")'].map(
    (text): Violation => ({
      what: `in a test: ${text}`,
      files: [...tidyProject, { path: "test/accounting/Amount.test.ts", text }],
      says: "test/accounting/Amount.test.ts:1: "
    })
  ),
  ...["effect/sql", "effect/http", "effect/cli", "@effect/platform-node"].map((module): Violation => ({
    what: `the engine importing ${module}`,
    files: withText("src/engine/post.ts", `import { X } from "${module}"`),
    says: `src/engine/post.ts:4: engine imports ${module}, which may change in a minor version`
  })),
  {
    what: "the contracts importing more of HTTP than a type",
    files: withText("src/pipeline/Sink.ts", 'import { HttpClient } from "effect/http"'),
    says: "src/pipeline/Sink.ts:4: pipeline imports effect/http"
  },
  {
    what: "a file of 361 lines",
    files: withFile(source("src/store/long.ts", "//\n".repeat(356))),
    says: "src/store/long.ts: has 361 lines, more than 360"
  },
  ...[
    "src/accounting/utils/split.ts",
    "src/accounting/helpers.ts",
    "src/http/common.ts",
    "src/store/misc/queue.ts"
  ].map((path): Violation => ({
    what: `a name that says nothing: ${path}`,
    files: withFile(source(path)),
    says: "says nothing. Name it after what is in it"
  }))
]

const sentences = (files: ReadonlyArray<ProjectFile>) =>
  [...tidyRules.values()].flatMap((rule) => rule(files))

describe("tidy", () => {
  for (const [what, rule] of tidyRules) {
    it.effect(`here, ${what}`, () =>
      Effect.gen(function* () {
        const files = yield* readProject
        assert.isAbove(files.length, 100)
        const broken = rule(files)
        assert.strictEqual(broken.length, 0, `\n${broken.join("\n")}`)
      }).pipe(Effect.provide(NodeServices.layer))
    )
  }

  it("finds nothing in a project that keeps every rule", () => {
    assert.deepStrictEqual(sentences(tidyProject), [])
  })

  it.each(violations)("catches $what", ({ files, says }) => {
    const said = sentences(files)
    assert.strictEqual(said.length, 1, said.join("\n"))
    assert.include(said[0], says)
  })

  it("lets code be spoken of in comments and texts, and types be imported", () => {
    const files = withText(
      "src/pipeline/Sink.ts",
      [
        'import type { HttpClient } from "effect/http"',
        "// A throw, Date.now and x as any are not used.",
        'const text = "console.log(1)"',
        "const pattern = /new Date/u",
        "const template = `try { ${text} } throw`"
      ].join("\n")
    )
    assert.deepStrictEqual(sentences(files), [])
  })
})
