/**
 * CustomerPair: two connections whose customers are kept the same, and the
 * pipelines between them, one for each direction or only one.
 *
 * Guests are a pair of their own beside those who have an account: they have
 * keys of another kind, and no way leads back to them.
 */
import type { CustomerField } from "../../pipeline/CustomerSink.ts"
import type { People } from "../../pipeline/Source.ts"
import type { CustomersPipeline, Plan } from "../../plan/Plan.ts"
import type { Side } from "../../store/CustomerLink.ts"
import { otherSide } from "../../store/CustomerLink.ts"
import type { MergePolicy } from "./mergeContent.ts"

/** What is done with one of the two systems. */
export interface PairedSystem {
  readonly connection: string
  /** The pipeline that reads it, whose changes go to the other side. */
  readonly reader: CustomersPipeline | undefined
  /** The pipeline that writes to it; absent where nothing may be written. */
  readonly writer: CustomersPipeline | undefined
}

/** The pair, with what its pipelines agree on; `left` comes first in the alphabet. */
export interface CustomerPair extends Readonly<Record<Side, PairedSystem>> {
  readonly name: string
  readonly people: People
  /** The two systems, as in erp/shop: one process at a time is at the pairs of the same two, one after the other. */
  readonly systems: string
  readonly first: CustomersPipeline
  readonly policy: MergePolicy
  readonly fields: ReadonlyArray<CustomerField>
}

/** What the store calls the pair of these people of two systems. */
export const pairName = (systems: string, people: People): string =>
  people === "guests" ? `${systems}/guests` : systems

/** Which side of its pair a pipeline reads. */
export const sourceSide = ({
  people,
  sinkConnection,
  sourceConnection
}: Pick<CustomersPipeline, "sourceConnection" | "sinkConnection" | "people">): {
  readonly pair: string
  readonly side: Side
  readonly systems: string
} => {
  const side = sourceConnection < sinkConnection ? "left" : "right"
  const systems =
    side === "left" ? `${sourceConnection}/${sinkConnection}` : `${sinkConnection}/${sourceConnection}`
  return { pair: pairName(systems, people), side, systems }
}

const policyOf = (first: CustomersPipeline, writable: MergePolicy["writable"]): MergePolicy => {
  const { side } = sourceSide(first)
  const sideOf = (whose: "source" | "sink") => (whose === "source" ? side : otherSide(side))
  const { conflicts, owners } = first.settings
  return {
    writable,
    owners: new Map([...owners].map(([field, whose]) => [field, sideOf(whose)])),
    conflicts:
      conflicts === "source-wins"
        ? sideOf("source")
        : conflicts === "sink-wins"
          ? sideOf("sink")
          : conflicts === "newest-wins"
            ? "newest"
            : "park"
  }
}

/** The pairs of a plan. What two pipelines of one pair say of conflicts agrees: the plan saw to it. */
export const pairsOf = (plan: Pick<Plan, "customers">): ReadonlyArray<CustomerPair> =>
  [...Map.groupBy(plan.customers, (pipeline) => sourceSide(pipeline).pair)].flatMap(([name, pipelines]) => {
    const [first] = pipelines
    if (first === undefined) return []
    const reading = (side: Side) => pipelines.find((pipeline) => sourceSide(pipeline).side === side)
    const system = (side: Side): PairedSystem => ({
      connection: sourceSide(first).side === side ? first.sourceConnection : first.sinkConnection,
      reader: reading(side),
      writer: reading(otherSide(side))
    })
    const left = system("left")
    const right = system("right")
    const writable = { left: left.writer !== undefined, right: right.writer !== undefined }
    return [
      {
        name,
        people: first.people,
        systems: sourceSide(first).systems,
        left,
        right,
        first,
        policy: policyOf(first, writable),
        fields: first.settings.fields
      }
    ]
  })

/** The pair that a pipeline is part of. */
export const pairOf = (plan: Pick<Plan, "customers">, pipeline: string): CustomerPair | undefined =>
  pairsOf(plan).find(({ left, right }) => [left, right].some(({ reader }) => reader?.name === pipeline))

/** What the right to write to a pair's systems is called. */
export const writerName = (pair: string): string => `customers ${pair}`
