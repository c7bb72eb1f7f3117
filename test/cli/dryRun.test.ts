import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Effect, FileSystem, Schema } from "effect"
import { DryRunOutput } from "../../src/cli/preview.ts"
import { assertEnded, ledgerline, type Surroundings } from "./ledgerline.ts"

const root = new URL("../..", import.meta.url).pathname
const fixtures = new URL("fixtures/", import.meta.url).pathname
const here: Surroundings = { folder: root }

const Json = Schema.fromJsonString(Schema.Unknown)
const decodeJson = Schema.decodeEffect(Json)
const decodeOutput = Schema.decodeUnknownEffect(DryRunOutput)
const Payload = Schema.fromJsonString(Schema.Struct({ document: Schema.Unknown, order: Schema.Unknown }))

/** Whether the published schema, as `ledgerline schema` prints it, accepts the output. */
const assertPublished = Effect.fn("assertPublished")(function* (output: unknown) {
  const schema = yield* ledgerline(here, "schema", "dry-run")
  assertEnded(schema, 0)
  const validate = new Ajv2020({ allErrors: true }).compile(
    yield* Schema.decodeEffect(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))(
      schema.output
    )
  )
  assert.isTrue(validate(output), JSON.stringify(validate.errors))
})

const preview = Effect.fn("preview")(function* (
  pipeline: string,
  fixture: { readonly file: string } | { readonly input: string }
) {
  const file = "file" in fixture ? `${fixtures}${fixture.file}.json` : "-"
  const surroundings = "input" in fixture ? { ...here, input: fixture.input } : here
  const ended = yield* ledgerline(surroundings, "dry-run", pipeline, "--fixture", file, "--format", "json")
  const output = yield* decodeJson(ended.output)
  const { documents } = yield* decodeOutput(output)
  return { ended, output, documents }
})

type Previewed = (typeof DryRunOutput.Type)["documents"][number]

const lines = (document: Previewed | undefined) =>
  document?.entries.flatMap((entry) =>
    entry.lines.map(
      ({ account, amount, dimensions, rule, side }) =>
        `${rule}: ${side} ${account} ${amount} ${dimensions["costCenter"] ?? "-"}`
    )
  )

const bundleAndConfigurable = [
  "receivable: debit 1510 174.90 -",
  "revenue: credit 4000 44.00 100",
  "revenue: credit 4000 55.00 100",
  "revenue: credit 4000 25.00 100",
  "revenue: credit 4000 10.00 100",
  "revenue: credit 4000 34.00 100",
  "shipping: credit 4100 6.90 100"
]

describe("dry-run --format json", () => {
  it.live("posts the parts of a bundle and not the bundle, a configurable once, and fits its schema", () =>
    Effect.gen(function* () {
      const { documents, ended, output } = yield* preview("pipelines/invoices-to-gl.yaml", {
        file: "invoice-bundle-and-configurable"
      })
      assertEnded(ended, 0)
      assert.strictEqual(documents.length, 1)
      assert.deepStrictEqual(documents[0]?.document, {
        resource: "invoice",
        id: "31",
        number: "000000031",
        revision: "2026-09-14 09:30:00"
      })
      assert.deepStrictEqual(lines(documents[0]), bundleAndConfigurable)
      yield* assertPublished(output)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("takes the discount from each line of an invoice that ships nothing", () =>
    Effect.gen(function* () {
      const { documents } = yield* preview("invoices-to-gl", { file: "invoice-virtual-with-discount" })
      assert.deepStrictEqual(lines(documents[0]), [
        "receivable: debit 1510 449.91 -",
        "revenue: credit 4000 432.00 100",
        "revenue: credit 4000 17.91 100"
      ])
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("turns a credit memo round, with what was added and what was kept back", () =>
    Effect.gen(function* () {
      const { documents } = yield* preview("credit-notes-to-gl", { file: "credit-memo-with-adjustments" })
      assert.deepStrictEqual(lines(documents[0]), [
        "receivable: credit 1510 63.40 -",
        "revenue: debit 4000 55.00 100",
        "shipping: debit 4100 6.90 100",
        "fees: debit 4810 2.50 100",
        "fees: credit 4820 1.00 100"
      ])
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("splits tax by the codes of the order beside the invoice, and posts on the day in Germany", () =>
    Effect.gen(function* () {
      const { documents } = yield* preview("invoices-to-gl", { file: "invoice-with-order" })
      assert.strictEqual(documents[0]?.entries[0]?.postingDate, "2026-10-01")
      assert.deepStrictEqual(lines(documents[0]), [
        "receivable: debit 1510 148.70 -",
        "revenue: credit 4000 70.00 100",
        "revenue: credit 4000 50.00 100",
        "shipping: credit 4100 10.00 100",
        "vat: credit 2610 15.20 -",
        "vat: credit 2611 3.50 -"
      ])
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live(
    "reads a search result from standard input, and says of a taxed invoice that its order is missing",
    () =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const plain = yield* decodeJson(
          yield* files.readFileString(`${fixtures}invoice-bundle-and-configurable.json`)
        )
        const taxed = yield* Schema.decodeEffect(Payload)(
          yield* files.readFileString(`${fixtures}invoice-with-order.json`)
        )
        const { documents, ended, output } = yield* preview("invoices-to-gl", {
          input: JSON.stringify({ items: [plain, taxed.document], search_criteria: {}, total_count: 2 })
        })
        assertEnded(ended, 4)
        assert.deepStrictEqual(lines(documents[0]), bundleAndConfigurable)
        assert.deepStrictEqual(documents[1]?.entries, [])
        assert.deepStrictEqual(
          documents[1]?.problems.map(({ code }) => code),
          ["order-required"]
        )
        yield* assertPublished(output)
      }).pipe(Effect.provide(NodeServices.layer))
  )
})
