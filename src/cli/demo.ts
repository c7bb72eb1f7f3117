/**
 * demo: the main job, from an invoice in the shop to the books of the ledger, on this machine; and customers,
 * the same on both sides.
 *
 * The sandbox's systems are real servers, the pipelines are a copy of the shipped
 * ones, the database is the embedded one. What it shows of vouchers is read from the
 * books of the local IFS, not from ours, and both are reconciled with the shop once nothing waits any longer.
 */
import { Console, Effect, FileSystem, Path } from "effect"
import { Command, Flag } from "effect/cli"
import { zero } from "../accounting/Decimal.ts"
import { reconcile } from "../engine/reconciliation/reconcile.ts"
import { runOnce, type RunSummary } from "../engine/runOnce.ts"
import { type DocumentTrace, trace } from "../engine/trace.ts"
import { defaultSeed } from "../sandbox/commerce/generateShop.ts"
import { type PayloadObject, payloadAt } from "../sandbox/commerce/Payload.ts"
import type { BooksContent } from "../sandbox/ifs/Voucher.ts"
import { type Sandbox, startSandbox } from "../sandbox/Sandbox.ts"
import { loadPlan } from "./loadPlan.ts"
import { progressDisplay } from "./progressDisplay.ts"
import { columns, indented } from "./columns.ts"
import { showCustomers } from "./showCustomers.ts"
import { showMending } from "./showMending.ts"
import { readable, sum } from "./readable.ts"
import { renderEntry } from "./renderEntry.ts"
import { styled } from "./styled.ts"
import { renderReconciliation } from "./renderReconciliation.ts"
import { renderHalts, renderRun } from "./renderRun.ts"
import { contact } from "./contact.ts"
import { embeddedStore } from "./configuredStore.ts"

const folder = ".ledgerline/demo"
/** A copy of the shipped pipelines, so that the row which the demo adds is in no file of the project. */
const pipelines = `${folder}/pipelines`
const currency = "EUR"

/** The posting dates of all that the shop is generated with. */
const demoDays = { from: "2026-09-01", to: "2026-11-01" }

const heading = (text: string) => `\n${styled("bold", text)}\n`

const payloadText = (document: PayloadObject, field: string) => String(payloadAt(document, field))

const firstEntries = (traces: ReadonlyArray<DocumentTrace>) =>
  traces.flatMap(({ entries }) => entries.slice(0, 1).map(({ entry }) => renderEntry(entry)))

const rowsOf = (books: BooksContent) => books.vouchers.flatMap(({ rows }) => rows)

const totalsByAccount = (books: BooksContent): string => {
  const accounts = Map.groupBy(rowsOf(books), ({ account }) => account)
  const totals = [...accounts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([account, rows]) => ({
      account,
      debit: sum(rows.map(({ debit }) => debit ?? zero)),
      credit: sum(rows.map(({ credit }) => credit ?? zero))
    }))
  return columns(
    ["account", `debit ${currency}`, `credit ${currency}`],
    [
      ...totals.map(({ account, credit, debit }) => [
        account,
        readable(debit, currency),
        readable(credit, currency)
      ]),
      [
        styled("bold", "total"),
        readable(sum(totals.map(({ debit }) => debit)), currency),
        readable(sum(totals.map(({ credit }) => credit)), currency)
      ]
    ],
    [1, 2]
  )
}

const posted = (run: RunSummary) => run.connections.reduce((all, { posted }) => all + posted, 0)

const show = Effect.fn("demo.show")(function* (sandbox: Sandbox) {
  const path = yield* Path.Path
  const { books } = sandbox.ifs
  const load = loadPlan({ paths: [pipelines], connections: sandbox.connections })

  yield* Console.log(heading("1. The pipelines run once"))
  const first = yield* Effect.scoped(Effect.flatMap(load, runOnce).pipe(Effect.provide(progressDisplay)))
  yield* Console.log(indented([renderRun(first), ...renderHalts(first)].join("\n")))
  const held = (yield* books).vouchers.length
  if (posted(first) === 0 && held > 0) {
    yield* Console.log(
      indented(
        `\nNothing was posted. IFS holds ${held} vouchers from an earlier demo; to start over: npx ledgerline demo --fresh`
      )
    )
  }

  yield* Console.log(heading("2. The first entries, as an accountant reads them"))
  const shop = yield* sandbox.commerce.shop
  const examples = [...shop.invoices.slice(0, 1), ...shop.creditmemos.slice(0, 1)]
  const traces = yield* Effect.forEach(examples, (document) => trace(payloadText(document, "increment_id")))
  const shown = [...new Set(traces.flatMap(firstEntries))]
  yield* Console.log(indented(shown.join("\n\n")))

  yield* Console.log(heading("3. What waits, why, and how it is mended"))
  yield* showMending({ table: path.join(pipelines, "tables", "vat.csv"), load })
  const plan = yield* load

  const mended = yield* books
  yield* Console.log(heading(`4. What IFS now holds: ${mended.vouchers.length} vouchers`))
  yield* Console.log(indented(totalsByAccount(mended)))

  yield* Console.log(heading("5. A second run posts nothing"))
  const second = yield* Effect.scoped(runOnce(plan))
  const after = (yield* books).vouchers.length
  yield* Console.log(indented(`${posted(second)} posted; IFS holds ${after} vouchers, as before`))

  // The local IFS forgets its customers with the process, so what was linked is forgotten too: in a store of its
  // own, which only a local layer is beside that of the documents.
  const files = yield* FileSystem.FileSystem
  const aside = path.join(folder, "customers")
  yield* files.remove(aside, { recursive: true, force: true })
  yield* showCustomers(sandbox, path.join(pipelines, "customers")).pipe(
    Effect.provide(embeddedStore(aside), { local: true })
  )

  yield* Console.log(heading("7. The books: Commerce read anew, our journal, and IFS read back"))
  const reconciled = yield* reconcile(plan, {
    pipelines: plan.pipelines,
    range: demoDays,
    by: "pipeline",
    clearing: []
  })
  yield* Console.log(indented(renderReconciliation(reconciled, reconciled.rows)))

  yield* Console.log(heading("What to try next"))
  yield* Console.log(
    indented(
      columns(
        [],
        [
          ["npx ledgerline sandbox", "the same two systems, to play with"],
          ["npx ledgerline validate", "what CI runs on every change of a mapping"],
          ["npx ledgerline dry-run --help", "preview entries before they are posted"],
          ["README.md", "a pipeline of your own in ten minutes"]
        ]
      )
    )
  )
})

/** `ledgerline demo`. */
export const demo = Command.make(
  "demo",
  {
    documents: Flag.Int("documents").pipe(
      Flag.withDescription("invoices and credit memos in the shop (default: 72)"),
      Flag.withDefault(72)
    ),
    fresh: Flag.Boolean("fresh").pipe(
      Flag.withDescription(
        "forget the last demo first, and its copy of the pipelines; without it, a second demo posts nothing"
      ),
      Flag.withDefault(false)
    )
  },
  Effect.fn("demo")(function* ({ documents, fresh }) {
    const files = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    if (fresh) yield* files.remove(folder, { recursive: true, force: true })
    yield* Console.log(heading("Ledgerline demo"))
    yield* Console.log(
      indented(
        `a shop with ${documents} invoices and credit memos, an ERP, an embedded database; nothing leaves this machine`
      )
    )
    const sandbox = yield* startSandbox({
      folder,
      seed: defaultSeed,
      documents,
      commercePort: 0,
      ifsPort: 0,
      ifsRequestsPerMinute: 0,
      keepsBooks: true
    })
    // What an earlier demo copied stays as it is, mended: it belongs to the documents that it posted.
    yield* files.copy(path.join(import.meta.dirname, "..", "..", "pipelines"), pipelines)
    yield* show(sandbox).pipe(Effect.provide([embeddedStore(folder), contact]))
  }, Effect.scoped)
).pipe(
  Command.withDescription("See the main job on this machine: a shop, an ERP, the shipped pipelines"),
  Command.withExamples([
    { command: "ledgerline demo", description: "The second time it posts nothing" },
    { command: "ledgerline demo --fresh", description: "Start over" }
  ])
)
