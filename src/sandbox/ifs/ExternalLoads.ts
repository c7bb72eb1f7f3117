/**
 * ExternalLoads: vouchers on their way in through the external voucher interface.
 *
 * A load is a container of transactions under a LoadId that exists once per
 * company. It is checked, then created, and its state says how far it is: a
 * load that is Created cannot be changed, checked or created again. Loads live
 * in memory only.
 *
 * From the documentation and release 21R1: the keys, the states, the refusal of
 * a LoadId that exists, and that rows are added to an existing, changeable load
 * only. Inferred, and to be checked on a tenant: that loads and record numbers
 * can be given by the client, and that Create is refused on a Created load.
 */
import { Effect, Semaphore } from "effect"
import type { Values } from "./EntityType.ts"
import { makeEtag } from "./EntityType.ts"
import { databaseError, notFound } from "./IfsError.ts"
import type { IfsError } from "./IfsError.ts"

/** The states of a load; the real ones have Partly forms too, for loads of several vouchers. */
export const loadStates = ["Loaded", "LoadedWithErrors", "Checked", "Created"] as const

/** One load; `version` grows with every change of its state. */
export interface Load {
  readonly company: string
  readonly loadId: string
  readonly header: Values
  readonly state: (typeof loadStates)[number]
  readonly version: number
  /** By record number, with what the last check said against each in `LoadError`. */
  readonly transactions: ReadonlyMap<string, Values>
}

/** The loads of one server. */
export interface ExternalLoads {
  readonly all: () => ReadonlyArray<Load>
  /** Refused with VALIDATELOADID when the company has a load of that name. */
  readonly open: (load: Pick<Load, "company" | "loadId" | "header">) => Effect.Effect<Load, IfsError>
  /** Adds a transaction; a checked load has to be checked again. */
  readonly add: (
    company: string,
    loadId: string,
    recordNo: string,
    values: Values
  ) => Effect.Effect<void, IfsError>
  /** The load; 404 if there is none. */
  readonly get: (company: string, loadId: string) => Effect.Effect<Load, IfsError>
  readonly put: (load: Load) => void
  readonly remove: (load: Load) => void
  /** As a lock on the row of the load: one action at a time. */
  readonly locked: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** The ETag of a load; it changes with its state. */
export const loadEtag = (load: Load) => makeEtag(`EXT-${load.company}-${load.loadId}`, load.version)

/** Refuses what a created load no longer allows. */
export const requireChangeable = (load: Load): Effect.Effect<void, IfsError> =>
  load.state === "Created"
    ? databaseError(
        20110,
        "ExtLoadInfo.LOADCREATED",
        `Vouchers are already created for Load Id ${load.loadId}.`
      )
    : Effect.void

/** No loads yet. */
export const makeExternalLoads = (): ExternalLoads => {
  const loads = new Map<string, Load>()
  const lock = Semaphore.makeUnsafe(1)
  const keyOf = (company: string, loadId: string) => JSON.stringify([company, loadId])
  const put = (load: Load) => void loads.set(keyOf(load.company, load.loadId), load)

  return {
    all: () => [...loads.values()],
    open: (given) =>
      Effect.suspend(() => {
        if (loads.has(keyOf(given.company, given.loadId))) {
          return databaseError(20110, "ExtLoadInfo.VALIDATELOADID", `Load Id ${given.loadId} exists.`)
        }
        const load: Load = { ...given, state: "Loaded", version: 1, transactions: new Map() }
        put(load)
        return Effect.succeed(load)
      }),
    add: (company, loadId, recordNo, values) =>
      Effect.gen(function* () {
        const load = loads.get(keyOf(company, loadId))
        if (load === undefined) {
          return yield* databaseError(
            20111,
            "ExtLoadInfo.NOTEXIST",
            `The Load Id "${loadId}" does not exist.`
          )
        }
        yield* requireChangeable(load)
        if (load.transactions.has(recordNo)) {
          return yield* databaseError(
            20112,
            "ExtTransactions.FND_RECORD_EXIST",
            "The External Transaction already exists."
          )
        }
        put({
          ...load,
          state: "Loaded",
          version: load.state === "Loaded" ? load.version : load.version + 1,
          transactions: new Map([...load.transactions, [recordNo, values]])
        })
      }),
    get: (company, loadId) =>
      Effect.suspend(() => {
        const load = loads.get(keyOf(company, loadId))
        return load === undefined
          ? Effect.fail(notFound(`There is no Load with the Id '${loadId}'.`))
          : Effect.succeed(load)
      }),
    put,
    remove: (load) => void loads.delete(keyOf(load.company, load.loadId)),
    locked: lock.withPermits(1)
  }
}
