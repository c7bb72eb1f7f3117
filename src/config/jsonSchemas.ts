/**
 * jsonSchemas: the published JSON Schemas, for editors and for checking files elsewhere.
 *
 * Generated from the schemas that the program itself decodes with, so the two
 * cannot differ.
 */
import { Schema } from "effect"
import { JournalEntry } from "../accounting/JournalEntry.ts"
import type { Connector } from "../pipeline/Connector.ts"
import { connectionsSchema } from "./connectionsSchema.ts"
import { pipelineSchema } from "./pipelineSchema.ts"

const text = (name: string, title: string, schema: Schema.Top): string => {
  // Without this a misspelt key would be accepted, here and nowhere else.
  const document = Schema.toJsonSchemaDocument(schema, { onExcessProperty: "error" })
  return `${JSON.stringify(
    {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: `urn:ledgerline:schema:${name}`,
      title,
      ...document.schema,
      $defs: document.definitions
    },
    null,
    2
  )}\n`
}

/** File name to JSON text, draft 2020-12, ending in a line break. */
export const jsonSchemas = (connectors: ReadonlyArray<Connector>): Readonly<Record<string, string>> => ({
  "pipeline.schema.json": text("pipeline", "A Ledgerline pipeline", pipelineSchema(connectors)),
  "connections.schema.json": text(
    "connections",
    "The connections of Ledgerline pipelines",
    connectionsSchema(connectors)
  ),
  "journal-entry.schema.json": text("journal-entry", "A balanced journal entry", JournalEntry)
})
