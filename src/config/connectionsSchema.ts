/**
 * connectionsSchema: what connections.yaml may say, with the settings of the given connectors.
 */
import { Schema, SchemaAST } from "effect"
import type { Connector } from "../pipeline/Connector.ts"

/** A connection as decoded: its connector's settings, and `type` beside them. */
export interface ConnectionConfig {
  readonly type: string
}

/** The connector's settings with `type` in front of them, so that the type decides which settings apply. */
const connection = (connector: Connector): Schema.Codec<ConnectionConfig, unknown> => {
  const { ast } = connector.connection
  const type = Schema.Literal(connector.name).annotate({ description: connector.summary })
  const signature = new SchemaAST.PropertySignature("type", type.ast)
  return ast._tag === "Objects"
    ? Schema.make(
        new SchemaAST.Objects(
          [signature, ...ast.propertySignatures],
          ast.indexSignatures,
          ast.annotations,
          ast.checks,
          ast.encoding,
          ast.context,
          ast.encodingChecks
        )
      )
    : // A connector whose settings are no struct has none that a file could hold.
      Schema.Struct({ type })
}

/** The schema of connections.yaml. */
export const connectionsSchema = (connectors: ReadonlyArray<Connector>) =>
  Schema.Struct({
    connections: Schema.Record(Schema.String, Schema.Union(connectors.map(connection))).annotate({
      description: "Name of the connection, as pipelines use it, to its settings."
    })
  })

/** connections.yaml, decoded. */
export type ConnectionsConfig = ReturnType<typeof connectionsSchema>["Type"]
