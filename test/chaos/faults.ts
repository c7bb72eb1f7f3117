/**
 * faults: what the shop and the ledger do to requests now and then.
 */
import { Effect, Option } from "effect"
import type { Draw } from "../../src/sandbox/commerce/Draw.ts"
import type { FaultRule } from "../../src/sandbox/Faults.ts"
import type { Sandbox } from "../../src/sandbox/Sandbox.ts"

type Fault = Omit<FaultRule, "times">

const create = "POST VoucherEntry_CreateVoucher"
const row = "POST VoucherPostingArray"
const lookUp = "GET VoucherRowSet"

const ofLedger: readonly [Fault, ...ReadonlyArray<Fault>] = [
  { match: create, kind: "after-commit" },
  { match: create, kind: "after-commit", status: 503 },
  { match: create, kind: "truncate" },
  { match: create, kind: "delay", delayMillis: 1500 },
  { match: create, kind: "reset" },
  { match: create, kind: "status", status: 503 },
  { match: create, kind: "status", status: 429, retryAfterSeconds: 1 },
  { match: row, kind: "reset" },
  { match: row, kind: "status", status: 503 },
  { match: row, kind: "delay", delayMillis: 1500 },
  { match: lookUp, kind: "reset" },
  { match: lookUp, kind: "truncate" },
  { match: lookUp, kind: "status", status: 503 },
  { match: "POST token", kind: "status", status: 503 }
]

const ofShop: readonly [Fault, ...ReadonlyArray<Fault>] = [
  { match: "GET /V1/invoices", kind: "truncate" },
  { match: "GET /V1/invoices", kind: "reset" },
  { match: "GET /V1/orders", kind: "status", status: 503 },
  { match: "GET /V1/creditmemos", kind: "status", status: 429, retryAfterSeconds: 1 },
  { match: "GET /V1/creditmemos", kind: "delay", delayMillis: 1500 }
]

const nameOf = ({ kind, status }: Fault) =>
  status === undefined ? kind : kind === "status" ? `${status}` : `${kind} ${status}`

/** A source of faults, and how many requests each kind has hit. */
export const makeFaultSource = (sandbox: Sandbox, draw: Draw) => {
  const added: Array<Fault & { readonly where: "ifs" | "commerce" }> = []
  const addTo = (where: "ifs" | "commerce", fault: Fault) =>
    Effect.andThen(
      sandbox[where].faults.add({ ...fault, times: 1 }),
      Effect.sync(() => void added.push({ ...fault, where }))
    )
  return {
    /** Lets one request go wrong, of the ledger mostly. */
    one: Effect.suspend(() =>
      draw.between(1, 10) === 1 ? addTo("commerce", draw.pick(ofShop)) : addTo("ifs", draw.pick(ofLedger))
    ),
    /** Ends it, and says how many requests went wrong in which way. */
    end: Effect.gen(function* () {
      const counts = new Map<string, number>()
      for (const { where, ...fault } of added) {
        const [method = "", ...path] = fault.match.split(" ")
        // A rule that is still there has hit nothing.
        const waits = Option.isSome(yield* sandbox[where].faults.take(method, path.join(" ")))
        if (!waits) counts.set(nameOf(fault), (counts.get(nameOf(fault)) ?? 0) + 1)
      }
      return Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    })
  }
}
