import { assert } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { NewCustomerTask } from "../../src/store/addTasks.ts"
import type { CustomerLink, LinkContent } from "../../src/store/CustomerLink.ts"
import { CustomerLinks } from "../../src/store/CustomerLinks.ts"
import { ErrorQueue } from "../../src/store/ErrorQueue.ts"
import { IntakeStore } from "../../src/store/IntakeStore.ts"
import { LedgerWriter } from "../../src/store/LedgerWriter.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { exampleError, examplePage, freshNames } from "../support/examples.ts"

const content = (leftId: string | null, rightId: string | null): LinkContent => ({
  leftId,
  rightId,
  state: leftId === null || rightId === null ? "creating" : "linked",
  bases: { left: { name: "Müller" }, right: { name: "MÜLLER" } },
  unclear: [],
  addresses: [{ key: "1", left: "a", right: "b" }],
  seen: { left: { fingerprint: "f", updatedAt: null }, right: null },
  intent: null,
  parked: null
})

const task = (pair: string, externalId: string): NewCustomerTask => ({
  pair,
  side: "left",
  externalId,
  pipeline: "shop-to-erp",
  resource: "customer",
  number: externalId,
  revision: 1,
  isByPerson: false
})

const nothing = { errors: [], settled: [], audit: [] }

const contentOf = ({
  addresses,
  bases,
  intent,
  leftId,
  parked,
  rightId,
  seen,
  state,
  unclear
}: CustomerLink) => ({
  leftId,
  rightId,
  state,
  bases,
  unclear,
  addresses,
  seen,
  intent,
  parked
})

describeOnDatabases("CustomerLinks", (it) => {
  it.effect("gives back a link as it was stored, by the id of either side", () =>
    Effect.gen(function* () {
      const { connection: pair } = yield* freshNames
      const links = yield* CustomerLinks
      const writer = yield* (yield* LedgerWriter).take(pair)
      const link = Option.getOrThrow(yield* links.start(writer, pair, content("1", "9"), []))
      const found = Option.getOrThrow(yield* links.find(pair, "right", "9"))
      assert.deepStrictEqual(contentOf(found), content("1", "9"))
      assert.strictEqual(found.id, link.id)
      assert.isTrue(Option.isNone(yield* links.find(pair, "left", "9")))
    })
  )

  it.effect("links a customer with one other only, until the link is closed", () =>
    Effect.gen(function* () {
      const { connection: pair } = yield* freshNames
      const links = yield* CustomerLinks
      const writer = yield* (yield* LedgerWriter).take(pair)
      const link = Option.getOrThrow(yield* links.start(writer, pair, content("1", "9"), []))
      assert.isTrue(Option.isNone(yield* links.start(writer, pair, content("2", "9"), [])))
      const closed: LinkContent = { ...content("1", "9"), state: "closed" }
      yield* links.settle(writer, { ...nothing, link: { id: link.id, content: closed } })
      assert.isTrue(Option.isSome(yield* links.start(writer, pair, content("2", "9"), [])))
      assert.strictEqual(Option.getOrThrow(yield* links.find(pair, "right", "9")).leftId, "2")
      assert.strictEqual(Option.getOrThrow(yield* links.find(pair, "left", "1")).state, "closed")
    })
  )

  it.effect("writes nothing for a process whose place another has taken", () =>
    Effect.gen(function* () {
      const { connection: pair } = yield* freshNames
      const links = yield* CustomerLinks
      const writers = yield* LedgerWriter
      const first = yield* writers.take(pair)
      const link = Option.getOrThrow(yield* links.start(first, pair, content("1", "9"), []))
      yield* writers.take(pair)
      const intent = { side: "right", version: "1", before: {}, sent: { name: "x" }, addresses: [] } as const
      assert.isFalse(yield* links.mark(first, { id: link.id, intent }))
      assert.isFalse(yield* links.settle(first, { ...nothing, link: { id: link.id, content: null } }))
      assert.isTrue(Option.isNone(yield* links.start(first, pair, content("2", "8"), [])))
      const found = Option.getOrThrow(yield* links.find(pair, "left", "1"))
      assert.isNull(found.intent)
      assert.isEmpty(found.recent)
    })
  )

  it.effect("notes what is about to be sent, and the writes of the last hour", () =>
    Effect.gen(function* () {
      const { connection: pair } = yield* freshNames
      const links = yield* CustomerLinks
      const writer = yield* (yield* LedgerWriter).take(pair)
      const link = Option.getOrThrow(yield* links.start(writer, pair, content("1", "9"), []))
      assert.isNull(link.markedMillisAgo)
      const intent = {
        side: "right",
        version: "1",
        before: { name: null },
        sent: { name: "x" },
        addresses: [{ from: "a", place: "{}" }]
      } as const
      yield* links.mark(writer, { id: link.id, intent })
      const marked = Option.getOrThrow(yield* links.find(pair, "left", "1"))
      assert.isEmpty(marked.recent)
      for (const isRepeated of [false, true]) {
        const write = { side: "right", hashes: ["h"], isRepeated } as const
        const noted: LinkContent = { ...content("1", "9"), intent }
        yield* links.settle(writer, { ...nothing, link: { id: link.id, content: noted, write } })
      }
      const found = Option.getOrThrow(yield* links.find(pair, "left", "1"))
      assert.deepStrictEqual(found.intent, intent)
      assert.isNumber(found.markedMillisAgo)
      assert.deepStrictEqual(
        found.recent.map(({ isRepeated }) => isRepeated),
        [false, true]
      )
      yield* links.forgive(link.id)
      assert.isEmpty(Option.getOrThrow(yield* links.find(pair, "left", "1")).recent)
    })
  )

  it.effect(
    "has one task for a customer however often it is asked for, and keeps one asked for meanwhile",
    () =>
      Effect.gen(function* () {
        const { connection: pair } = yield* freshNames
        const links = yield* CustomerLinks
        const writer = yield* (yield* LedgerWriter).take(pair)
        yield* links.ask([task(pair, "1"), task(pair, "2")])
        yield* links.ask([{ ...task(pair, "1"), isByPerson: true }])
        const due = yield* links.due(pair, 10)
        assert.deepStrictEqual(
          due
            .map(({ asked, externalId, isByPerson }) => [externalId, asked, isByPerson])
            .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
          [
            ["1", 2, true],
            ["2", 1, false]
          ]
        )
        for (const one of due) yield* links.settle(writer, { ...nothing, task: { ...one, asked: 1 } })
        assert.deepStrictEqual(
          (yield* links.due(pair, 10)).map(({ externalId }) => externalId),
          ["1"]
        )
        assert.deepStrictEqual(yield* links.counts(pair), { linked: 0, due: 1 })
      })
  )

  it.effect("lets a task rest, and says when the next one is due", () =>
    Effect.gen(function* () {
      const { connection: pair } = yield* freshNames
      const links = yield* CustomerLinks
      assert.isTrue(Option.isNone(yield* links.nextDueMillis(pair)))
      yield* links.ask([task(pair, "1")])
      const [one] = yield* links.due(pair, 10)
      if (one === undefined) return assert.fail("nothing is due")
      yield* links.postpone(one, { millis: 60_000, isAttempt: true })
      assert.isEmpty(yield* links.due(pair, 10))
      assert.isAbove(Option.getOrThrow(yield* links.nextDueMillis(pair)), 30_000)
    })
  )

  it.effect("stores tasks with the page that they are from, and knows what was last seen", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const pair = names.connection
      const links = yield* CustomerLinks
      const store = yield* IntakeStore
      const writer = yield* (yield* LedgerWriter).take(pair)
      yield* store.commit(examplePage(names, { tasks: [task(pair, "1")] }))
      yield* links.start(writer, pair, content("1", "9"), [])
      assert.deepStrictEqual([...(yield* store.seen(pair, "left", ["1", "2"]))], [["1", "f"]])
      assert.isEmpty(yield* store.seen(pair, "right", ["9"]))
      assert.strictEqual((yield* links.counts(pair)).due, 1)
    })
  )

  it.effect("opens and resolves error items with what a look led to", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const pair = names.connection
      const links = yield* CustomerLinks
      const queue = yield* ErrorQueue
      const writer = yield* (yield* LedgerWriter).take(pair)
      const item = exampleError(names, "1", "customer/conflict")
      yield* links.settle(writer, { ...nothing, errors: [item] })
      assert.strictEqual((yield* queue.list({ pipeline: names.pipeline })).length, 1)
      yield* links.settle(writer, { ...nothing, settled: [item] })
      assert.isEmpty(yield* queue.list({ pipeline: names.pipeline }))
    })
  )
})
