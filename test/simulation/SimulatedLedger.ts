/**
 * SimulatedLedger: an ERP with books of its own, and its connector's three ways to post.
 *
 * `marker`: one request makes the voucher, and nothing refuses a second; the
 * server may work on it for minutes after the client has given up. `draft`: a
 * load with a state, created only if it is what was checked. `natural`: the
 * ledger itself refuses a key twice. A voucher stands in the hold table first
 * and moves to the general ledger later.
 *
 * Requests go on without the machine that sent them.
 */
import { Effect, Option, Stream } from "effect"
import type { JournalEntry } from "../../src/accounting/JournalEntry.ts"
import {
  ConnectorError,
  type ConnectorReason,
  OutcomeUnknown,
  RateLimited,
  Rejected,
  Unauthorized,
  UnexpectedResponse,
  Unreachable
} from "../../src/pipeline/ConnectorError.ts"
import type { HeldEntry, OpenSink, Receipt } from "../../src/pipeline/Sink.ts"
import type { Machine, World } from "./World.ts"

export const strategyNames = ["marker", "draft", "natural"] as const
export type StrategyName = (typeof strategyNames)[number]

/** Longest time from sending to the commit that the ledger's server allows itself. */
export const serverMaximumMillis = 120_000
/** When the client gives up waiting for an answer. */
const timeoutMillis = 60_000

/** The day that every document of a history is posted on, and the next one that is open when it is not. */
export const postingDay = "2026-10-01"
export const nextOpenDay = "2026-11-02"

/** An entry that stands in the ledger's books. */
export interface Voucher {
  readonly number: number
  readonly key: string
  readonly entry: JournalEntry
  readonly at: number
  /** From when on it stands in the general ledger, and no more in the hold table. */
  movesAt: number
}

interface Load {
  generation: number
  state: "Checked" | "Created"
}

/** What the server says to the one request that can post. */
type Answer = { readonly voucher: Voucher } | { readonly refused: "closed" | "exists" | "changed" }

const failure = (reason: ConnectorReason) => new ConnectorError({ connection: "erp", reason })
const message = "the simulated ledger failed."

/** Empty books. `onSent` is told of every entry that reaches the ledger, `onVoucher` of every voucher. */
export const makeLedger = (
  world: World,
  options: {
    readonly strategy: StrategyName
    readonly onSent: (entry: JournalEntry) => void
    readonly onVoucher: (voucher: Voucher) => void
  }
) => {
  const { draw, time, without } = world
  const { strategy } = options
  const vouchers: Array<Voucher> = []
  const loads = new Map<string, Load>()
  let closedUntil = 0
  // Each history has its own job that moves vouchers, some just when somebody looks.
  const moves = { after: draw.between(0, 130_000), within: draw.pick([3_000, 30_000, 600_000]) }

  const isClosed = (entry: JournalEntry) => entry.postingDate === postingDay && time.now() < closedUntil
  const receiptOf = (voucher: Voucher): Receipt => ({
    reference: `10/2026/M/${voucher.number}`,
    stage: voucher.movesAt <= time.now() ? "in-general-ledger" : "accepted"
  })

  const heldOf = (voucher: Voucher): HeldEntry => ({
    ...voucher.entry,
    receipt: receiptOf(voucher),
    markerKey: voucher.key,
    marker: voucher.key
  })

  /** The server carries out the request, whoever still waits for it. */
  const carryOut = (entry: JournalEntry, generation: number): Answer => {
    const key = entry.idempotencyKey
    if (isClosed(entry)) return { refused: "closed" }
    if (strategy === "natural" && vouchers.some((voucher) => voucher.key === key))
      return { refused: "exists" }
    const load = loads.get(key)
    if (strategy === "draft" && !without.has("create only what is checked")) {
      if (load === undefined || load.generation !== generation) return { refused: "changed" }
      if (load.state === "Created") return { refused: "exists" }
    }
    if (load !== undefined) load.state = "Created"
    const voucher: Voucher = {
      number: vouchers.length + 1,
      key,
      entry,
      at: time.now(),
      movesAt: time.now() + moves.after + draw.between(0, moves.within)
    }
    vouchers.push(voucher)
    world.log("ledger", `voucher ${voucher.number} for ${key}`)
    options.onVoucher(voucher)
    return { voucher }
  }

  /** Sends the request; answers with what the client gets to know. */
  const send = (
    machine: Machine,
    entry: JournalEntry,
    generation: number
  ): Effect.Effect<Answer, ConnectorError> =>
    Effect.callback((resume) => {
      options.onSent(entry)
      const key = entry.idempotencyKey
      const now = time.now()
      const strikes = (fault: Parameters<World["strikes"]>[1]) => world.strikes(machine, fault, key)
      const answer = (at: number, result: Effect.Effect<Answer, ConnectorError>) => {
        time.at(at, () => resume(result))
      }
      const unknown = Effect.fail(
        failure(
          without.has("ambiguous is not refused")
            ? new Unreachable({ message })
            : new OutcomeUnknown({ message })
        )
      )
      const perform = (at: number, then: (answer: Answer) => void = () => {}) => {
        time.at(at, () => then(carryOut(entry, generation)))
      }
      const soon = now + draw.between(5, 500)
      const back = draw.between(5, 500)

      if (strikes("ledger unreachable"))
        return answer(soon, Effect.fail(failure(new Unreachable({ message }))))
      if (strikes("ledger 401")) return answer(soon, Effect.fail(failure(new Unauthorized({ message }))))
      if (strikes("ledger 429")) {
        return answer(soon, Effect.fail(failure(new RateLimited({ message, retryAfterMillis: 20_000 }))))
      }
      if (strategy === "draft" && strikes("ledger 412")) {
        return answer(soon, Effect.succeed({ refused: "changed" }))
      }
      if (strikes("request lost")) return answer(now + timeoutMillis, unknown)
      if (strikes("5xx before commit")) return answer(soon, unknown)
      if (strikes("5xx after commit") || strikes("answer unreadable")) {
        return perform(soon, () => answer(time.now() + back, unknown))
      }
      if (strikes("answer lost")) {
        perform(soon)
        return answer(now + timeoutMillis, unknown)
      }
      if (strikes("late commit")) {
        perform(now + draw.between(timeoutMillis, serverMaximumMillis))
        return answer(now + timeoutMillis, unknown)
      }
      // Only a draft that is gone refuses a second delivery that comes after a refusal of the first;
      // with the other strategies nothing that repeats a POST may stand in between.
      if (strategy === "draft" && strikes("delivered twice")) perform(soon + draw.between(0, 60_000))
      perform(soon, (given) => answer(time.now() + back, Effect.succeed(given)))
    })

  const readable = <A>(
    machine: Machine,
    detail: string,
    body: Effect.Effect<A>
  ): Effect.Effect<A, ConnectorError> =>
    world.call(
      machine,
      detail,
      Effect.suspend((): Effect.Effect<A, ConnectorError> => {
        if (world.strikes(machine, "ledger unreachable", detail))
          return Effect.fail(failure(new Unreachable({ message })))
        if (world.strikes(machine, "ledger 401", detail))
          return Effect.fail(failure(new Unauthorized({ message })))
        if (world.strikes(machine, "ledger 429", detail)) {
          return Effect.fail(failure(new RateLimited({ message, retryAfterMillis: 20_000 })))
        }
        if (world.strikes(machine, "answer unreadable", detail)) {
          return Effect.fail(failure(new UnexpectedResponse({ message })))
        }
        return body
      })
    )

  const openSink = (machine: Machine): OpenSink => {
    const ofKey = (key: string, stage: Receipt["stage"]) =>
      Effect.sync(() =>
        vouchers.filter((voucher) => voucher.key === key && receiptOf(voucher).stage === stage)
      )
    const look = Effect.fnUntraced(function* (entry: JournalEntry) {
      const key = entry.idempotencyKey
      const inHold = readable(machine, `look for ${key} in the hold table`, ofKey(key, "accepted"))
      const inGeneralLedger = without.has("look-up in the general ledger")
        ? Effect.succeed([])
        : readable(machine, `look for ${key} in the general ledger`, ofKey(key, "in-general-ledger"))
      // The job that moves vouchers does so whenever it likes.
      const jobRuns = Effect.sync((): ReadonlyArray<Voucher> => {
        const moving = vouchers.find((voucher) => voucher.key === key && voucher.movesAt > time.now())
        if (moving !== undefined && world.strikes(machine, "moved meanwhile", key))
          moving.movesAt = time.now()
        return []
      })
      const questions = without.has("hold table asked first")
        ? [inGeneralLedger, jobRuns, inHold]
        : [inHold, jobRuns, inGeneralLedger]
      const [found] = (yield* Effect.all(questions)).flat()
      return Option.map(Option.fromUndefinedOr(found), receiptOf)
    })
    const find: OpenSink["find"] = (entry) => {
      if (without.has("look-up before posting")) return Effect.succeed(Option.none())
      return without.has("look-up fails closed")
        ? Effect.catch(look(entry), () => Effect.succeed(Option.none()))
        : look(entry)
    }

    const settle = Effect.fnUntraced(function* (entry: JournalEntry) {
      const found = yield* look(entry)
      return yield* Effect.mapError(Effect.fromOption(found), () => failure(new OutcomeUnknown({ message })))
    })
    const closed = failure(new Rejected({ code: "period-closed", message: "the period is closed." }))

    /** The load of the entry, made or met, and its generation. */
    const openLoad = (entry: JournalEntry) =>
      readable(
        machine,
        `open the load ${entry.idempotencyKey}`,
        Effect.sync(() => {
          const load = loads.get(entry.idempotencyKey) ?? {
            generation: draw.between(1, 2 ** 30),
            state: "Checked"
          }
          loads.set(entry.idempotencyKey, load)
          return load.generation
        })
      )
    const removeLoad = (entry: JournalEntry) =>
      Effect.ignore(
        readable(
          machine,
          `remove the load ${entry.idempotencyKey}`,
          Effect.sync(() => {
            if (loads.get(entry.idempotencyKey)?.state !== "Created") loads.delete(entry.idempotencyKey)
          })
        )
      )

    const post: OpenSink["post"] = (entry, beforeSending = Effect.void) =>
      Effect.gen(function* () {
        const key = entry.idempotencyKey
        const generation =
          strategy === "draft"
            ? yield* openLoad(entry)
            : yield* readable(machine, `prepare ${key}`, Effect.succeed(0))
        if (!without.has("send guard")) yield* beforeSending
        // Between the guard and the request only a draft that was removed meanwhile is safe from sleep.
        if (strategy === "draft") yield* world.point(machine, `between guard and sending of ${key}`)
        const answer = yield* send(machine, entry, generation)
        yield* world.point(machine, `after sending ${key}`)
        if ("voucher" in answer) return receiptOf(answer.voucher)
        switch (answer.refused) {
          case "exists":
            return yield* settle(entry)
          case "closed":
            yield* strategy === "draft" ? removeLoad(entry) : Effect.void
            return yield* closed
          case "changed": {
            const state = yield* readable(
              machine,
              `look at the load ${key}`,
              Effect.sync(() => loads.get(key)?.state)
            )
            return state === "Created"
              ? yield* settle(entry)
              : yield* failure(new Unreachable({ message: "the load was changed meanwhile." }))
          }
        }
      })

    return {
      find,
      findAll: (entries) => Effect.forEach(entries, (entry) => Effect.result(find(entry))),
      post,
      markerKey: (entry) => entry.idempotencyKey,
      newest: () =>
        readable(
          machine,
          "look for the newest voucher",
          Effect.sync(() => Option.map(Option.fromUndefinedOr(vouchers.at(-1)), heldOf))
        ),
      list: () => Stream.fromIterable(vouchers.map(heldOf)),
      nextOpenDate: (_company, date) =>
        readable(
          machine,
          "look for an open period",
          Effect.sync(() => Option.some(time.now() < closedUntil && date === postingDay ? nextOpenDay : date))
        ),
      check: () => Effect.succeed([]),
      probe: () => Effect.succeed([])
    }
  }

  return {
    vouchers,
    openSink,
    /** Refuses every entry of the posting day until then. */
    closeUntil: (millis: number) => {
      closedUntil = millis
    },
    /** How long after a request the ledger may still act on it, as its connector states it. */
    ambiguityMillis: without.has("wait after an unknown outcome")
      ? 0
      : without.has("wait as long as the server may take")
        ? 30_000
        : strategy === "marker"
          ? serverMaximumMillis
          : timeoutMillis
  }
}
export type SimulatedLedger = ReturnType<typeof makeLedger>
