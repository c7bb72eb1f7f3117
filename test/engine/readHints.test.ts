/**
 * Reported records, read from a source that a test controls.
 */
import { NodeServices } from "@effect/platform-node"
import { assert } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Option, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { contact } from "../../src/cli/contact.ts"
import { intake } from "../../src/engine/intake.ts"
import { readHints } from "../../src/engine/readHints.ts"
import { ConnectorError, NotFound, Unreachable } from "../../src/pipeline/ConnectorError.ts"
import type { OpenSource } from "../../src/pipeline/Source.ts"
import type { SourceRecord } from "../../src/pipeline/SourceRecord.ts"
import type { ReadingPipeline } from "../../src/plan/Plan.ts"
import { AuditLog } from "../../src/store/AuditLog.ts"
import { HintStore } from "../../src/store/HintStore.ts"
import { IntakeStore } from "../../src/store/IntakeStore.ts"
import { webhookPipeline } from "../console/webhookPipeline.ts"
import { describeOnDatabases } from "../support/databases.ts"

const invoice = (id: string, revision: string): SourceRecord => ({
  origin: { system: "shop", resource: "invoice", id, number: id, revision },
  raw: { id, revision },
  normalised: { _tag: "Record", record: { revision } }
})

const notThere = new ConnectorError({
  connection: "shop",
  reason: new NotFound({ message: "no such invoice" })
})

const pipelineOf = (name: string, source: Partial<OpenSource>): ReadingPipeline => ({
  ...webhookPipeline,
  name,
  source: {
    ...webhookPipeline.source,
    open: Effect.succeed({ read: () => Stream.empty, fetch: () => Effect.fail(notThere), ...source })
  }
})

const report = (pipeline: string, externalId = "1") =>
  Effect.flatMap(HintStore, (hints) =>
    hints.add([{ pipeline, externalId, connection: "shop", resource: "invoice", settleMillis: 0 }])
  )

const outcomes = (pipeline: string) =>
  Effect.flatMap(AuditLog, (log) => log.of({ pipeline, resource: "invoice", externalId: "1" })).pipe(
    Effect.map((steps) =>
      steps.flatMap(({ action, detail }) =>
        action === "reported" ? [Reflect.get(Object(detail), "outcome")] : []
      )
    )
  )

const surroundings = contact.pipe(Layer.provideMerge(NodeServices.layer))

describeOnDatabases("A6 a reported record", (it) => {
  it.effect("is fetched and stored, and unchanged the next time, however often it is reported", () =>
    Effect.gen(function* () {
      const pipeline = pipelineOf("hints-stored", { fetch: (id) => Effect.succeed(invoice(id, "1")) })
      yield* report(pipeline.name)
      yield* report(pipeline.name)
      assert.include(yield* readHints(pipeline, "test"), { read: 1, unchanged: 0 })
      yield* report(pipeline.name)
      assert.include(yield* readHints(pipeline, "test"), { read: 1, unchanged: 1 })
      assert.include(yield* readHints(pipeline, "test"), { read: 0 })
      assert.deepStrictEqual(yield* outcomes(pipeline.name), ["changed", "unchanged"])
    }).pipe(Effect.provide(surroundings))
  )

  it.effect("that is not there is waited for about ten minutes, then given up", () =>
    Effect.gen(function* () {
      const pipeline = pipelineOf("hints-missing", {})
      const sql = yield* SqlClient.SqlClient
      yield* report(pipeline.name)
      const waits: Array<number> = []
      for (let tries = 0; tries < 20; tries++) {
        yield* readHints(pipeline, "test")
        const rows = yield* sql<{ readonly wait: number }>`
          SELECT round(extract(epoch FROM not_before - present()))::float8 AS wait
          FROM hint WHERE pipeline = ${pipeline.name}`
        const [row] = rows
        if (row === undefined) break
        waits.push(row.wait)
        yield* sql`UPDATE hint SET not_before = present() WHERE pipeline = ${pipeline.name}`
      }
      assert.deepStrictEqual(waits, [5, 15, 30, 60, 120, 180, 240])
      assert.deepStrictEqual(yield* outcomes(pipeline.name), ["given-up"])
    }).pipe(Effect.provide(surroundings))
  )

  it.effect("that the pipeline would not read by polling is left alone", () =>
    Effect.gen(function* () {
      const pipeline = pipelineOf("hints-others", {
        fetch: (id) => Effect.succeed(invoice(id, "1")),
        includes: () => false
      })
      yield* report(pipeline.name)
      yield* readHints(pipeline, "test")
      assert.deepStrictEqual(yield* outcomes(pipeline.name), ["not-for-this-pipeline"])
      const stored = yield* (yield* IntakeStore).latest({
        pipeline: pipeline.name,
        resource: "invoice",
        externalId: "1"
      })
      assert.isTrue(Option.isNone(stored))
    }).pipe(Effect.provide(surroundings))
  )

  it.effect("waits while its system cannot be reached, and is not given up for it", () =>
    Effect.gen(function* () {
      const away = new ConnectorError({ connection: "shop", reason: new Unreachable({ message: "away" }) })
      const pipeline = pipelineOf("hints-away", { fetch: () => Effect.fail(away) })
      yield* report(pipeline.name)
      yield* report(pipeline.name, "2")
      const error = yield* Effect.flip(readHints(pipeline, "test"))
      assert.include(error.message, "away")
      assert.strictEqual((yield* (yield* HintStore).waiting).get(pipeline.name)?.hints, 2)
      // Nothing of it is due for a while: the system is left alone.
      assert.include(yield* readHints(pipeline, "test"), { read: 0 })
    }).pipe(Effect.provide(surroundings))
  )

  it.effect("does not put older content over newer that was polled while it was fetched", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const release = yield* Deferred.make<void>()
      let present = "2"
      const pipeline = pipelineOf("hints-older", {
        read: () => Stream.make({ records: [invoice("1", present)], cursor: present }),
        fetch: (id) =>
          Effect.gen(function* () {
            const old = invoice(id, present)
            yield* Deferred.succeed(begun, undefined)
            yield* Deferred.await(release)
            return old
          })
      })
      yield* intake(pipeline, "test")
      present = "3"
      yield* intake(pipeline, "test")
      present = "2"
      yield* report(pipeline.name)
      const reading = yield* Effect.forkChild(readHints(pipeline, "test"))
      yield* Deferred.await(begun)
      // What was fetched is old by now: the poll stores something newer.
      present = "4"
      yield* intake(pipeline, "test")
      yield* Deferred.succeed(release, undefined)
      yield* Fiber.join(reading)
      const key = { pipeline: pipeline.name, resource: "invoice", externalId: "1" }
      const latest = yield* (yield* IntakeStore).latest(key)
      assert.strictEqual(Option.getOrUndefined(latest)?.origin.revision, "4")
      assert.strictEqual((yield* (yield* HintStore).waiting).get(pipeline.name)?.hints, 1)
    }).pipe(Effect.provide(surroundings))
  )

  it.effect("is not overwritten by a poll that began before it was read", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const release = yield* Deferred.make<void>()
      let isHeld = false
      const pipeline = pipelineOf("hints-newer", {
        read: () =>
          Stream.fromEffect(
            isHeld
              ? Deferred.succeed(begun, undefined).pipe(
                  Effect.andThen(Deferred.await(release)),
                  Effect.as({ records: [invoice("1", "2")], cursor: "2" })
                )
              : Effect.succeed({ records: [invoice("1", "1")], cursor: "1" })
          ),
        fetch: (id) => Effect.succeed(invoice(id, "3"))
      })
      yield* intake(pipeline, "test")
      isHeld = true
      const polling = yield* Effect.forkChild(intake(pipeline, "test"))
      yield* Deferred.await(begun)
      yield* report(pipeline.name)
      yield* readHints(pipeline, "test")
      yield* Deferred.succeed(release, undefined)
      yield* Fiber.join(polling)
      const key = { pipeline: pipeline.name, resource: "invoice", externalId: "1" }
      const store = yield* IntakeStore
      assert.strictEqual(Option.getOrUndefined(yield* store.latest(key))?.origin.revision, "3")
      assert.strictEqual((yield* store.cursors).get(pipeline.name)?.value, "1")
    }).pipe(Effect.provide(surroundings))
  )
})
