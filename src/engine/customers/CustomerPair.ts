/**
 * CustomerPair: two connections whose customers are kept the same, and the
 * pipelines between them, one for each direction or only one.
 */
import type { CustomerField } from "../../pipeline/CustomerSink.ts"
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
  readonly first: CustomersPipeline
  readonly policy: MergePolicy
  readonly fields: ReadonlyArray<CustomerField>
}

/** What the store calls a pair. */
const pairName = (left: string, right: string) => `${left}/${right}`

/** Which side of its pair a pipeline reads. */
export const sourceSide = (
  pipeline: Pick<CustomersPipeline, "sourceConnection" | "sinkConnection">
): { readonly pair: string; readonly side: Side } => {
  const { sinkConnection, sourceConnection } = pipeline
  return sourceConnection < sinkConnection
    ? { pair: pairName(sourceConnection, sinkConnection), side: "left" }
    : { pair: pairName(sinkConnection, sourceConnection), side: "right" }
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
    return [{ name, left, right, first, policy: policyOf(first, writable), fields: first.settings.fields }]
  })

/** The pair that a pipeline is part of. */
export const pairOf = (plan: Pick<Plan, "customers">, pipeline: string): CustomerPair | undefined =>
  pairsOf(plan).find(({ left, right }) => [left, right].some(({ reader }) => reader?.name === pipeline))

/** What the right to write to a pair's systems is called. */
export const writerName = (pair: string): string => `customers ${pair}`
