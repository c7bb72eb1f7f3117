import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { shippedPipelines } from "../endToEnd/scene.ts"
import { assertEnded, ledgerline } from "./ledgerline.ts"

/** The last cell of each row of the reconciliation, by its first. */
const differences = (output: string) =>
  Object.fromEntries(
    [...output.matchAll(/^ *(credit-notes-to-gl|invoices-to-gl|total) +\d+ +EUR .* ([\d.,-]+)$/gmu)].map(
      ([, group, difference]) => [group, difference]
    )
  )
const agreed = { "credit-notes-to-gl": "0.00", "invoices-to-gl": "0.00", total: "0.00" }
const verdict = "20 documents: Commerce, the journal and IFS agree to the cent."

describe("demo", () => {
  it.live(
    "mends what waits in a table of its own, ends with equal books, and run again it posts nothing",
    () =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-demo-" })
        const ownTable = files.readFileString(`${folder}/.ledgerline/demo/pipelines/tables/vat.csv`)
        const shippedTable = files.readFileString(`${shippedPipelines}/tables/vat.csv`)
        const shipped = yield* shippedTable

        const first = yield* ledgerline({ folder }, "demo", "--documents", "20")
        assertEnded(first, 0)
        assert.match(first.output, /^ *erp +19 +0 +0 +0$/mu)
        assert.include(
          first.output,
          "Table vat (.ledgerline/demo/pipelines/tables/vat.csv) has no row for code = DK-25"
        )
        assert.include(first.output, "erp: 1 posted, 0 already there, 0 refused, 0 waiting")
        assert.include(first.output, "What IFS now holds: 20 vouchers")
        assert.include(first.output, "0 posted; IFS holds 20 vouchers, as before")
        assert.deepStrictEqual(differences(first.output), agreed)
        assert.include(first.output, verdict)
        assert.match(first.output, /9 created, 0 changed: customers/u)
        assert.include(first.output, "each went to the other side. 0 created, 2 changed")
        assert.isBelow(first.output.indexOf("6. Customers"), first.output.indexOf("7. The books"))
        assert.strictEqual(yield* ownTable, `${shipped}DK-25,2650\n`)
        assert.strictEqual(yield* shippedTable, shipped)

        const second = yield* ledgerline({ folder }, "demo", "--documents", "20")
        assertEnded(second, 0)
        assert.match(second.output, /^ *erp +0 +0 +0 +0$/mu)
        assert.include(second.output, "Nothing was posted. IFS holds 20 vouchers from an earlier demo")
        assert.include(
          second.output,
          "nothing: .ledgerline/demo/pipelines/tables/vat.csv has a row for DK-25"
        )
        assert.include(second.output, "What IFS now holds: 20 vouchers")
        assert.deepStrictEqual(differences(second.output), agreed)
        assert.include(second.output, verdict)
        // The local IFS forgets customers with its process, and so does the demo.
        assert.match(second.output, /9 created, 0 changed: customers/u)
        assert.include(second.output, "each went to the other side. 0 created, 2 changed")
        assert.strictEqual(yield* ownTable, `${shipped}DK-25,2650\n`)
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})
