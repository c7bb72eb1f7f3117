/*
 * What a person reads when the names in a connection are compared with those of the tenant.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import type { TenantNames } from "../../src/sandbox/ifs/TenantNames.ts"
import { assertPostedOnce, openSandbox, pipelinesFor } from "../endToEnd/scene.ts"
import { matchGolden } from "../support/golden.ts"
import { assertEnded, ledgerline } from "./ledgerline.ts"

/** A tenant on which four projections and two fields are called otherwise. */
const otherNames: TenantNames = {
  projections: {
    VoucherEntryAssistantHandling: "VoucherEntryAssistHandling",
    AccountsHandling: "AccountHandling",
    GenLedVoucherRowsAnalysis: "GenLedVouRowsAnalysis",
    CodePartValuesHandling: "CodePartValueHandling"
  },
  fields: {
    "AccountsHandling.svc/AccountSet": { LedgerAccount: "LedgAccount" },
    "GenLedVoucherRowsAnalysis.svc/GenLedVoucherRowSet": { ReferenceNumber: "ReferenceNo" }
  }
}

const place = (ifsNames?: TenantNames) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-discover-" })
    const sandbox = yield* openSandbox(folder, {
      documents: 2,
      ...(ifsNames === undefined ? {} : { ifsNames })
    })
    yield* pipelinesFor(folder, sandbox)
    const run = (...words: ReadonlyArray<string>) => ledgerline({ folder }, ...words)
    const check = (name: string, code: number, command: string) =>
      Effect.gen(function* () {
        const ended = yield* run(...command.split(" "))
        assertEnded(ended, code)
        yield* matchGolden(
          `cli/${name}.txt`,
          `$ ledgerline ${command}\n${ended.output}${ended.messages}exit ${ended.code}\n`
        )
      })
    const connections = files.readFileString(`${folder}/pipelines/connections.yaml`)
    return { check, connections, run, sandbox }
  })

const scoped = <A, E, R>(test: Effect.Effect<A, E, R>) =>
  test.pipe(Effect.scoped, Effect.provide(NodeServices.layer))

describe.concurrent("B6 discover", () => {
  it.live("finds every name of the connection on a tenant with the documented ones", () =>
    scoped(
      Effect.gen(function* () {
        const { check } = yield* place()
        yield* check("discover", 0, "discover ifs")
      })
    )
  )

  it.live("a projection that is not granted is told from one that is not there", () =>
    scoped(
      Effect.gen(function* () {
        const { run, sandbox } = yield* place()
        yield* sandbox.ifs.faults.add({ match: "GET VoucherTypeHandling", kind: "status", status: 403 })
        const ended = yield* run("discover", "ifs", "erp")
        assertEnded(ended, 4)
        assert.match(
          ended.output,
          /projections\.voucherTypes .*no grant .*grant the projection VoucherTypeHandling/u
        )
      })
    )
  )

  it.live("an unknown system and an unknown connection are mistakes on the command line", () =>
    scoped(
      Effect.gen(function* () {
        const { run } = yield* place()
        const system = yield* run("discover", "sap")
        assertEnded(system, 2)
        assert.include(system.messages, 'nothing can be discovered of "sap". Try: ifs-cloud.')
        const connection = yield* run("discover", "ifs", "epr")
        assertEnded(connection, 2)
        assert.include(connection.messages, "Did you mean: erp")
      })
    )
  )

  it.live(
    "on a tenant with other names says which, writes them, and vouchers are then posted",
    () =>
      scoped(
        Effect.gen(function* () {
          const { check, connections, run, sandbox } = yield* place(otherNames)
          const before = yield* connections
          yield* check("discover-other-names", 4, "discover ifs erp")
          assert.strictEqual(yield* connections, before)
          assertEnded(yield* run("discover", "ifs", "erp", "--write"), 0)
          const after = yield* connections
          assert.include(after, "# Written by the sandbox: two systems on this machine.")
          for (const line of before
            .split("\n")
            .filter((it) => it.includes("file:") && !it.trim().startsWith("-")))
            assert.include(after, line.trim())
          assert.include(after, "accounts: AccountHandling.svc/AccountSet")
          assertEnded(yield* run("discover", "ifs", "erp"), 0)
          yield* run("run", "--once")
          assert.isNotEmpty((yield* sandbox.ifs.books).vouchers)
          // All but what the shipped tables park on purpose.
          yield* assertPostedOnce(sandbox)
        })
      ),
    // Five commands, each a process of its own.
    180_000
  )
})
