/**
 * checkOneWay: whether a value that goes from one side to the other only is what it must be.
 *
 * What people change where it is read reaches the other side. What people change
 * there stays as they typed it, unless the policy says that the other side counts,
 * or they themselves typed back what was there before.
 */
import type { CustomersPipeline } from "../../../src/plan/Plan.ts"
import { otherSide, type Side } from "../../../src/store/CustomerLink.ts"
import { isSame, isUndone, lastChanges, type Sided } from "./lastChanges.ts"
import type { LinkRow } from "./MemoryCustomers.ts"

/** A field, or the street of an address, in the end. */
export interface OneWayValue {
  readonly about: string
  readonly held: Readonly<Record<Side, string | undefined>>
  readonly edits: ReadonlyArray<Sided>
  readonly link: LinkRow
  /** As the pipeline would say it that reads the left. */
  readonly rule: CustomersPipeline["settings"]["conflicts"]
  readonly isParked: boolean
}

/** Says what is wrong with it; `source` is the side that is read. */
export const checkOneWay = (source: Side, value: OneWayValue): ReadonlyArray<string> => {
  const { about, edits, held, isParked, link, rule } = value
  const sink = otherSide(source)
  const winner = rule === "source-wins" ? "left" : rule === "sink-wins" ? "right" : rule
  const last = lastChanges(edits, link)
  // Between the linking and the first comparison nobody can say what was seen.
  const sure = new Set(lastChanges(edits, { ...link, comparedAt: link.linkedAt }))
  const of = (side: Side) => last.find((edit) => edit.side === side)
  const certain = (side: Side) => {
    const edit = of(side)
    return edit !== undefined && sure.has(edit) && !isUndone(edits, edit) ? edit : undefined
  }
  const typedThere = edits.filter(({ side }) => side === sink).toSorted((a, b) => b.at - a.at)[0]
  const stands = typedThere !== undefined && typedThere.text === (held[sink] ?? "")
  const texts = last.map(({ side, text }) => `${side} ${JSON.stringify(text)}`).join(", ")
  const says = `${about}: ${source} has ${held[source]}, ${sink} ${held[sink]}, typed ${texts}, ${rule}`
  const theirs = certain(sink)
  const isOverwritten = theirs !== undefined && !isSame(theirs.text, held[sink])
  if (isParked) return winner === "park" && isOverwritten ? [`${says}: parked, and written over`] : []
  // Nobody typed against it, or what was typed against it does not count.
  const mustStand = of(source) === undefined || winner === sink || winner === "park"
  if (isOverwritten && mustStand) return [`${says}: written over`]
  if (isSame(held[source], held[sink])) return []
  if (!stands) return [`${says}: did not get there`]
  if (certain(source) === undefined) return []
  if (winner === source) return [`${says}: did not get there, although it counts`]
  return winner === "park" && theirs !== undefined ? [`${says}: nobody was asked`] : []
}
