/**
 * The published schemas and the shipped pipelines belong together: each is
 * checked against the other, and what is on disk against what is generated.
 */
import { assert, describe, it } from "@effect/vitest"
import { NodeServices } from "@effect/platform-node"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Effect, FileSystem } from "effect"
import { jsonSchemas } from "../src/config/jsonSchemas.ts"
import { parseYaml } from "../src/config/parseYaml.ts"
import { reference } from "../src/config/reference.ts"
import { connectors } from "../src/connectors/registry.ts"
import { makePlan } from "../src/plan/makePlan.ts"

const root = new URL("..", import.meta.url).pathname
const schemas = jsonSchemas(connectors)

const errorsOf = (schema: string, file: string, text: string) => {
  const validate = new Ajv2020({ strict: true, allErrors: true }).compile(
    JSON.parse(schemas[schema] ?? "false")
  )
  validate(parseYaml(file, text).yaml?.value)
  return validate.errors ?? []
}

const read = (file: string) =>
  FileSystem.FileSystem.use((files) => files.readFileString(`${root}${file}`)).pipe(
    Effect.provide(NodeServices.layer)
  )

const shipped = ["pipelines/invoices-to-gl.yaml", "pipelines/credit-notes-to-gl.yaml"]

describe("the shipped configuration", () => {
  it.effect("has no error and no warning", () =>
    Effect.gen(function* () {
      const { issues, plan } = yield* makePlan({ paths: [`${root}pipelines`], connectors })
      assert.deepStrictEqual(issues, [])
      assert.deepStrictEqual(
        plan?.pipelines.map(({ company, name }) => [name, company]),
        [
          ["credit-notes-to-gl", "10"],
          ["invoices-to-gl", "10"]
        ]
      )
      assert.deepStrictEqual(
        plan?.connections.map(({ name, type }) => [name, type]),
        [
          ["shop", "adobe-commerce"],
          ["erp", "ifs-cloud"]
        ]
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect.each(shipped)("%s fits pipeline.schema.json", (file) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(errorsOf("pipeline.schema.json", file, yield* read(file)), [])
    })
  )

  it.effect("connections.yaml fits connections.schema.json", () =>
    Effect.gen(function* () {
      const text = yield* read("pipelines/connections.yaml")
      assert.deepStrictEqual(errorsOf("connections.schema.json", "connections.yaml", text), [])
    })
  )

  it.effect.each([
    ["voucherType: M", "voucherTpye: M"],
    ["codeParts: { costCenter: B }", "codeParts: { costCenter: Z }"],
    ['account: "1510"', "account: 1510"],
    ["side: debit", "side: left"],
    ["adobe-commerce/invoices", "adobe-commerce/invoice"]
  ] as const)("pipeline.schema.json refuses %s written as %s", ([from, to]) =>
    Effect.gen(function* () {
      const text = yield* read("pipelines/invoices-to-gl.yaml")
      assert.include(text, from)
      assert.notStrictEqual(errorsOf("pipeline.schema.json", "x.yaml", text.replace(from, to)).length, 0)
    })
  )

  it.effect.each([
    ["{ env: IFS_CLIENT_SECRET }", "s3cret"],
    ["type: ifs-cloud", "type: ifs"],
    ["baseUrl: https://erp.example.com", "baseUrl: erp.example.com"],
    ["realm: prod", "relm: prod"]
  ] as const)("connections.schema.json refuses %s written as %s", ([from, to]) =>
    Effect.gen(function* () {
      const text = yield* read("pipelines/connections.yaml")
      assert.include(text, from)
      assert.notStrictEqual(errorsOf("connections.schema.json", "x.yaml", text.replace(from, to)).length, 0)
    })
  )
})

describe("schemas/", () => {
  it.effect.each([...Object.entries(schemas), ["reference.md", reference(connectors)] as const])(
    "%s is what `npm run schemas` writes",
    ([name, text]) =>
      Effect.gen(function* () {
        assert.strictEqual(
          yield* read(`schemas/${name}`),
          text,
          `run npm run schemas and commit schemas/${name}`
        )
      })
  )
})
