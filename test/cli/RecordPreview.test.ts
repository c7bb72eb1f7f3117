import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Effect, Schema } from "effect"
import { generated } from "../../src/cli/generated.ts"
import { recordsToCsv, recordToJson, recordToTable, type RecordPreview } from "../../src/cli/RecordPreview.ts"
import { matchGolden } from "../support/golden.ts"

/** A customer with two addresses and none; and one that cannot be read. */
const previews: ReadonlyArray<RecordPreview> = [
  {
    origin: { system: "shop", resource: "customer", id: "7", number: "C-7", revision: "r1" },
    record: {
      id: "7",
      name: 'Mug "and" Cup, Ltd',
      isActive: true,
      group: { code: "b2b", discount: "2.50" },
      addresses: [{ city: "Berlin", lines: ["Hof 1", "Tor 2"] }, { city: "Bern" }],
      tags: []
    },
    problems: []
  },
  {
    origin: { system: "shop", resource: "customer", id: "8", number: "C-8", revision: "r1" },
    record: { id: "8", vatNumber: "DE123" },
    problems: []
  },
  {
    origin: { system: "shop", resource: "customer", id: "9", number: "C-9", revision: "r1" },
    record: null,
    problems: [
      {
        code: "transform/failed",
        message: "It is nested too deeply. Correct step 1 of the transform.",
        path: "transform[0]",
        at: { file: "pipelines/customers.yaml", line: 5 }
      }
    ]
  }
]

const decodeSchema = Schema.decodeEffect(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))

describe("a preview of records", () => {
  it.effect("for people has a line for each field, and says why a record would be parked", () =>
    matchGolden("cli/records-table.txt", `${previews.map(recordToTable).join("\n")}\n`).pipe(
      Effect.provide(NodeServices.layer)
    )
  )

  it.effect("as CSV has a column for each field that any record has", () =>
    matchGolden("cli/records-csv.txt", `${recordsToCsv(previews)}\n`).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("as JSON fits the published schema", () =>
    Effect.gen(function* () {
      const validate = new Ajv2020({ allErrors: true }).compile(
        yield* decodeSchema(generated()["dry-run.schema.json"] ?? "")
      )
      const output = { documents: previews.map(recordToJson) }
      assert.isTrue(validate(output), JSON.stringify(validate.errors))
      assert.deepStrictEqual(output.documents[1], {
        document: { resource: "customer", id: "8", number: "C-8", revision: "r1" },
        record: { id: "8", vatNumber: "DE123" },
        problems: []
      })
    })
  )
})
