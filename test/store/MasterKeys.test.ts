import { createSecretKey, randomBytes } from "node:crypto"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Fiber, FileSystem, Layer, Option, type Scope } from "effect"
import { TestClock } from "effect/testing"
import type { MasterKey } from "../../src/store/MasterKey.ts"
import { MasterKeys } from "../../src/store/MasterKeys.ts"
import { type MasterKeyVariables, newMasterKey } from "../support/vault.ts"

const withVariables =
  (variables: MasterKeyVariables) =>
  <A, E, R>(work: Effect.Effect<A, E, R>) =>
    work.pipe(
      Effect.provide(
        MasterKeys.layerNoDeps.pipe(
          Layer.provideMerge(
            Layer.merge(
              NodeServices.layer,
              Layer.succeed(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(variables))
            )
          )
        )
      )
    )

const current = Effect.flatMap(MasterKeys, (keys) => keys.current)
const dataKey = createSecretKey(randomBytes(32))

/** Wraps and unwraps, and says whether the same key came back. */
const roundTrip = Effect.fnUntraced(function* (key: MasterKey) {
  const wrapped = yield* key.wrap("k1", dataKey)
  assert.notInclude(wrapped, dataKey.export().toString("base64"))
  return dataKey.equals(yield* key.unwrap("k1", wrapped))
})

/** A program of the given text, which is removed with the scope. */
const program = Effect.fnUntraced(function* (text: string) {
  const files = yield* FileSystem.FileSystem
  const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-key-command-" })
  const file = `${folder}/kms`
  yield* files.writeFileString(file, `#!/bin/sh\n${text}\n`)
  yield* files.chmod(file, 0o755)
  return file
})

const messageOf = (variables: MasterKeyVariables) =>
  Effect.flip(Effect.flatMap(current, roundTrip)).pipe(
    withVariables(variables),
    Effect.map((error) => {
      assert.strictEqual(error._tag, "VaultClosed")
      return error.message
    })
  )

describe("MasterKeys", () => {
  it.effect("a key stands in the variable, or in a file with or without a final line break", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const folder = yield* files.makeTempDirectoryScoped()
      const key = newMasterKey()
      yield* files.writeFileString(`${folder}/key`, `${key}\n`)
      const given = yield* current.pipe(withVariables({ LEDGERLINE_MASTER_KEY: key }))
      const mounted = yield* current.pipe(withVariables({ LEDGERLINE_MASTER_KEY_FILE: `${folder}/key` }))
      assert.isTrue(yield* roundTrip(given))
      assert.strictEqual(mounted.id, given.id)
      assert.isTrue(dataKey.equals(yield* mounted.unwrap("k1", yield* given.wrap("k1", dataKey))))
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("a wrapped key opens neither under another master key nor as another data key", () =>
    Effect.gen(function* () {
      const key = yield* current.pipe(withVariables({ LEDGERLINE_MASTER_KEY: newMasterKey() }))
      const other = yield* current.pipe(withVariables({ LEDGERLINE_MASTER_KEY: newMasterKey() }))
      const wrapped = yield* key.wrap("k1", dataKey)
      assert.strictEqual((yield* Effect.flip(other.unwrap("k1", wrapped)))._tag, "VaultClosed")
      assert.strictEqual((yield* Effect.flip(key.unwrap("k2", wrapped)))._tag, "VaultClosed")
    })
  )

  it.effect.each([
    {
      what: "a key of 16 bytes",
      variables: { LEDGERLINE_MASTER_KEY: randomBytes(16).toString("base64") },
      says: "LEDGERLINE_MASTER_KEY does not hold 32 bytes in base64. Make a key with: openssl rand -base64 32"
    },
    {
      what: "a key that is hexadecimal",
      variables: { LEDGERLINE_MASTER_KEY: "ab".repeat(32) },
      says: "LEDGERLINE_MASTER_KEY does not hold 32 bytes in base64. Make a key with: openssl rand -base64 32"
    },
    {
      what: "a file that is not there",
      variables: { LEDGERLINE_MASTER_KEY_FILE: "/nowhere/master.key" },
      says: "the file /nowhere/master.key, which LEDGERLINE_MASTER_KEY_FILE names, cannot be read. Check its path and rights."
    },
    {
      what: "two of the variables",
      variables: { LEDGERLINE_MASTER_KEY_FILE: "/nowhere", LEDGERLINE_MASTER_KEY_COMMAND: "kms" },
      says: "more than one of LEDGERLINE_MASTER_KEY, LEDGERLINE_MASTER_KEY_FILE and LEDGERLINE_MASTER_KEY_COMMAND is set. Leave the one that is meant."
    }
  ])("$what is refused with what to do", ({ says, variables }) =>
    Effect.map(messageOf(variables), (message) => assert.strictEqual(message, says))
  )

  it.effect("an empty variable, as compose files leave one, counts as not set", () =>
    Effect.gen(function* () {
      const keys = yield* MasterKeys
      assert.isFalse(yield* keys.isConfigured)
      assert.isTrue(Option.isNone(yield* keys.previous))
    }).pipe(withVariables({ LEDGERLINE_MASTER_KEY: "", LEDGERLINE_MASTER_KEY_PREVIOUS_FILE: "" }))
  )
})

describe("a master key that a command keeps", () => {
  const scoped = <A, E>(test: Effect.Effect<A, E, FileSystem.FileSystem | Scope.Scope>) =>
    test.pipe(Effect.scoped, Effect.provide(NodeServices.layer))

  it.live("is asked with its own words, then wrap or unwrap, and never through a shell", () =>
    scoped(
      Effect.gen(function* () {
        // A key management service of three letters: it turns the text round.
        const kms = yield* program(
          '[ "$1" = "--key;id" ] || exit 9\n[ "$#" = 2 ] || exit 8\ntr A-Za-z N-ZA-Mn-za-m'
        )
        const command = `${kms}  --key;id`
        const key = yield* current.pipe(withVariables({ LEDGERLINE_MASTER_KEY_COMMAND: command }))
        assert.isTrue(yield* roundTrip(key))
        assert.strictEqual(key.id, "command")
      })
    )
  )

  it.live(
    "that fails, answers nonsense or is not there says so, and repeats nothing of what it printed",
    () =>
      scoped(
        Effect.gen(function* () {
          const cases = [
            {
              text: "cat; echo canary >&2; exit 4",
              says: "ended with exit code 4 when it was asked to wrap"
            },
            { text: "echo canary: no key", says: "answered something that is not base64" },
            { text: "cat", says: "gave the key back as it was when it was asked to wrap" },
            { text: "exit 0", says: "answered something that is not base64" },
            { text: "head -c 100000 /dev/zero | tr '\\0' A", says: "answered something that is not base64" },
            {
              text: '[ "$1" = wrap ] && exec tr A-Z a-z; echo QUJD',
              says: "answered something that is not a key of ours when it was asked to unwrap"
            }
          ]
          for (const { says, text } of cases) {
            const message = yield* messageOf({ LEDGERLINE_MASTER_KEY_COMMAND: yield* program(text) })
            assert.include(message, says)
            assert.notInclude(message, "canary")
          }
          assert.include(
            yield* messageOf({ LEDGERLINE_MASTER_KEY_COMMAND: "/nowhere/kms" }),
            "the command /nowhere/kms of LEDGERLINE_MASTER_KEY_COMMAND could not be run"
          )
        })
      )
  )

  it.effect("that hangs is given up after 20 seconds and ended, even if it does not want to", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const kms = yield* program('echo $$ > "$0.pid"\ntrap "" TERM\nwhile :; do sleep 1; done')
      const failing = yield* Effect.forkChild(messageOf({ LEDGERLINE_MASTER_KEY_COMMAND: kms }))
      const started = Effect.repeat(
        Effect.flatMap(Effect.yieldNow, () => files.exists(`${kms}.pid`)),
        { until: (exists) => exists }
      )
      yield* started
      yield* TestClock.adjust("20 seconds")
      yield* TestClock.adjust("2 seconds")
      assert.include(yield* Fiber.join(failing), "did not answer within 20s")
      const pid = (yield* files.readFileString(`${kms}.pid`)).trim()
      assert.isFalse(yield* files.exists(`/proc/${pid}`))
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})
