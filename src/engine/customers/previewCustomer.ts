/**
 * previewCustomer: what a run would write for one customer, and writes nothing.
 */
import { Effect, Option } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Origin, Problem } from "../../pipeline/SourceRecord.ts"
import { otherSide, type Side, type Values } from "../../store/CustomerLink.ts"
import { CustomerLinks } from "../../store/CustomerLinks.ts"
import type { StoreError } from "../../store/StoreError.ts"
import { addressText } from "./addressText.ts"
import { conflictProblem } from "./conflictProblem.ts"
import { decideBeside } from "./decideBeside.ts"
import type { BothSides } from "./decideSync.ts"
import type { OpenPair } from "./openPair.ts"

/** What a value is called that is an address which the other side does not have yet. */
export const newAddress = "new address"

/** One value that would be written; `before` is null where there is none. */
export interface PreviewedValue {
  readonly field: string
  readonly before: string | null
  readonly after: string | null
}

/** What would become of a customer. `linkedBy` says by what it would be found, where it is not linked yet. */
export interface CustomerPreview {
  readonly origin: Origin
  readonly action: "create" | "change" | "nothing"
  readonly connection: string
  readonly linkedBy: string | null
  readonly values: ReadonlyArray<PreviewedValue>
  readonly problems: ReadonlyArray<Problem>
}

const previewed = (
  before: Values,
  after: Values,
  added: ReadonlyArray<Parameters<typeof addressText>[0]>
): ReadonlyArray<PreviewedValue> => [
  ...Object.entries(after).map(([field, value]) => ({ field, before: before[field] ?? null, after: value })),
  ...added.map((address) => ({ field: newAddress, before: null, after: addressText(address) }))
]

/** Previews the customer that `side` has under the origin's id. */
export const previewCustomer = Effect.fn("previewCustomer")(function* (
  open: OpenPair,
  side: Side,
  origin: Origin
): Effect.fn.Return<CustomerPreview, ConnectorError | StoreError, CustomerLinks> {
  const links = yield* CustomerLinks
  const { pair } = open
  const other = otherSide(side)
  const connection = pair[other].connection
  const isAwaited = yield* links.isAwaited(pair.name, side, origin.id)
  const task = { side, externalId: origin.id, isByPerson: false, isAwaited }
  const link = Option.getOrUndefined(yield* links.find(pair.name, side, origin.id))
  const nothing: CustomerPreview = {
    origin,
    action: "nothing",
    connection,
    linkedBy: null,
    values: [],
    problems: []
  }
  const compared = (both: BothSides, linkedBy: string | null): CustomerPreview => {
    const values = previewed(both.contents[other], both.merged.changes[other], both.added[other])
    return {
      ...nothing,
      action: values.length === 0 ? "nothing" : "change",
      linkedBy,
      values,
      problems: both.merged.conflicts.map((conflict) => conflictProblem(pair, conflict))
    }
  }
  const decision = yield* decideBeside(open, links, task, link)
  switch (decision._tag) {
    case "Closed":
    case "Gone":
    case "LeftAlone":
    case "Later":
      return nothing
    case "Park":
      return { ...nothing, problems: decision.problems }
    case "Create":
      return { ...nothing, action: "create", values: previewed({}, decision.values, decision.added) }
    case "Both":
      return compared(decision, null)
    case "Link":
      return compared(decision.both, decision.by)
  }
})
