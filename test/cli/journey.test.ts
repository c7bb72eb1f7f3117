/*
 * One document that is parked, mended, tried again and looked up, as an operator would.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Schema } from "effect"
import { openSandbox, pipelinesFor } from "../endToEnd/scene.ts"
import { databases } from "../support/databases.ts"
import { variablesOf } from "../endToEnd/variablesOf.ts"
import { assertEnded, ledgerline } from "./ledgerline.ts"

const Items = Schema.fromJsonString(
  Schema.Struct({
    items: Schema.Array(
      Schema.Struct({
        id: Schema.Int,
        resource: Schema.String,
        number: Schema.String,
        stage: Schema.String,
        state: Schema.String,
        retries: Schema.Int,
        problems: Schema.Array(Schema.Struct({ code: Schema.String, message: Schema.String }))
      })
    )
  })
)
const Status = Schema.fromJsonString(
  Schema.Struct({
    pipelines: Schema.Array(
      Schema.Struct({ pipeline: Schema.String, documents: Schema.Int, waiting: Schema.Int })
    ),
    ledgers: Schema.Array(
      Schema.Struct({
        ledger: Schema.String,
        posted: Schema.Int,
        pending: Schema.Int,
        unknown: Schema.Int,
        refused: Schema.Int
      })
    )
  })
)
const Traces = Schema.fromJsonString(
  Schema.Struct({
    documents: Schema.Array(
      Schema.Struct({
        pipeline: Schema.String,
        origin: Schema.Struct({ resource: Schema.String, number: Schema.String }),
        entries: Schema.Array(
          Schema.Struct({
            state: Schema.String,
            receipt: Schema.NullOr(Schema.Struct({ reference: Schema.String }))
          })
        ),
        steps: Schema.Array(Schema.Struct({ actor: Schema.String, action: Schema.String }))
      })
    )
  })
)

// The fastest there is: that each database keeps the same is proved elsewhere.
describe.each(databases.slice(-1))("an operator, on $name,", (database) => {
  it.live(
    "C6 finds what is parked, mends the table, tries again, and follows the document to its voucher",
    () =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-journey-" })
        const sandbox = yield* openSandbox(folder, { documents: 6 })
        const pipelines = yield* pipelinesFor(folder, sandbox)
        const surroundings = { folder, variables: yield* variablesOf(database) }
        const command = (text: string) => ledgerline(surroundings, ...text.split(" "))
        const read = <A>(schema: Schema.Codec<A, string>, text: string) =>
          Effect.gen(function* () {
            const ended = yield* command(`${text} --format json`)
            assertEnded(ended, 0)
            return yield* Schema.decodeEffect(schema)(ended.output)
          })

        assertEnded(yield* command("run --once"), 4)
        const parked = yield* read(Items, "errors list")
        assert.deepStrictEqual(
          parked.items.map(({ problems, retries, stage, state }) => ({
            stage,
            state,
            retries,
            codes: problems.map(({ code }) => code)
          })),
          [{ stage: "map", state: "open", retries: 0, codes: ["mapping/no-row"] }]
        )
        const [item] = parked.items
        const shown = yield* command(`errors show ${item?.id}`)
        assertEnded(shown, 0)
        assert.include(shown.output, "has no row for code = DK-25")

        const tooEarly = yield* command(`errors retry ${item?.id}`)
        assertEnded(tooEarly, 4)
        assert.include(tooEarly.output, "still parked")

        yield* files.writeFileString(`${pipelines}/tables/vat.csv`, "DK-25,2650\n", { flag: "a" })
        const mended = yield* command("errors retry --all")
        assertEnded(mended, 0)
        assert.include(mended.output, `invoice ${item?.number}  to be posted`)
        assert.include((yield* command("errors list")).output, "nothing waits")
        assert.deepStrictEqual(
          (yield* read(Items, "errors list --all")).items.map(({ retries, state }) => ({ retries, state })),
          [{ retries: 2, state: "resolved" }]
        )

        const { vouchers } = yield* sandbox.ifs.books
        const voucher = vouchers.find(({ text }) => (text ?? "").startsWith(`Invoice ${item?.number} `))
        const reference = `10/${voucher?.accountingYear}/M/${voucher?.voucherNo}`
        const byVoucher = yield* read(Traces, `trace ${reference}`)
        assert.deepStrictEqual(
          byVoucher.documents.map(({ entries, origin }) => ({ number: origin.number, entries })),
          [{ number: item?.number ?? "", entries: [{ state: "posted", receipt: { reference } }] }]
        )
        assert.deepStrictEqual(
          byVoucher.documents[0]?.steps
            .filter(({ action }) => ["parked", "retried", "mapped", "posted"].includes(action))
            .map(({ action, actor }) => `${action} by ${actor}`),
          [
            "parked by engine",
            "retried by tester",
            "parked by tester",
            "retried by tester",
            "mapped by tester",
            "posted by tester"
          ]
        )
        const byNumber = yield* read(Traces, `trace ${item?.number}`)
        assert.deepInclude(byNumber.documents, byVoucher.documents[0])

        const { commerce } = sandbox
        const shop = yield* commerce.shop
        assert.deepStrictEqual(yield* read(Status, "status"), {
          pipelines: [
            { pipeline: "credit-notes-to-gl", documents: shop.creditmemos.length, waiting: 0 },
            { pipeline: "invoices-to-gl", documents: shop.invoices.length, waiting: 0 }
          ],
          ledgers: [{ ledger: "erp", posted: vouchers.length, pending: 0, unknown: 0, refused: 0 }]
        })
        assert.strictEqual(vouchers.length, 6)
      }).pipe(Effect.scoped, Effect.provide([NodeServices.layer, database.layer]))
  )
})
