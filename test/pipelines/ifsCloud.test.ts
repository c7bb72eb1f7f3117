/**
 * A pipeline for each source of IFS, as a person writes, checks and previews it.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Path, Schema } from "effect"
import { DryRunRecords } from "../../src/cli/RecordPreview.ts"
import { defaultCustomers } from "../../src/sandbox/ifs/defaultCustomers.ts"
import { ifsServer } from "../../src/sandbox/ifs/ifsServer.ts"
import { assertEnded, ledgerline } from "../cli/ledgerline.ts"

const pipelines = new URL("ifs-cloud/", import.meta.url).pathname
const decodeOutput = Schema.decodeEffect(Schema.fromJsonString(DryRunRecords))

/** A folder with the pipelines and a connection to a local IFS. */
const scene = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const server = yield* ifsServer()
  yield* defaultCustomers(server.customers)
  const folder = yield* files.makeTempDirectoryScoped()
  yield* files.copy(pipelines, path.join(folder, "pipelines"))
  yield* files.writeFileString(
    path.join(folder, "pipelines", "connections.yaml"),
    [
      "connections:",
      "  erp:",
      "    type: ifs-cloud",
      `    baseUrl: ${server.url}`,
      "    insecure: true",
      `    realm: ${server.realm}`,
      "    requestsPerMinute: 100000",
      "    credentials: { clientId: { env: IFS_CLIENT_ID }, clientSecret: { env: IFS_CLIENT_SECRET } }",
      ""
    ].join("\n")
  )
  return {
    folder,
    variables: { IFS_CLIENT_ID: server.clientId, IFS_CLIENT_SECRET: server.clientSecret }
  }
})

const provided = <A, E>(effect: Effect.Effect<A, E, NodeServices.NodeServices>) =>
  Effect.provide(effect, NodeServices.layer)

/** The first record of each, by fields that only this source has. */
const firsts = [
  { source: "customers", id: "1001", fields: { name: "Nordlicht Handels GmbH", addresses: [] } },
  { source: "customer-orders", id: "C1001", fields: { customer: "1001" } },
  { source: "invoices", id: "10/1001", fields: { gross: "119.00", isOpen: false } },
  { source: "payments", id: "10/CUPAY/6001/1", fields: { invoiceNumber: "CD1001" } },
  { source: "accounts", id: "10/1510", fields: { account: "1510" } },
  { source: "code-part-values", id: "10/B/100", fields: { dimension: "B" } },
  { source: "voucher-types", id: "10/AC/K", fields: { functionGroup: "K" } },
  { source: "periods", id: "10/2026/1", fields: { status: "closed" } }
]

describe("B5 a pipeline for each source of IFS", () => {
  it.live("validates", () =>
    provided(
      Effect.scoped(
        Effect.gen(function* () {
          const surroundings = yield* scene
          assertEnded(yield* ledgerline(surroundings, "validate", "pipelines", "--deny-warnings"), 0)
        })
      )
    )
  )

  it.live.each(firsts)("$source: its preview shows records", ({ fields, id, source }) =>
    provided(
      Effect.scoped(
        Effect.gen(function* () {
          const surroundings = yield* scene
          const file = `pipelines/${source}.yaml`
          const ended = yield* ledgerline(surroundings, "dry-run", file, "--limit", "1", "--format", "json")
          assertEnded(ended, 0)
          const { documents } = yield* decodeOutput(ended.output)
          assert.deepStrictEqual(documents[0]?.problems, [])
          assert.strictEqual(documents[0]?.document.id, id)
          assert.deepInclude(documents[0]?.record, fields)
        })
      )
    )
  )

  it.live("a misspelt field of a record is found before anything is read", () =>
    provided(
      Effect.scoped(
        Effect.gen(function* () {
          const surroundings = yield* scene
          const files = yield* FileSystem.FileSystem
          const file = `${surroundings.folder}/pipelines/invoices.yaml`
          yield* files.writeFileString(
            file,
            (yield* files.readFileString(file)).replace("number }", "nubmer }")
          )
          const ended = yield* ledgerline(surroundings, "validate", "pipelines")
          assertEnded(ended, 2)
          assert.include(ended.output + ended.messages, "nubmer")
        })
      )
    )
  )
})
