import { assert } from "@effect/vitest"
import { Effect, Option, Schedule } from "effect"
import type { FaultRule } from "../../src/sandbox/Faults.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { assertPostedOnce, inScene } from "./scene.ts"

interface Failure extends FaultRule {
  readonly what: string
  readonly where: "ifs" | "commerce"
  /** Whether a voucher stands although its answer was lost, so that it must be found and not made again. */
  readonly adopts?: true
}

const create = "POST VoucherEntry_CreateVoucher"

/** Every rule hits two requests; the documents behind the others must not notice. */
const failures: ReadonlyArray<Failure> = [
  {
    what: "the answer to the creation is lost",
    where: "ifs",
    match: create,
    kind: "after-commit",
    adopts: true
  },
  {
    what: "the creation is carried out and answered with 503",
    where: "ifs",
    match: create,
    kind: "after-commit",
    status: 503,
    adopts: true
  },
  {
    what: "half of the answer to the creation arrives",
    where: "ifs",
    match: create,
    kind: "truncate",
    adopts: true
  },
  {
    what: "the creation takes longer than we wait",
    where: "ifs",
    match: create,
    kind: "delay",
    delayMillis: 1500,
    adopts: true
  },
  { what: "the connection breaks before the creation", where: "ifs", match: create, kind: "reset" },
  { what: "the creation is answered with 503", where: "ifs", match: create, kind: "status", status: 503 },
  {
    what: "the creation is answered with 429",
    where: "ifs",
    match: create,
    kind: "status",
    status: 429,
    retryAfterSeconds: 1
  },
  { what: "the connection breaks at a row", where: "ifs", match: "POST VoucherPostingArray", kind: "reset" },
  {
    what: "a row is answered with 429",
    where: "ifs",
    match: "POST VoucherPostingArray",
    kind: "status",
    status: 429,
    retryAfterSeconds: 1
  },
  { what: "half of a look-up arrives", where: "ifs", match: "GET VoucherRowSet", kind: "truncate" },
  { what: "the look-up is answered with 503", where: "ifs", match: "GET VoucherRowSet", kind: "status" },
  { what: "no token is issued at first", where: "ifs", match: "POST token", kind: "status" },
  { what: "half of the invoices arrive", where: "commerce", match: "GET /V1/invoices", kind: "truncate" },
  { what: "the shop is in maintenance", where: "commerce", match: "GET /V1/invoices", kind: "status" },
  { what: "the shop resets the connection", where: "commerce", match: "GET /V1/orders", kind: "reset" },
  {
    what: "the shop asks us to slow down",
    where: "commerce",
    match: "GET /V1/creditmemos",
    kind: "status",
    status: 429,
    retryAfterSeconds: 1
  }
]

const postingsAdopted = (run: { readonly connections: ReadonlyArray<{ readonly adopted: number }> }) =>
  run.connections.reduce((all, { adopted }) => all + adopted, 0)

describeOnDatabases("a run", (it) => {
  it.effect("posts every document once, and later runs post nothing", () =>
    inScene({ documents: 12 }, (scene) =>
      Effect.gen(function* () {
        yield* scene.run
        yield* assertPostedOnce(scene.sandbox)
        yield* scene.pass("1 hour")
        const again = yield* scene.run
        assert.deepStrictEqual(
          again.connections.map(({ adopted, posted }) => ({ adopted, posted })),
          [{ adopted: 0, posted: 0 }]
        )
        yield* assertPostedOnce(scene.sandbox)
      })
    )
  )

  it.effect.each(failures)(
    "posts every document once although $what",
    ({ adopts, what: _what, where, ...rule }) =>
      inScene({ documents: 6 }, (scene) =>
        Effect.gen(function* () {
          const { faults } = scene.sandbox[where]
          yield* faults.add({ ...rule, times: 2 })
          const run = yield* scene.run
          yield* assertPostedOnce(scene.sandbox)
          assert.strictEqual(postingsAdopted(run) > 0, adopts === true)
          const [method = "", path = ""] = rule.match.split(" ")
          assert.isTrue(Option.isNone(yield* faults.take(method, path)), "the failure was never met")
        })
      ),
    { concurrent: true }
  )

  it.effect("posts every document once although its token is revoked in the middle", () =>
    inScene({ documents: 12 }, (scene) =>
      Effect.gen(function* () {
        const { books, revokeTokens, statistics } = scene.sandbox.ifs
        const someArePosted = Effect.repeat(books, {
          schedule: Schedule.spaced("2 millis"),
          until: ({ vouchers }) => vouchers.length >= 2
        })
        yield* Effect.forkScoped(Effect.andThen(someArePosted, revokeTokens))
        yield* scene.run
        yield* assertPostedOnce(scene.sandbox)
        assert.isAbove((yield* statistics).unauthorized, 0)
      })
    )
  )
})
