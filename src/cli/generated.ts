/**
 * generated: the files that are made from the schemas of this build.
 */
import { Schema } from "effect"
import { jsonSchemas } from "../config/jsonSchemas.ts"
import { reference } from "../config/reference.ts"
import { connectors } from "../connectors/registry.ts"
import { BackfillOutput } from "./backfillOutput.ts"
import { DryRunOutput } from "./preview.ts"
import { ForgetOutput } from "./forget.ts"
import { DryRunCustomers } from "./previewCustomers.ts"
import { ReconciliationOutput } from "./ReconciliationOutput.ts"
import { DryRunRecords } from "./RecordPreview.ts"

const outputSchema = (command: string, output: Schema.Top) => {
  const { definitions, schema } = Schema.toJsonSchemaDocument(output, { onExcessProperty: "error" })
  return JSON.stringify(
    {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: `${command}.schema.json`,
      title: `Output of ${command} --format json`,
      ...schema,
      $defs: definitions
    },
    null,
    2
  ).concat("\n")
}

/** Content by file name, as it stands in `schemas/`. */
export const generated = (): Readonly<Record<string, string>> => ({
  ...jsonSchemas(connectors),
  "backfill.schema.json": outputSchema("backfill", BackfillOutput),
  "dry-run.schema.json": outputSchema(
    "dry-run",
    Schema.Union([DryRunOutput, DryRunRecords, DryRunCustomers])
  ),
  "forget.schema.json": outputSchema("forget", ForgetOutput),
  "reconcile.schema.json": outputSchema("reconcile", ReconciliationOutput),
  "reference.md": reference(connectors)
})
