/*
 * Every source there is has a pipeline that validates and dry-runs: a shipped
 * one, or one beside this file, and a saved payload in pipelines/fixtures.
 */
import { assert, describe, it } from "@effect/vitest"
import { NodeServices } from "@effect/platform-node"
import { Effect, FileSystem, Path, Result } from "effect"
import { connectors } from "../src/connectors/registry.ts"
import { parseExactJson } from "../src/http/parseExactJson.ts"
import { makePlan } from "../src/plan/makePlan.ts"
import { pipelinesOf, type PlannedPipeline } from "../src/plan/Plan.ts"
import type { SourceRecord } from "../src/pipeline/SourceRecord.ts"

const folders = [
  "../pipelines",
  "../pipelines/with-orders",
  "../pipelines/customers",
  "pipelines",
  "pipelines/ifs-cloud"
]

const types = connectors.flatMap(({ sources }) => sources.map(({ type }) => type))

const pipelineOf = Effect.fn("pipelineOf")(function* (type: string) {
  const path = yield* Path.Path
  for (const folder of folders) {
    const { issues, plan } = yield* makePlan({ paths: [path.join(import.meta.dirname, folder)], connectors })
    assert.deepStrictEqual(issues, [], folder)
    const found = plan === undefined ? [] : pipelinesOf(plan)
    const own = found.find(({ sourceType }) => sourceType === type)
    if (own !== undefined) return own
  }
  return assert.fail(`${type} has no pipeline in ${folders.join(", ")}. Add one, with a saved payload.`)
})

const recordsOf = Effect.fn("recordsOf")(function* (pipeline: PlannedPipeline) {
  const files = yield* FileSystem.FileSystem
  const name = `pipelines/fixtures/${pipeline.sourceType.replace("/", "-")}.json`
  const payload = parseExactJson(
    yield* files
      .readFileString(new URL(name, import.meta.url).pathname)
      .pipe(
        Effect.orElseSucceed(() => assert.fail(`${pipeline.sourceType} has no saved payload test/${name}.`))
      )
  )
  const records = Result.isSuccess(payload) ? pipeline.source.fixture(payload.success) : []
  return "code" in records ? assert.fail(records.message) : records
})

const process = (pipeline: PlannedPipeline, record: SourceRecord) =>
  pipeline._tag === "Customers"
    ? Effect.succeed(record.normalised)
    : pipeline._tag === "Reading"
      ? pipeline.process(record)
      : pipeline.process(record, { idempotencyKey: () => "preview" })

describe("every source", () => {
  it.effect.each(types)("%s has a pipeline that validates and makes something of a saved payload", (type) =>
    Effect.gen(function* () {
      const pipeline = yield* pipelineOf(type)
      const records = yield* recordsOf(pipeline)
      assert.isNotEmpty(records)
      for (const record of records) {
        const outcome = yield* process(pipeline, record)
        assert.notStrictEqual(outcome._tag, "Problems", JSON.stringify(outcome))
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
