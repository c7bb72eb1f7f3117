/*
 * What Ledgerline promises of the two systems, item by item: each has tests whose names
 * begin with it, so that whoever doubts one finds at once what holds it.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"

const items = {
  A1: "on-premises shops: OAuth 1.0a, signed afresh for every attempt, in the server's order of names",
  A2: "shops on SaaS: IMS token, its headers and addresses",
  A3: "both kinds of credentials, replaced without a restart",
  A4: "every source of Adobe Commerce",
  A5: "polling that misses nothing",
  A6: "webhooks and events, verified as received",
  A7: "customers created and changed, addresses included, without a second one or a lost change",
  B1: "tokens of IFS, renewed ahead of expiry and once on a 401",
  B2: "OData: literals, keys, pages, errors",
  B3: "a change only at the version that was read",
  B4: "the pace that IFS takes",
  B5: "every source of IFS",
  B6: "vouchers in full",
  B7: "look-ups during a run",
  B8: "IFS is polled, and its event actions are hints",
  C1: "orders, invoices and credit memos become entries, with all that they are made of",
  C2: "accounts and dimensions by table; what has no row waits, with its reason",
  C3: "a change gets an offsetting entry, never an update",
  C4: "customers of both systems",
  C5: "reported or polled, by pipeline",
  C6: "from the document to its voucher and back",
  C7: "source, journal and ledger reconciled, every difference named",
  C8: "credentials encrypted, and never shown"
} as const

const testNames = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const names = (yield* files.readDirectory(import.meta.dirname, { recursive: true })).filter(
    (name) => name.endsWith(".test.ts") && name !== "features.test.ts"
  )
  const texts = yield* Effect.forEach(names, (name) => files.readFileString(`${import.meta.dirname}/${name}`))
  return texts.flatMap((text) =>
    [...text.matchAll(/\b(?:describe|it)[\w.]*(?:\([^"'`)]*\))?\(\s*["'`]((?:[ABC]\d:? )+)/gu)].flatMap(
      ([, items = ""]) => items.split(/:? /u)
    )
  )
}).pipe(Effect.cached, Effect.runSync)

describe("Every item that is promised has a test that is named after it", () => {
  it.live.each(Object.entries(items))("%s: %s", ([item]) =>
    Effect.gen(function* () {
      const tested = new Set(yield* testNames)
      assert.isTrue(tested.has(item), `no test begins with "${item} "`)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
