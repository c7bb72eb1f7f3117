import { assert } from "@effect/vitest"
import { Effect, Option } from "effect"
import { SqlClient } from "effect/sql"
import type { AwaitedCustomer } from "../../src/pipeline/SourceRecord.ts"
import type { NewCustomerTask } from "../../src/store/addTasks.ts"
import type { CustomerLink, LinkContent } from "../../src/store/CustomerLink.ts"
import { CustomerLinks } from "../../src/store/CustomerLinks.ts"
import { automaticRetriesMaximum, ErrorQueue, type NewErrorItem } from "../../src/store/ErrorQueue.ts"
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

/** A document that waits for these customers. */
const awaiting = (
  names: Effect.Success<typeof freshNames>,
  id: string,
  customers: ReadonlyArray<AwaitedCustomer>
): NewErrorItem => ({
  ...exampleError(names, id),
  problems: customers.map((awaits) => ({
    code: "lookup/not-linked",
    message: "not linked yet",
    path: "lookups.customer",
    awaits
  }))
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

  it.effect("says who is being created on a side, and of nobody who is there or was given up", () =>
    Effect.gen(function* () {
      const { connection: pair } = yield* freshNames
      const links = yield* CustomerLinks
      const writer = yield* (yield* LedgerWriter).take(pair)
      yield* links.start(writer, pair, content("1", "9"), [])
      yield* links.start(writer, pair, content(null, "8"), [])
      const given = Option.getOrThrow(yield* links.start(writer, pair, content("2", null), []))
      const link = Option.getOrThrow(yield* links.start(writer, pair, content("3", null), []))
      const closed: LinkContent = { ...content("2", null), state: "closed" }
      yield* links.settle(writer, { ...nothing, link: { id: given.id, content: closed } })
      assert.deepStrictEqual(
        (yield* links.creating(pair, "right")).map(({ id }) => id),
        [link.id]
      )
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

  it.effect(
    "C4 finds whom an e-mail address is linked to, in letters of any size, or that he is being created",
    () =>
      Effect.gen(function* () {
        const { connection: pair } = yield* freshNames
        const links = yield* CustomerLinks
        const writer = yield* (yield* LedgerWriter).take(pair)
        const withEmail = (leftId: string | null, rightId: string, email: string): LinkContent => ({
          ...content(leftId, rightId),
          bases:
            leftId === null
              ? { left: {}, right: {} }
              : { left: { email: "else@x.example" }, right: { email } },
          intent:
            leftId === null
              ? { side: "left", version: null, before: {}, sent: { email }, addresses: [] }
              : null
        })
        const linked = Option.getOrThrow(
          yield* links.start(writer, pair, withEmail("900", "1", " Anna@X.example"), [])
        )
        yield* links.start(writer, pair, withEmail(null, "2", "ben@x.example"), [])
        assert.deepStrictEqual(yield* links.ofAddress(pair, "right", "anna@x.EXAMPLE "), ["900"])
        assert.deepStrictEqual(yield* links.ofAddress(pair, "right", "ben@x.example"), [null])
        assert.deepStrictEqual(yield* links.ofAddress(pair, "left", "else@x.example"), ["1"])
        assert.deepStrictEqual(yield* links.ofAddress(`${pair}/guests`, "right", "anna@x.example"), [])
        const closed: LinkContent = { ...withEmail("900", "1", "anna@x.example"), state: "closed" }
        yield* links.settle(writer, { ...nothing, link: { id: linked.id, content: closed } })
        assert.deepStrictEqual(yield* links.ofAddress(pair, "right", "anna@x.example"), [])
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

  it.effect("asks once an hour for those whom documents wait for, and for none that waits for a person", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const pair = names.connection
      const links = yield* CustomerLinks
      const store = yield* IntakeStore
      const sql = yield* SqlClient.SqlClient
      const readers = [
        { side: "left", pipeline: `${names.pipeline}-customers`, resource: "customer" }
      ] as const
      const errors = [
        awaiting(names, "1", [{ pair, side: "left", id: "7", create: true }]),
        awaiting(names, "2", [{ pair, side: "left", id: "7", create: false }]),
        awaiting(names, "3", [{ pair, side: "left", id: "8", create: false }]),
        // On a side that no pipeline reads, of another pair, and in the queue itself.
        awaiting(names, "4", [{ pair, side: "right", id: "9", create: true }]),
        awaiting(names, "5", [{ pair: `${pair}-other`, side: "left", id: "10", create: true }]),
        awaiting(names, "6", [{ pair, side: "left", id: "11", create: true }]),
        { ...exampleError(names, "11"), pipeline: readers[0].pipeline, resource: "customer" }
      ]
      yield* store.commit(examplePage(names, { errors }))
      const asked = Effect.map(links.due(pair, 10), (due) =>
        due.map(({ asked, externalId, pipeline, resource }) => [externalId, asked, pipeline, resource])
      )
      yield* links.askAwaited(pair, readers)
      const once = [
        ["7", 1, readers[0].pipeline, "customer"],
        ["8", 1, readers[0].pipeline, "customer"]
      ]
      assert.deepStrictEqual(yield* asked, once)
      yield* links.askAwaited(pair, readers)
      assert.deepStrictEqual(yield* asked, once)
      yield* sql`
        UPDATE error_item SET asked_at = asked_at - interval '61 minutes'
        WHERE pipeline = ${names.pipeline} AND external_id = '3'`
      yield* links.askAwaited(pair, readers)
      assert.deepStrictEqual(yield* asked, [once[0], ["8", 2, readers[0].pipeline, "customer"]])

      assert.deepStrictEqual(
        yield* Effect.forEach(["7", "8", "11"], (id) => links.isAwaited(pair, "left", id)),
        [true, false, true]
      )
      assert.isFalse(yield* links.isAwaited(pair, "right", "7"))
    })
  )

  it.effect("says which documents need not wait any more, and forgets the question when one waits anew", () =>
    Effect.gen(function* () {
      const names = yield* freshNames
      const pair = names.connection
      const links = yield* CustomerLinks
      const queue = yield* ErrorQueue
      const store = yield* IntakeStore
      const writer = yield* (yield* LedgerWriter).take(pair)
      const on = (side: "left" | "right", id: string) => ({ pair, side, id, create: false })
      const page = {
        errors: [
          awaiting(names, "1", [on("left", "7")]),
          awaiting(names, "2", [on("right", "70")]),
          awaiting(names, "3", [on("left", "7"), on("left", "8")]),
          awaiting(names, "4", [on("left", "9")]),
          exampleError(names, "5")
        ]
      }
      yield* store.commit(examplePage(names, page))
      const ready = Effect.map(queue.readyByLink(names.pipeline, 10), (items) =>
        items.map(({ externalId }) => externalId)
      )
      assert.deepStrictEqual(yield* ready, [])
      yield* links.start(writer, pair, content("7", "70"), [])
      // Of 9 the link is not made yet.
      yield* links.start(writer, pair, content("9", null), [])
      assert.deepStrictEqual(yield* ready, ["1", "2"])
      yield* links.start(writer, pair, content("8", "80"), [])
      assert.deepStrictEqual(yield* ready, ["1", "2", "3"])
      assert.strictEqual((yield* queue.readyByLink(names.pipeline, 2)).length, 2)
      assert.deepStrictEqual(yield* queue.readyByLink(`${names.pipeline}-other`, 10), [])

      const [first] = yield* queue.readyByLink(names.pipeline, 1)
      if (first === undefined) return assert.fail("nothing is ready")
      for (let tried = 0; tried < automaticRetriesMaximum; tried++) {
        yield* queue.startRetry(first, "engine", { automatic: true })
      }
      assert.deepStrictEqual(yield* ready, ["2", "3"])

      const readers = [{ side: "left", pipeline: "customers", resource: "customer" }] as const
      const due = Effect.map(links.counts(pair), (counts) => counts.due)
      yield* links.askAwaited(pair, readers)
      const before = yield* due
      const [task] = (yield* links.due(pair, 10)).filter(({ externalId }) => externalId === "9")
      if (task === undefined) return assert.fail("9 was not asked for")
      yield* links.settle(writer, { ...nothing, task })
      assert.strictEqual(yield* due, before - 1)
      yield* store.commit(examplePage(names, { errors: [awaiting(names, "4", [on("left", "9")])] }))
      yield* links.askAwaited(pair, readers)
      assert.strictEqual(yield* due, before)
    })
  )
})
