import { assert } from "@effect/vitest"
import { Effect, Fiber, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { DataKeys } from "../../src/store/DataKeys.ts"
import { SecretVault } from "../../src/store/SecretVault.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { emptyVault, inProcess, newMasterKey } from "../support/vault.ts"

const masterKey = newMasterKey()
const usual = inProcess({ LEDGERLINE_MASTER_KEY: masterKey })

const set = (name: string, value: string, actor = "anna") =>
  Effect.flatMap(SecretVault, (vault) => vault.set(name, Redacted.make(value), actor))
const read = (name: string) =>
  Effect.flatMap(SecretVault, (vault) => Effect.map(vault.read(name), Redacted.value))
const refused = (name: string) => Effect.map(Effect.flip(read(name)), ({ message }) => message)

const auditSince = (id: bigint) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) =>
      sql<{
        readonly actor: string
        readonly action: string
        readonly detail: unknown
      }>`SELECT actor, action, detail FROM audit WHERE id > ${id} ORDER BY id`
  )
const lastAudit = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  Effect.map(
    sql<{ readonly id: bigint }>`SELECT coalesce(max(id), 0) AS id FROM audit`,
    ([row]) => row?.id ?? 0n
  )
)

const hasEnded = (fiber: Fiber.Fiber<unknown, unknown>) => fiber.pollUnsafe() !== undefined

const damaged =
  "its row was changed, or moved from another name. Find out who may write to the database, and set it again"

describeOnDatabases("SecretVault", (it) => {
  it.effect("sets several values in one transaction, or none of them", () =>
    Effect.gen(function* () {
      yield* emptyVault
      const setAll = (...values: ReadonlyArray<readonly [string, string]>) =>
        Effect.flatMap(SecretVault, (vault) =>
          vault.setAll(
            values.map(([name, value]) => ({ name, value: Redacted.make(value) })),
            "anna"
          )
        )
      yield* usual(setAll(["shop/accessToken", "one"], ["shop/accessTokenSecret", "two"]))
      // No database takes this name: the second fails when the first is written already.
      yield* Effect.flip(usual(setAll(["shop/accessToken", "three"], ["shop/\u0000", "four"])))
      assert.strictEqual(yield* usual(read("shop/accessToken")), "one")
      assert.strictEqual(yield* usual(read("shop/accessTokenSecret")), "two")
      yield* usual(setAll())
      assert.strictEqual((yield* usual(Effect.flatMap(SecretVault, (vault) => vault.list))).length, 2)
      const closed = yield* Effect.flip(inProcess({})(setAll()))
      assert.strictEqual(closed._tag, "VaultClosed")
    })
  )

  it.effect("gives a value back as it was set last, also to another process, and lists no value", () =>
    Effect.gen(function* () {
      yield* emptyVault
      yield* usual(set("erp/clientSecret", "first"))
      assert.strictEqual(yield* usual(read("erp/clientSecret")), "first")
      yield* usual(set("erp/clientSecret", "zweites Geheimnis äöü 🔑", "bert"))
      assert.strictEqual(yield* usual(read("erp/clientSecret")), "zweites Geheimnis äöü 🔑")
      const list = yield* usual(Effect.flatMap(SecretVault, (vault) => vault.list))
      assert.deepStrictEqual(
        list.map(({ name, setBy, version }) => ({ name, setBy, version })),
        [{ name: "erp/clientSecret", setBy: "bert", version: 2 }]
      )
      assert.notInclude(JSON.stringify(list), "Geheimnis")
    })
  )

  it.effect("a process that runs sees a new value at its next reading", () =>
    Effect.gen(function* () {
      yield* emptyVault
      yield* usual(set("erp/clientSecret", "old"))
      yield* usual(
        Effect.gen(function* () {
          assert.strictEqual(yield* read("erp/clientSecret"), "old")
          // By another process, which this one knows nothing of.
          yield* usual(set("erp/clientSecret", "new"))
          assert.strictEqual(yield* read("erp/clientSecret"), "new")
        })
      )
    })
  )

  it.effect("a secret that is not there, or was removed, says how to set it", () =>
    Effect.gen(function* () {
      yield* emptyVault
      yield* usual(set("erp/clientId", "x"))
      const vault = yield* SecretVault
      assert.isTrue(yield* vault.remove("erp/clientId", "anna"))
      assert.isFalse(yield* vault.remove("erp/clientId", "anna"))
      assert.strictEqual(
        yield* refused("erp/clientId"),
        "there is no secret erp/clientId in the database. Set it: ledgerline secrets set erp/clientId"
      )
    }).pipe(usual)
  )

  it.effect("every act is in the audit log with who did it, and no value is", () =>
    Effect.gen(function* () {
      yield* emptyVault
      const before = yield* lastAudit
      yield* set("erp/clientSecret", "canary-of-the-audit")
      const vault = yield* SecretVault
      yield* vault.reencrypt("bert")
      yield* (yield* DataKeys).rewrap("carla")
      yield* vault.remove("erp/clientSecret", "dora")
      const steps = yield* auditSince(before)
      assert.deepStrictEqual(
        steps.map(({ action, actor }) => `${action} by ${actor}`),
        [
          "secret set by anna",
          "data key made by bert",
          "secrets encrypted anew by bert",
          "master key changed by carla",
          "secret removed by dora"
        ]
      )
      assert.include(JSON.stringify(steps), "erp/clientSecret")
      assert.notInclude(JSON.stringify(steps), "canary-of-the-audit")
    }).pipe(usual)
  )

  it.effect("two rows whose contents were swapped do not open, and say what to do", () =>
    Effect.gen(function* () {
      yield* emptyVault
      const sql = yield* SqlClient.SqlClient
      yield* set("shop/accessToken", "one")
      yield* set("shop/consumerKey", "two")
      yield* sql`
        UPDATE secret SET body = (SELECT body FROM secret AS other WHERE other.name <> secret.name)`
      for (const name of ["shop/accessToken", "shop/consumerKey"]) {
        assert.strictEqual(
          yield* refused(name),
          `secret ${name} cannot be read: ${damaged}: ledgerline secrets set ${name}`
        )
      }
    }).pipe(usual)
  )

  it.effect("a row that was given another name, version or a former content does not open", () =>
    Effect.gen(function* () {
      yield* emptyVault
      const sql = yield* SqlClient.SqlClient
      yield* set("erp/clientSecret", "former")
      const [former] = yield* sql<{ readonly body: string }>`SELECT body FROM secret`
      yield* set("erp/clientSecret", "present")
      yield* sql`UPDATE secret SET name = 'shop/clientSecret'`
      assert.include(yield* refused("shop/clientSecret"), damaged)
      yield* sql`UPDATE secret SET name = 'erp/clientSecret', version = 1`
      assert.include(yield* refused("erp/clientSecret"), damaged)
      yield* sql`UPDATE secret SET version = 2`
      assert.strictEqual(yield* read("erp/clientSecret"), "present")
      yield* sql`UPDATE secret SET body = ${former?.body ?? ""}`
      assert.include(yield* refused("erp/clientSecret"), damaged)
    }).pipe(usual)
  )

  it.effect("a data key whose wrapping was changed, or swapped, does not open", () =>
    Effect.gen(function* () {
      yield* emptyVault
      const sql = yield* SqlClient.SqlClient
      yield* usual(set("erp/clientSecret", "value"))
      yield* sql`UPDATE data_key SET wrapped_key = replace(wrapped_key, 'v1:', 'v2:')`
      assert.include(yield* usual(refused("erp/clientSecret")), "does not open, though master key")
    })
  )

  it.effect("without a master key, or with another, nothing is read and nothing set, and it says why", () =>
    Effect.gen(function* () {
      yield* emptyVault
      yield* usual(set("erp/clientSecret", "value"))
      const none = inProcess({})
      const wrong = inProcess({ LEDGERLINE_MASTER_KEY: newMasterKey() })
      assert.include(yield* none(refused("erp/clientSecret")), "need a master key, and none is set")
      assert.match(
        yield* wrong(refused("erp/clientSecret")),
        /are under master key [0-9a-f]{12}, and [0-9a-f]{12} is set\. Set that one/u
      )
      for (const process of [none, wrong]) {
        const closed = yield* process(Effect.flip(set("erp/clientSecret", "other")))
        assert.strictEqual(closed._tag, "VaultClosed")
      }
      assert.strictEqual(yield* usual(read("erp/clientSecret")), "value")
      // Neither listing nor removing needs a key.
      assert.strictEqual((yield* none(Effect.flatMap(SecretVault, (vault) => vault.list))).length, 1)
    })
  )

  it.effect("a new master key takes over while processes with both, and those that run, go on reading", () =>
    Effect.gen(function* () {
      yield* emptyVault
      const next = newMasterKey()
      const both = inProcess({
        LEDGERLINE_MASTER_KEY: next,
        LEDGERLINE_MASTER_KEY_PREVIOUS: masterKey
      })
      const onlyNext = inProcess({ LEDGERLINE_MASTER_KEY: next })
      yield* usual(set("erp/clientSecret", "value"))
      yield* usual(
        Effect.gen(function* () {
          assert.strictEqual(yield* read("erp/clientSecret"), "value")
          assert.strictEqual(yield* both(read("erp/clientSecret")), "value")
          const { dataKeys } = yield* both(Effect.flatMap(DataKeys, (keys) => keys.rewrap("anna")))
          assert.strictEqual(dataKeys, 1)
          // Started before, with the old master key only.
          assert.strictEqual(yield* read("erp/clientSecret"), "value")
        })
      )
      assert.strictEqual(yield* both(read("erp/clientSecret")), "value")
      assert.strictEqual(yield* onlyNext(read("erp/clientSecret")), "value")
      assert.include(yield* usual(refused("erp/clientSecret")), "are under master key")
    })
  )

  it.effect("while everything is encrypted anew and set anew, no reader meets a failure", () =>
    Effect.gen(function* () {
      yield* emptyVault
      const names = Array.from({ length: 60 }, (_, index) => `shop-${index}/accessToken`)
      yield* Effect.forEach(names, (name) => set(name, `${name} 0`))
      let readings = 0
      const reading = Effect.gen(function* () {
        const name = names[readings % names.length] ?? ""
        assert.match(yield* usual(read(name)), new RegExp(`^${name} \\d+$`, "u"))
        readings += 1
      })
      let writings = 0
      const writing = Effect.gen(function* () {
        writings += 1
        const name = names[writings % 3] ?? ""
        yield* set(name, `${name} ${writings}`)
      })
      const rotating = Effect.gen(function* () {
        const { damaged, secrets } = yield* (yield* SecretVault).reencrypt("anna")
        assert.deepStrictEqual(damaged, [])
        // Those that were set meanwhile stand under the new key already.
        assert.isAtLeast(secrets, 1)
        yield* (yield* DataKeys).rewrap("anna")
      })
      const around = yield* Effect.forEach([reading, reading, writing], (one) =>
        Effect.forkChild(Effect.forever(one))
      )
      const untilRead = (times: number) =>
        Effect.repeat(Effect.yieldNow, { until: () => readings >= times || around.some(hasEnded) })
      yield* rotating
      yield* untilRead(10)
      yield* rotating
      yield* untilRead(20)
      // Who failed meanwhile has ended already, and its failure shows here.
      for (const fiber of around) assert.isFalse(hasEnded(fiber))
      yield* Fiber.interruptAll(around)
      const sql = yield* SqlClient.SqlClient
      yield* (yield* DataKeys).clear
      const keys = yield* sql<{ readonly state: string }>`SELECT state FROM data_key`
      assert.deepStrictEqual(
        keys.map(({ state }) => state),
        ["active"]
      )
    }).pipe(usual)
  )

  it.effect("a damaged row is named when all is encrypted anew, and its key is kept", () =>
    Effect.gen(function* () {
      yield* emptyVault
      const sql = yield* SqlClient.SqlClient
      yield* set("erp/clientId", "good")
      yield* set("erp/clientSecret", "bad")
      yield* sql`UPDATE secret SET version = 7 WHERE name = 'erp/clientSecret'`
      const { damaged, secrets } = yield* (yield* SecretVault).reencrypt("anna")
      assert.deepStrictEqual({ damaged, secrets }, { damaged: ["erp/clientSecret"], secrets: 1 })
      assert.strictEqual(yield* read("erp/clientId"), "good")
      yield* sql`UPDATE secret SET version = 1 WHERE name = 'erp/clientSecret'`
      assert.strictEqual(yield* read("erp/clientSecret"), "bad")
    }).pipe(usual)
  )

  it.effect("a data key that has encrypted 2^32 messages makes room for another by itself", () =>
    Effect.gen(function* () {
      yield* emptyVault
      const sql = yield* SqlClient.SqlClient
      const first = yield* set("erp/clientId", "before")
      yield* sql`UPDATE data_key SET messages = 4294967295`
      const last = yield* set("erp/clientSecret", "the last one")
      const next = yield* set("erp/clientSecret", "after")
      assert.strictEqual(last.dataKey, first.dataKey)
      assert.notStrictEqual(next.dataKey, first.dataKey)
      assert.strictEqual(yield* read("erp/clientId"), "before")
      assert.strictEqual(yield* read("erp/clientSecret"), "after")
    }).pipe(usual)
  )

  it.effect("who sets the first secrets at the same time uses one data key", () =>
    Effect.gen(function* () {
      yield* emptyVault
      const entries = yield* Effect.forEach(
        Array.from({ length: 8 }, (_, index) => `shop/field-${index}`),
        (name) => usual(set(name, name)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(entries.map(({ dataKey }) => dataKey)).size, 1)
      for (const { name } of entries) assert.strictEqual(yield* usual(read(name)), name)
    })
  )
})
