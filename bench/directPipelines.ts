/**
 * directPipelines: the shipped pipelines, posting by the strategy that takes the fewest requests.
 */
import { Effect, FileSystem, Path } from "effect"
import { parse, stringify } from "yaml"
import { shippedPipelines } from "./shippedPipelines.ts"

/** The shipped pipelines and the sandbox's connections, changed to the strategy `direct`. */
export const directPipelines = Effect.fnUntraced(function* (folder: string, connections: string) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const own = path.join(folder, "pipelines")
  yield* files.copy(yield* shippedPipelines, own)
  for (const name of ["invoices-to-gl.yaml", "credit-notes-to-gl.yaml"]) {
    const file = path.join(own, name)
    const pipeline = parse(yield* files.readFileString(file))
    pipeline.sink.with.strategy = "direct"
    yield* files.writeFileString(file, stringify(pipeline))
  }
  const read = parse(yield* files.readFileString(connections))
  read.connections.erp.projections = { directVouchers: "VoucherIntegrationHandling.svc/VoucherSet" }
  const written = path.join(folder, "connections.yaml")
  yield* files.writeFileString(written, stringify(read))
  return {
    paths: [path.join(own, "invoices-to-gl.yaml"), path.join(own, "credit-notes-to-gl.yaml")],
    connections: written
  }
})
