/*
 * Invoices that need their customer in the ledger, as an operator sees them on the command line.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { linkedPipelines } from "../endToEnd/linkedPipelines.ts"
import { openSandbox } from "../endToEnd/scene.ts"
import { variablesOf } from "../endToEnd/variablesOf.ts"
import { databases } from "../support/databases.ts"
import { assertEnded, ledgerline } from "./ledgerline.ts"

describe.each(databases)("C4 an operator, on $name,", (database) => {
  it.live(
    "is told beforehand which invoices wait for their customer, and afterwards that they went on, with his number",
    () =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-linked-" })
        const sandbox = yield* openSandbox(folder, { documents: 8 })
        const policy = { missing: "create", guests: "continue" } as const
        yield* linkedPipelines(folder, sandbox, { policy, create: false })
        const surroundings = { folder, variables: yield* variablesOf(database) }
        const command = (text: string) => ledgerline(surroundings, ...text.split(" "))

        assertEnded(yield* command("validate"), 0)
        const before = yield* command("dry-run invoices-to-gl --limit 8")
        assertEnded(before, 4)
        assert.include(before.output, "would wait for its customer")
        assert.match(before.messages, /[1-9] of them only until the customer is linked\./u)

        const run = yield* command("run --once")
        assert.match(
          run.output,
          /invoices-to-gl: [1-9]\d* documents? went on that had waited for a customer/u
        )

        const after = yield* command("dry-run invoices-to-gl --limit 8 --format hledger")
        assert.notInclude(after.messages, "lookup/not-linked")
        assert.match(after.output, /Invoice \d+ of \d+/u)
      }).pipe(Effect.scoped, Effect.provide([NodeServices.layer, database.layer]))
  )
})
