/*
 * `ledgerline reconcile` as a person types it: what it prints, and its exit codes.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Effect, FileSystem } from "effect"
import { generated } from "../../src/cli/generated.ts"
import { openSandbox, pipelinesFor } from "../endToEnd/scene.ts"
import { assertEnded, ledgerline } from "./ledgerline.ts"

const october = ["--from", "2026-09-01", "--to", "2026-11-01"]

describe("reconcile", () => {
  it.live("C7: ends with 4 on a difference and with 0 when the three agree; its JSON and CSV are whole", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-reconcile-" })
      const sandbox = yield* openSandbox(folder, { documents: 6 })
      const pipelines = yield* pipelinesFor(folder, sandbox)
      const command = (...args: ReadonlyArray<string>) => ledgerline({ folder }, ...args)

      assertEnded(yield* command("run", "--once"), 4)
      const differing = yield* command("reconcile", ...october, "--format", "json")
      assertEnded(differing, 4)
      const output: unknown = JSON.parse(differing.output)
      const validate = new Ajv2020({ strict: false }).compile(
        JSON.parse(generated()["reconcile.schema.json"] ?? "false")
      )
      assert.isTrue(validate(output), JSON.stringify(validate.errors))
      assert.match(differing.output, /"kind": "parked"/u)
      assert.match(differing.messages, /^erp: 62 of 62 days compared, documents so far: invoices-to-gl 6$/mu)

      yield* files.writeFileString(`${pipelines}/tables/vat.csv`, "DK-25,2650\n", { flag: "a" })
      assertEnded(yield* command("errors", "retry", "--all"), 0)
      const agreeing = yield* command("reconcile", ...october, "--by", "account", "--clearing", "1590")
      assertEnded(agreeing, 0)
      assert.match(agreeing.output, /6 documents: Commerce, the journal and IFS agree to the cent\./u)
      assert.match(agreeing.output, /No order leaves anything on 1590, which should return to zero\./u)
      const spreadsheet = yield* command("reconcile", ...october, "--by", "document", "--format", "csv")
      assertEnded(spreadsheet, 0)
      assert.strictEqual(spreadsheet.output.split("\n").filter((line) => line.startsWith("group,")).length, 6)

      for (const [args, says] of [
        [
          ["--from", "2026-02-30", "--to", "2026-03-01"],
          /--from 2026-02-30 is no day\. Write it as 2026-09-30\./u
        ],
        [["--from", "2026-03-02", "--to", "2026-03-01"], /--from 2026-03-02 is after --to 2026-03-01\./u],
        [
          ["invoice-to-gl", ...october],
          /there is no pipeline "invoice-to-gl"\. There are: credit-notes-to-gl, invoices-to-gl\./u
        ]
      ] as const) {
        const mistaken = yield* command("reconcile", ...args)
        assertEnded(mistaken, 2)
        assert.match(mistaken.messages, says)
      }
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})
