/*
 * Guests of the shop as customers of IFS, where pipelines say so, beside customers who have an account.
 */
import { assert } from "@effect/vitest"
import { Clock, Effect, FileSystem } from "effect"
import { SqlClient } from "effect/sql"
import { runForever } from "../../src/engine/runForever.ts"
import type { PayloadObject } from "../../src/sandbox/commerce/Payload.ts"
import { timestamp } from "../../src/sandbox/commerce/timestamp.ts"
import { customerType } from "../../src/sandbox/ifs/CustomerRegister.ts"
import { WorkQueue } from "../../src/store/WorkQueue.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { type Linked, linkedScene } from "./linkedScene.ts"

const once = { policy: { missing: "create", guests: "continue" }, create: false, withGuests: true } as const
const everybody = { ...once, create: true }

const isGuests = (order: PayloadObject) => order["customer_is_guest"] === 1
const textAt = (order: PayloadObject, field: string) => String(order[field])

/** The first guest of the shop: his key, his address, and his newest order. */
const someGuest = ({ sandbox }: Linked) =>
  Effect.map(sandbox.commerce.shop, ({ orders }) => {
    const order = orders.find(isGuests) ?? assert.fail("nobody is a guest")
    const email = textAt(order, "customer_email")
    const under = orders.filter((one) => textAt(one, "customer_email") === email)
    const key = `guest-${Math.min(...under.map((one) => Number(one["entity_id"])))}`
    return { email, key, newest: under.findLast(isGuests) ?? order }
  })

/** Places an order like `order`, now, with other fields. */
const place = ({ sandbox }: Linked, order: PayloadObject, fields: PayloadObject) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    sandbox.commerce.update((shop) => {
      const id = Math.max(...shop.orders.map((one) => Number(one["entity_id"]))) + 1
      const at = timestamp(Math.floor(now / 1000) - 120)
      const placed = { ...order, entity_id: id, increment_id: `9${id}`, created_at: at, updated_at: at }
      return { ...shop, orders: [...shop.orders, { ...placed, ...fields }] }
    })
  )

/** Gives somebody an account, now. */
const register = ({ sandbox }: Linked, fields: PayloadObject) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    sandbox.commerce.update((shop) => {
      const at = timestamp(Math.floor(now / 1000) - 120)
      const account = {
        group_id: 1,
        store_id: 1,
        website_id: 1,
        created_at: at,
        updated_at: at,
        addresses: []
      }
      return { ...shop, customers: [...shop.customers, { ...account, ...fields }] }
    })
  )

/** Who of the shop is linked to whom of IFS, and how. */
const linksOf = ({ plan }: Linked) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const [{ sinkConnection = "" } = {}] = (yield* plan).customers
    return yield* sql<{ readonly pair: string; readonly ours: string; readonly theirs: string }>`
      SELECT CASE WHEN pair LIKE '%/guests' THEN 'guests' ELSE 'accounts' END AS pair, left_id AS theirs,
        right_id AS ours
      FROM customer_link WHERE pair LIKE ${`${sinkConnection}/%`} AND state = 'linked' ORDER BY pair, id`
  })

/** Runs until this name was read: windows end with a second, and what comes within one waits for the next. */
const runUntilRead = (scene: Linked, name: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const names = (yield* scene.plan).customers.map((pipeline) => pipeline.name)
    const isRead = Effect.map(
      sql`SELECT 1 FROM source_record WHERE normalised #>> '{record,name}' = ${name} AND ${sql.in("pipeline", names)}`,
      (found) => found.length > 0
    )
    const done = yield* scene.run.pipe(
      Effect.andThen(isRead),
      Effect.repeat({ until: (read) => read, times: 30 })
    )
    assert.isTrue(done, `${name} was not read`)
  })

const rowsIn = ({ register: ifs }: Linked) => ifs.rows(customerType).length

describeOnDatabases("C4 a guest", (it) => {
  it.effect(
    "is created in IFS for his invoice, once for all that he ordered, and it is posted with his number in the same run",
    () =>
      linkedScene(once, (scene) =>
        Effect.gen(function* () {
          const { buyers, codes, inIfs, owed, run, texts } = scene
          const before = rowsIn(scene)
          const summary = yield* run
          const keys = [...(yield* buyers)]
          assert.isNotEmpty(keys.filter((key) => key.startsWith("guest-")))
          assert.strictEqual(
            summary.customers.reduce((all, { created }) => all + created, 0),
            keys.length
          )
          assert.strictEqual(rowsIn(scene), before + keys.length)
          assert.deepStrictEqual(yield* texts, yield* owed)
          const { key, newest } = yield* someGuest(scene)
          assert.deepInclude(inIfs(key), {
            Name: `${textAt(newest, "customer_firstname")} ${textAt(newest, "customer_lastname")}`
          })
          assert.deepStrictEqual([...new Set(yield* codes)], ["mapping/no-row"])
          const again = yield* run
          assert.deepStrictEqual(again.resumed, [])
          assert.strictEqual(rowsIn(scene), before + keys.length)
        })
      ),
    60_000
  )

  it.effect(
    "is nobody in IFS where no look-up asks for him and his pipeline creates nobody",
    () =>
      linkedScene({ ...once, policy: { missing: "continue", guests: "continue" } }, (scene) =>
        Effect.gen(function* () {
          const before = rowsIn(scene)
          yield* scene.run
          assert.strictEqual(rowsIn(scene), before)
          const shop = yield* scene.sandbox.commerce.shop
          assert.isAbove((yield* scene.texts).length, 0)
          assert.isTrue((yield* scene.texts).every((text) => text.endsWith(" of guest")))
          assert.isNotEmpty(shop.orders.filter(isGuests))
        })
      ),
    60_000
  )

  it.effect(
    "who gets an account stays the same customer of IFS, by the e-mail address, whatever else he says of himself then",
    () =>
      linkedScene(everybody, (scene) =>
        Effect.gen(function* () {
          const { codes, inIfs, pipelines, run, sandbox, waiting } = scene
          const files = yield* FileSystem.FileSystem
          const text = yield* files.readFileString(`${pipelines}/shop-to-erp.yaml`)
          yield* files.writeFileString(
            `${pipelines}/shop-to-erp.yaml`,
            text.replace("conflicts: park", "conflicts: source-wins")
          )
          yield* run
          const rows = rowsIn(scene)
          const { email, key, newest } = yield* someGuest(scene)
          const number = inIfs(key)?.["CustomerId"]
          assert.isString(number)
          // Commerce assigns the order from whose confirmation he registered; his others stay a guest's.
          yield* register(scene, { id: 77, email: email.toUpperCase(), firstname: "Late", lastname: "Comer" })
          yield* sandbox.commerce.update((shop) => ({
            ...shop,
            orders: shop.orders.map((one) =>
              `guest-${textAt(one, "entity_id")}` === key
                ? { ...one, customer_id: 77, customer_is_guest: 0 }
                : one
            )
          }))
          yield* runUntilRead(scene, "Late Comer")
          assert.strictEqual(rowsIn(scene), rows)
          const links = yield* linksOf(scene)
          assert.deepInclude(links, { pair: "accounts", ours: "77", theirs: String(number) })
          // His name differs, which a person decides, whatever the pipeline says; nothing was written over.
          assert.include(yield* codes, "customer/conflict")
          assert.deepInclude(inIfs(key), {
            Name: `${textAt(newest, "customer_firstname")} ${textAt(newest, "customer_lastname")}`
          })
          const conflict = (yield* waiting).find(({ resource }) => resource === "customer")
          assert.strictEqual(conflict?.externalId, "77")

          // Who orders as a guest can give any address: what he says changes nothing of a customer with an account.
          yield* place(scene, newest, { customer_firstname: "Some", customer_lastname: "Body" })
          yield* runUntilRead(scene, "Some Body")
          assert.strictEqual(rowsIn(scene), rows)
          assert.notInclude(
            scene.register.rows(customerType).map(({ values }) => values["Name"]),
            "Some Body"
          )
          assert.deepStrictEqual(
            (yield* waiting).filter(({ resource }) => resource === "guest"),
            []
          )
        })
      ),
    60_000
  )

  it.effect(
    "who has an account already is his customer of IFS, and changes nothing of it",
    () =>
      linkedScene(everybody, (scene) =>
        Effect.gen(function* () {
          const { inIfs, run, sandbox, waiting } = scene
          yield* run
          const rows = rowsIn(scene)
          const [customer = assert.fail("nobody has an account")] = (yield* sandbox.commerce.shop).customers
          const id = String(customer["id"])
          const before = inIfs(id)
          const { newest } = yield* someGuest(scene)
          yield* place(scene, newest, {
            customer_email: `${textAt(customer, "email")} `,
            customer_firstname: "Some",
            customer_lastname: "Body"
          })
          yield* runUntilRead(scene, "Some Body")
          assert.strictEqual(rowsIn(scene), rows)
          const theirs = String(before?.["CustomerId"])
          const linked = (yield* linksOf(scene)).filter((link) => link.theirs === theirs)
          assert.deepStrictEqual(
            linked.map(({ pair }) => pair),
            ["accounts", "guests"]
          )
          assert.deepStrictEqual(inIfs(id), before)
          assert.isEmpty((yield* waiting).filter(({ resource }) => resource === "guest"))
        })
      ),
    60_000
  )

  it.effect(
    "waits while the same person is being created under his account",
    () =>
      linkedScene(everybody, (scene) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const { email, key } = yield* someGuest(scene)
          const [{ sinkConnection = "", sourceConnection = "" } = {}] = (yield* scene.plan).customers
          const intent = { side: "left", version: null, before: {}, sent: { email }, addresses: [] }
          yield* sql`
            INSERT INTO customer_link
              (pair, left_id, right_id, state, bases, unclear, addresses, seen, intent, marked_at)
            VALUES (${`${sinkConnection}/${sourceConnection}`}, NULL, '555', 'creating', '{"left":{},"right":{}}',
              '[]', '[]', '{"left":null,"right":null}', ${JSON.stringify(intent)}::jsonb, present())`
          const summary = yield* scene.run
          assert.isUndefined(scene.inIfs(key))
          assert.strictEqual(summary.customers.find(({ pair }) => pair.endsWith("/guests"))?.waiting, 1)
          assert.isEmpty((yield* scene.waiting).filter(({ resource }) => resource === "guest"))
        })
      ),
    60_000
  )

  it.effect(
    "who could be any of several in IFS is not created: he waits with them named, and so does his invoice",
    () =>
      linkedScene(once, (scene) =>
        Effect.gen(function* () {
          const { addToIfs, codes, run, sandbox, waiting } = scene
          const { key, newest } = yield* someGuest(scene)
          yield* sandbox.commerce.update((shop) => ({
            ...shop,
            orders: shop.orders.map((one) =>
              one["entity_id"] === newest["entity_id"] ? { ...one, customer_taxvat: "DE777" } : one
            )
          }))
          yield* addToIfs({ Name: "One", IdentifierReference: "DE777" })
          yield* addToIfs({ Name: "Other", IdentifierReference: "DE777" })
          yield* run
          assert.includeMembers(yield* codes, ["customer/ambiguous", "lookup/not-linked"])
          const [item] = (yield* waiting).filter(({ resource }) => resource === "guest")
          assert.strictEqual(item?.externalId, key)
          assert.match(item?.problems[0]?.message ?? "", /One.*Other/u)
          assert.isUndefined(scene.inIfs(key))
        })
      ),
    60_000
  )

  it.effect(
    "gets no account in the shop by way of IFS, though whoever else is new there does",
    () =>
      linkedScene(everybody, (scene) =>
        Effect.gen(function* () {
          const { addToIfs, inIfs, pipelines, run, sandbox } = scene
          const files = yield* FileSystem.FileSystem
          const back = new URL("../../pipelines/customers/erp-to-shop.yaml", import.meta.url).pathname
          const text = yield* files.readFileString(back)
          yield* files.writeFileString(
            `${pipelines}/erp-to-shop.yaml`,
            text.replace("create: false", "create: true")
          )
          yield* addToIfs({ Name: "New Here", IdentifierReference: "DE555" })
          const { email, key } = yield* someGuest(scene)
          yield* run
          yield* run
          assert.isDefined(inIfs(key))
          const accounts = (yield* sandbox.commerce.shop).customers
          assert.notInclude(
            accounts.map((one) => String(one["email"]).toLowerCase()),
            email
          )
          assert.include(
            (yield* scene.waiting)
              .flatMap(({ problems }) => problems.map(({ message }) => message))
              .join("\n"),
            "New Here"
          )
        })
      ),
    60_000
  )

  it.effect(
    "and whoever has an account are created by the service too, and their invoices go on",
    () =>
      linkedScene(once, (scene) =>
        Effect.gen(function* () {
          const { buyers, owed, plan, texts } = scene
          assert.isNotEmpty([...(yield* buyers)].filter((key) => key.startsWith("guest-")))
          const pairs = new Set<string>()
          const isDone = Effect.gen(function* () {
            assert.deepStrictEqual(yield* texts, yield* owed)
          })
          yield* Effect.raceFirst(
            runForever(yield* plan, (round) =>
              Effect.sync(() => {
                if (round._tag === "Customers" && round.summary.created > 0) pairs.add(round.summary.pair)
              })
            ),
            isDone.pipe(
              Effect.catchDefect(() => Effect.fail("not yet")),
              Effect.eventually,
              Effect.timeout("40 seconds")
            )
          ).pipe(Effect.scoped, Effect.provide(WorkQueue.layerMemory))
          const guests = [...pairs].filter((pair) => pair.endsWith("/guests"))
          assert.deepStrictEqual([guests.length, pairs.size], [1, 2])
        })
      ),
    60_000
  )
})
