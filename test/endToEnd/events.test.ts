import { assert } from "@effect/vitest"
import { Effect, FileSystem, Option, Schedule } from "effect"
import { listener } from "../../src/cli/listener.ts"
import { runForever } from "../../src/engine/runForever.ts"
import type { Family } from "../../src/sandbox/EventSender.ts"
import { HintStore } from "../../src/store/HintStore.ts"
import { WorkQueue } from "../../src/store/WorkQueue.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { held, inScene, isDanish, owed, type Scene } from "./scene.ts"

/** Lets the shipped invoice pipeline be told, and polls once a day only. */
const tell = ({ pipelines }: Scene) =>
  Effect.gen(function* () {
    const disk = yield* FileSystem.FileSystem
    const file = `${pipelines}/invoices-to-gl.yaml`
    const text = yield* disk.readFileString(file)
    yield* disk.writeFileString(
      file,
      text.replace(
        "poll: { every: 5 minutes }",
        "poll: { every: 1 day }\n  webhook: { events: [invoice.created, invoice.updated], settle: 1 second }"
      )
    )
  })

const until = <E, R>(isSo: Effect.Effect<boolean, E, R>) =>
  isSo.pipe(
    Effect.repeat({ until: (so) => so, schedule: Schedule.spaced("100 millis") }),
    Effect.timeout("30 seconds")
  )

const families: ReadonlyArray<Family> = ["hmac", "commerce-webhooks", "io-events"]

describeOnDatabases("A6 C5 an invoice that is reported", (it) => {
  for (const family of families) {
    it.effect(
      `by ${family} is posted without waiting for the next poll, once, whatever else is reported`,
      () =>
        inScene({ documents: 8 }, (scene) =>
          Effect.gen(function* () {
            const { commerce, events, ifs } = scene.sandbox
            yield* tell(scene)
            const whole = yield* commerce.shop
            const created = whole.invoices.find((invoice) => !isDanish(whole, invoice))
            const id = String(created?.["entity_id"])
            yield* commerce.update((shop) => ({
              ...shop,
              invoices: shop.invoices.filter((invoice) => invoice !== created)
            }))
            yield* scene.run
            const plan = yield* scene.plan
            const port = yield* listener(plan, Option.some("0"))
            yield* Effect.forkScoped(runForever(plan, () => Effect.void))
            const target = `http://127.0.0.1:${port}`
            const report = { resource: "invoice", id, isNew: true }
            // Reported before it is stored, as shops do; then it is there.
            assert.include(yield* events.report(family, [report], target), { attempts: 1 })
            yield* Effect.sleep("1500 millis")
            yield* commerce.update(() => whole)
            yield* events.report(family, [report], target)
            yield* events.report(family, [report], target)
            // About nothing that there is: harmless.
            yield* events.report(family, [{ ...report, id: "999999999" }], target)
            yield* until(Effect.map(ifs.books, (books) => held(books).length === owed(whole).length))
            assert.deepStrictEqual(held(yield* ifs.books), owed(whole))
            const hints = yield* HintStore
            yield* until(
              Effect.map(hints.waiting, (waiting) =>
                plan.pipelines.every(({ name }) => (waiting.get(name)?.hints ?? 0) <= 1)
              )
            )
          }).pipe(Effect.scoped, Effect.provide(WorkQueue.layerMemory))
        ),
      60_000
    )
  }

  it.effect("answers Adobe's two ways of asking whether the address is ours", () =>
    inScene({ documents: 1 }, (scene) =>
      Effect.gen(function* () {
        yield* tell(scene)
        const port = yield* listener(yield* scene.plan, Option.some("0"))
        const answers = yield* scene.sandbox.events.register(`http://127.0.0.1:${port}`)
        assert.deepStrictEqual(answers, { challenge: "echoed", validated: true })
      }).pipe(Effect.scoped, Effect.provide(WorkQueue.layerMemory))
    )
  )
})

describeOnDatabases("B8 the event action of IFS", (it) => {
  it.effect("is accepted with its secret", () =>
    inScene({ documents: 1 }, (scene) =>
      Effect.gen(function* () {
        const port = yield* listener(yield* scene.plan, Option.some("0"))
        const customer = { resource: "customer", id: "1000", isNew: false }
        const delivery = yield* scene.sandbox.events.report(
          "header-secret",
          [customer],
          `http://127.0.0.1:${port}`
        )
        assert.deepStrictEqual(delivery, { family: "header-secret", status: 202, attempts: 1 })
      }).pipe(Effect.scoped, Effect.provide(WorkQueue.layerMemory))
    )
  )
})
