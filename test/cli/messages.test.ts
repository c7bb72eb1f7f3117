/*
 * What a person reads when something is wrong: each golden file holds a command, all it
 * printed, and its exit code.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, type Scope } from "effect"
import { lockFolder } from "../../src/store/embedded/lockFolder.ts"
import { openSandbox, pipelinesFor, shippedPipelines } from "../endToEnd/scene.ts"
import { embeddedFolder } from "../support/databases.ts"
import { matchGolden } from "../support/golden.ts"
import { assertEnded, ledgerline } from "./ledgerline.ts"

const fixtures = new URL("fixtures/", import.meta.url).pathname

/** What differs from run to run and says nothing about the message. */
const settled = (text: string, folder: string) =>
  text
    .replaceAll(`${folder}/`, "")
    .replaceAll(fixtures, "fixtures/")
    .replaceAll(/127\.0\.0\.1:\d{4,5}\b/gu, "127.0.0.1:<port>")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/gu, "<time>")
    .replaceAll(/process \d+ on \S+?(?=\. )/gu, "process <pid> on <host>")

/** How far a run is says nothing about what is wrong. */
const withoutProgress = (text: string) =>
  text.replaceAll(/^[\w-]+: (?:read \d|\d+ settled|waiting ).*\n/gmu, "")

/** A folder in which commands are run and compared. */
const inFolder = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-messages-" })
  const edit = (file: string, from: string, to: string) =>
    Effect.gen(function* () {
      const before = yield* files.readFileString(`${folder}/${file}`)
      assert.include(before, from)
      yield* files.writeFileString(`${folder}/${file}`, before.replace(from, to))
    })
  const check = (
    name: string,
    code: number,
    command: string,
    given: { readonly input?: string; readonly variables?: Readonly<Record<string, string>> } = {}
  ) =>
    Effect.gen(function* () {
      const words = command.replaceAll("fixtures/", fixtures).split(" ")
      const ended = yield* ledgerline({ folder, ...given }, ...words)
      assertEnded(ended, code)
      const transcript = `$ ledgerline ${command}\n${ended.output}${withoutProgress(ended.messages)}exit ${ended.code}\n`
      assert.notMatch(transcript, /^\s+at \S+ \(|node_modules|\bfiber\b/mu, "a stack trace is for bugs")
      yield* matchGolden(`cli/${name}.txt`, settled(transcript, folder))
    })
  return { files, folder, edit, check }
})

const withShippedPipelines = Effect.gen(function* () {
  const place = yield* inFolder
  yield* place.files.copy(shippedPipelines, `${place.folder}/pipelines`)
  return place
})

/** The same, with a shop of six documents and a ledger behind the pipelines, and a database. */
const withSandbox = Effect.gen(function* () {
  const place = yield* inFolder
  const sandbox = yield* openSandbox(place.folder, { documents: 6 })
  yield* pipelinesFor(place.folder, sandbox)
  const variables = { LEDGERLINE_FOLDER: yield* embeddedFolder }
  const credential = (name: string, value: string) =>
    place.files.writeFileString(`${place.folder}/sandbox/credentials/${name}`, value)
  return { ...place, sandbox, variables, credential }
})

const scoped = <A, E>(test: Effect.Effect<A, E, Scope.Scope | NodeServices.NodeServices>) =>
  test.pipe(Effect.scoped, Effect.provide(NodeServices.layer))

const invoicesFile = "pipelines/invoices-to-gl.yaml"

describe.concurrent("a mistake in the files", () => {
  it.live("a key that does not exist", () =>
    scoped(
      Effect.gen(function* () {
        const { check, edit } = yield* withShippedPipelines
        yield* edit(invoicesFile, "onChange:", "onchange:")
        yield* check("a-wrong-key", 2, "validate")
      })
    )
  )

  it.live("a field that does not exist", () =>
    scoped(
      Effect.gen(function* () {
        const { check, edit } = yield* withShippedPipelines
        yield* edit(invoicesFile, "totals.grand", "totals.grnad")
        yield* check("a-misspelt-field", 2, "validate pipelines/invoices-to-gl.yaml --format github")
      })
    )
  )

  it.live("a table that is no CSV stops every command before it does anything", () =>
    scoped(
      Effect.gen(function* () {
        const { check, edit } = yield* withShippedPipelines
        yield* edit("pipelines/tables/vat.csv", "DE-7,2611", 'DE-7,"2611')
        yield* check("an-unreadable-csv", 2, "run --once")
      })
    )
  )

  it.live("a table without the row a document needs", () =>
    scoped(
      Effect.gen(function* () {
        const { check } = yield* withShippedPipelines
        yield* check(
          "a-missing-table-row",
          4,
          "dry-run invoices-to-gl --fixture fixtures/invoice-without-a-row-for-its-tax.json"
        )
      })
    )
  )
})

describe.concurrent("a mistake on the command line", () => {
  it.live("a pipeline, a command or a flag that does not exist", () =>
    scoped(
      Effect.gen(function* () {
        const { check } = yield* withShippedPipelines
        yield* check("an-unknown-pipeline", 2, "dry-run invoces-to-gl")
        yield* check("an-unknown-command", 2, "vaildate")
        yield* check("an-unknown-flag", 2, "validate --deny-warning")
      })
    )
  )

  it.live("a fixture that is none", () =>
    scoped(
      Effect.gen(function* () {
        const { check } = yield* withShippedPipelines
        yield* check("a-fixture-that-is-not-there", 2, "dry-run invoices-to-gl --fixture invoice.json")
        yield* check("a-fixture-without-an-end", 2, "dry-run invoices-to-gl --fixture /dev/zero")
        yield* check("a-fixture-that-is-not-json", 2, "dry-run invoices-to-gl --fixture -", {
          input: "<html>503</html>"
        })
        yield* check("a-fixture-of-something-else", 2, "dry-run invoices-to-gl --fixture -", {
          input: '{ "message": "The consumer isn\'t authorized to access %resources." }'
        })
        yield* check(
          "a-fixture-of-the-other-kind",
          2,
          "dry-run invoices-to-gl --fixture fixtures/credit-memo-with-adjustments.json"
        )
      })
    )
  )

  it.live(
    "a period that cannot be backfilled",
    () =>
      scoped(
        Effect.gen(function* () {
          const { check } = yield* withShippedPipelines
          const variables = { LEDGERLINE_FOLDER: yield* embeddedFolder }
          const asked = (pipeline: string, from: string, to: string) =>
            `backfill ${pipeline} --from ${from} --to ${to}`
          yield* check("a-backfill-of-no-pipeline", 2, asked("invoices", "2026-01-01", "2026-01-31"), {
            variables
          })
          yield* check("a-backfill-backwards", 2, asked("invoices-to-gl", "2026-02-01", "2026-01-01"), {
            variables
          })
          yield* check("a-backfill-of-the-future", 2, asked("invoices-to-gl", "2026-01-01", "2999-12-31"), {
            variables
          })
          yield* check("a-backfill-from-no-day", 2, asked("invoices-to-gl", "2026-02-30", "2026-12-31"), {
            variables
          })
          yield* check(
            "a-backfill-from-no-offset",
            2,
            asked("invoices-to-gl", "2026-01-01T00:00:00", "2026-12-31"),
            {
              variables
            }
          )
        })
      ),
    60_000
  )

  it.live(
    "a customer who is forgotten, and one whom nobody knows",
    () =>
      scoped(
        Effect.gen(function* () {
          const { check, folder, variables } = yield* withSandbox
          assertEnded(yield* ledgerline({ folder, variables }, "run", "--once"), 4)
          yield* check("a-customer-nobody-knows", 2, "forget nobody@example.com", { variables })
          yield* check("a-customer-to-forget", 0, "forget 1", { variables })
          yield* check("a-forgotten-customer", 0, "forget 1 --yes --format json", { variables })
        })
      ),
    120_000
  )

  it.live("a number that nothing has", () =>
    scoped(
      Effect.gen(function* () {
        const { check } = yield* withShippedPipelines
        const variables = { LEDGERLINE_FOLDER: yield* embeddedFolder }
        yield* check("an-unknown-document", 2, "trace 000009999", { variables })
        yield* check("an-unknown-error-item", 2, "errors retry 7", { variables })
      })
    )
  )
})

describe.concurrent("surroundings that are not as they must be", () => {
  it.live("credentials that are not set", () =>
    scoped(
      Effect.gen(function* () {
        const { check } = yield* withShippedPipelines
        yield* check("a-missing-variable", 3, "ping")
      })
    )
  )

  it.live("credentials that the shop or the ledger refuses", () =>
    scoped(
      Effect.gen(function* () {
        const { check, credential, sandbox, variables } = yield* withSandbox
        yield* credential("client-secret", "wrong")
        yield* check("a-wrong-credential-of-the-ledger", 3, "run --once", { variables })
        yield* credential("access-token-secret", "wrong")
        yield* check("wrong-credentials-of-both", 3, "ping")
        assert.deepStrictEqual((yield* sandbox.ifs.books).vouchers, [])
      })
    )
  )

  it.live("systems that are down", () =>
    scoped(
      Effect.gen(function* () {
        const { check, edit, sandbox, variables } = yield* withSandbox
        // Port 1 is reserved and nothing listens there.
        yield* edit("pipelines/connections.yaml", sandbox.commerce.url, "http://127.0.0.1:1")
        yield* check("an-unreachable-shop", 3, "run --once", { variables })
        yield* edit("pipelines/connections.yaml", sandbox.ifs.url, "http://127.0.0.1:1")
        yield* check("unreachable-systems", 3, "ping")
      })
    )
  )

  it.live("a closed period", () =>
    scoped(
      Effect.gen(function* () {
        const { check, sandbox, variables } = yield* withSandbox
        yield* sandbox.ifs.updateCompanies((companies) =>
          companies.map((company) => ({
            ...company,
            periods: company.periods.map((period) =>
              period.from.startsWith("2026-10") ? { ...period, open: false } : period
            )
          }))
        )
        yield* check("a-closed-period", 4, "run --once", { variables })
        yield* check("a-closed-period-in-the-queue", 0, "errors list", { variables })
      })
    )
  )

  it.live(
    "a connection that leads to another shop than before, until somebody says that it has moved",
    () =>
      scoped(
        Effect.gen(function* () {
          const { check, edit, folder, sandbox, variables } = yield* withSandbox
          // One of the six documents is parked, today as tomorrow.
          const run = ledgerline({ folder, variables }, "run", "--once")
          assertEnded(yield* run, 4)
          const posted = (yield* sandbox.ifs.books).vouchers.length
          const move = "connection moved shop --reason renamed"
          yield* check("a-connection-that-has-not-moved", 2, move, { variables })
          yield* edit(
            "pipelines/connections.yaml",
            sandbox.commerce.url,
            sandbox.commerce.url.replace("127.0.0.1", "localhost")
          )
          yield* check("a-connection-that-leads-elsewhere", 2, "run --once", { variables })
          yield* check("a-connection-that-has-moved", 0, move, { variables })
          assertEnded(yield* run, 4)
          assert.strictEqual((yield* sandbox.ifs.books).vouchers.length, posted)
        })
      ),
    // Five runs of the program, each in a process of its own.
    240_000
  )

  it.live(
    "a credential in the database that is not there, or in one that another process has",
    () =>
      scoped(
        Effect.gen(function* () {
          const { check, edit, folder } = yield* withShippedPipelines
          yield* edit("pipelines/connections.yaml", "{ env: IFS_CLIENT_ID }", "{ secret: erp/clientId }")
          const variables = { LEDGERLINE_FOLDER: yield* embeddedFolder }
          yield* check("a-secret-that-is-not-set", 3, "ping", { variables })
          yield* lockFolder(`${folder}/.ledgerline`)
          yield* check("a-secret-in-a-locked-folder", 3, "ping")
        })
      ),
    240_000
  )

  it.live(
    "a credential that cannot be stored",
    () =>
      scoped(
        Effect.gen(function* () {
          const { check } = yield* inFolder
          const variables = { LEDGERLINE_FOLDER: yield* embeddedFolder }
          const input = "ledgerline"
          yield* check("no-master-key", 3, "secrets set erp/clientId", { variables, input })
          yield* check("a-master-key-that-is-none", 3, "secrets set erp/clientId", {
            variables: { ...variables, LEDGERLINE_MASTER_KEY: "short" },
            input
          })
          yield* check("a-secret-without-a-value", 2, "secrets set erp/clientId", { variables })
          yield* check("a-secret-without-a-connection", 2, "secrets set clientId", { variables, input })
        })
      ),
    240_000
  )

  it.live("a folder that another process has", () =>
    scoped(
      Effect.gen(function* () {
        const { check, folder } = yield* withShippedPipelines
        yield* lockFolder(`${folder}/.ledgerline`)
        yield* check("a-locked-folder", 3, "status")
      })
    )
  )
})
