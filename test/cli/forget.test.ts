/*
 * `ledgerline forget` of a key of one connection, as a person types it.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { openSandbox, pipelinesFor } from "../endToEnd/scene.ts"
import { assertEnded, ledgerline } from "./ledgerline.ts"

describe("forget", () => {
  it.live(
    "takes a key for that of one connection, and says what stays because another pipeline read it",
    () =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-forget-" })
        const sandbox = yield* openSandbox(folder, { documents: 6 })
        const pipelines = yield* pipelinesFor(folder, sandbox)
        const command = (...args: ReadonlyArray<string>) => ledgerline({ folder }, ...args)
        const order = (yield* sandbox.commerce.shop).orders.find(
          ({ customer_id }) => customer_id !== undefined
        )
        const key = String(order?.["customer_id"])
        assertEnded(yield* command("run", "--once"), 4)

        const look = yield* command("forget", key, "--connection", "shop")
        assertEnded(look, 0)
        assert.include(look.output, `would forget customer ${key} of shop, `)
        assert.include(look.output, `to do it: ledgerline forget ${key} --connection shop --yes`)
        assert.notInclude(look.output, "left alone")

        // What was read under another name is not known to be of this connection.
        const file = `${pipelines}/invoices-to-gl.yaml`
        const text = yield* files.readFileString(file)
        yield* files.writeFileString(file, text.replace("name: invoices-to-gl", "name: invoices-anew"))
        const renamed = yield* command("forget", key, "--connection", "shop")
        assertEnded(renamed, 2)
        assert.match(
          renamed.messages,
          new RegExp(
            `nothing is stored of a customer ${key} of shop\\. .* Under that key stands what these pipelines have read: \\d of invoices-to-gl\\.`,
            "u"
          )
        )

        for (const [args, says] of [
          [
            [key, "--connection", "store"],
            /no pipeline in pipelines reads store\. There are pipelines of: shop\./u
          ],
          [
            ["anna@example.com", "--connection", "shop"],
            /an e-mail address is the same person in every shop/u
          ]
        ] as const) {
          const mistaken = yield* command("forget", ...args)
          assertEnded(mistaken, 2)
          assert.match(mistaken.messages, says)
        }

        const done = yield* command("forget", key, "--yes")
        assertEnded(done, 0)
        assert.match(done.output, /^forgotten, in \d+ records?$/mu)
        for (const again of [["forget", key, "--yes"] as const, ["forget", key] as const]) {
          const nothing = yield* command(...again)
          assertEnded(nothing, 0)
          assert.match(nothing.output, /^nothing is left of customer .*: all of it was forgotten before$/mu)
          assert.notInclude(nothing.output, "to do it:")
        }
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})
