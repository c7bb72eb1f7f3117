/**
 * checkCustomers: whether two systems hold the same in the end, and nobody's change was lost.
 *
 * Of the changes that nobody has answered for, the last ones, one must stand on
 * both sides; where there are two, the policy says which, or both wait for a
 * person. Where only one side is read, see `checkOneWay`.
 */
import type { Side } from "../../../src/store/CustomerLink.ts"
import { otherSide } from "../../../src/store/CustomerLink.ts"
import type { MemoryStore } from "../MemoryStore.ts"
import { type CustomerStage, readerOf } from "./CustomerEngine.ts"
import { checkOneWay } from "./checkOneWay.ts"
import { isSame, isUndone, lastChanges, type Sided } from "./lastChanges.ts"
import { simulatedFields, type SimulatedSystem } from "./SimulatedSystem.ts"

/** What is wrong. */
export interface CustomerViolation {
  readonly kind:
    "lost" | "different" | "doubled" | "not linked" | "written too often" | "written back" | "stuck" | "bug"
  readonly what: string
}

type Systems = Readonly<Record<Side, SimulatedSystem>>
/** Says what is wrong with the customers of both systems. */
export const checkCustomers = (
  systems: Systems,
  store: MemoryStore,
  { reads, settings }: Pick<CustomerStage, "reads" | "settings">
): ReadonlyArray<CustomerViolation> => {
  const { conflicts, owners } = settings
  /** The only side that is read, where only one is. */
  const source = reads.length === 1 ? reads[0] : undefined
  const violations: Array<CustomerViolation> = []
  const report = (kind: CustomerViolation["kind"], what: string) => void violations.push({ kind, what })
  const { errors, links } = store.books
  const waiting = errors.filter(({ state }) => state === "open" || state === "retrying")
  const parkedOf = (side: Side, id: string) =>
    waiting.filter(({ externalId, pipeline }) => pipeline === readerOf(side) && externalId === id)
  const open = links.filter(({ content }) => content.state === "linked")

  for (const side of ["left", "right"] as const) {
    const other = otherSide(side)
    for (const [id] of systems[side].customers) {
      const all = open.filter(({ content }) => (side === "left" ? content.leftId : content.rightId) === id)
      const [link] = all
      if (all.length > 1) report("doubled", `${id} is linked ${all.length} times`)
      const isClosed = links.some(
        ({ content }) =>
          content.state === "closed" && (side === "left" ? content.leftId : content.rightId) === id
      )
      if (reads.includes(side) && link === undefined && !isClosed && parkedOf(side, id).length === 0) {
        report("not linked", id)
      }
      const partner = side === "left" ? link?.content.rightId : link?.content.leftId
      if (
        link !== undefined &&
        (partner === null || partner === undefined || !systems[other].customers.has(partner))
      ) {
        // Erased on the other side, and not looked at since: nobody changed it.
        if (!systems[other].erased.has(partner ?? "")) report("not linked", `${id} with ${partner}`)
      }
    }
    for (const [id, times] of systems[other].createdFor) {
      if (times > 1) report("doubled", `${id} was created ${times} times in ${other}`)
    }
  }

  for (const link of open) {
    const { content } = link
    const { leftId, rightId } = content
    const left = systems.left.customers.get(leftId ?? "")
    const right = systems.right.customers.get(rightId ?? "")
    if (left === undefined || right === undefined) continue
    const problems = [...parkedOf("left", left.id), ...parkedOf("right", right.id)].flatMap(
      (item) => item.problems
    )
    const edits: ReadonlyArray<Sided> = [
      ...systems.left.edits
        .filter(({ customer }) => customer === left.id)
        .map((edit) => ({ ...edit, side: "left" as const })),
      ...systems.right.edits
        .filter(({ customer }) => customer === right.id)
        .map((edit) => ({ ...edit, side: "right" as const }))
    ]
    const about = `${left.id} and ${right.id}`
    for (const field of simulatedFields) {
      const one = left.fields[field]
      const two = right.fields[field]
      const ofField = edits.filter(({ subject }) => subject === field)
      const last = lastChanges(ofField, link)
      const isParked = problems.some(({ path }) => path === field)
      const texts = last.map(({ side, text }) => `${side} ${JSON.stringify(text)}`).join(", ")
      const owner = owners.get(field)
      const rule = owner === "source" ? "source-wins" : owner === "sink" ? "sink-wins" : conflicts
      if (source !== undefined) {
        const value = { about: `${field} of ${about}`, held: { left: one, right: two }, edits: ofField }
        for (const what of checkOneWay(source, { ...value, link, rule, isParked })) report("lost", what)
        continue
      }
      if (isParked) {
        // What a rule decided before is not what waits now.
        const standing = last.filter(({ side, text }) => isSame(text, side === "left" ? one : two))
        const isLost = last.length > 0 && standing.length === 0
        if (isLost || (rule === "park" && standing.length < last.length)) {
          report("lost", `${field} of ${about}: parked as ${one} and ${two}, typed ${texts}`)
        }
        continue
      }
      if (!isSame(one, two)) {
        report("different", `${field} of ${about}: ${one} and ${two}`)
        continue
      }
      const winner = rule === "source-wins" ? "left" : rule === "sink-wins" ? "right" : undefined
      // Between the linking and the first comparison nobody can say what was seen.
      const sure = new Set(lastChanges(ofField, { ...link, comparedAt: link.linkedAt }))
      const certain = last.filter((edit) => sure.has(edit) && !isUndone(ofField, edit))
      const ofWinner = last.filter(({ side }) => winner === undefined || side === winner)
      const allowed = certain.some(({ side }) => side === winner) ? ofWinner : last
      // On its own side it must stand as it was typed, not as the other side cut it off.
      // What was cleared after the linking, which agrees on what both say already, and before both sides agreed on
      // all, may count.
      const cleared = lastChanges(ofField, { ...link, agreedAt: link.linkedAt }).filter(
        ({ text }) => text === ""
      )
      const stands = [...allowed, ...cleared].some(
        ({ side, text }) => ((side === "left" ? one : two) ?? "") === text
      )
      if (last.length > 0 && !stands) {
        report("lost", `${field} of ${about} is ${one}, typed ${texts}, ${rule}`)
      }
      if (rule === "park" && certain.length > 1 && certain.some(({ text }) => !isSame(text, one))) {
        report("lost", `${field} of ${about} is ${one}, typed ${texts}, and nobody was asked`)
      }
    }

    const isGone = (id: string | null) =>
      id === null || [...systems.left.removed, ...systems.right.removed].includes(id)
    for (const pair of content.addresses) {
      if (isGone(pair.left) || isGone(pair.right)) continue
      const one = left.addresses.find(({ id }) => id === pair.left)
      const two = right.addresses.find(({ id }) => id === pair.right)
      const isParked = problems.some(({ path }) => path.startsWith(`address:${pair.key}:`))
      if (one === undefined || two === undefined) report("lost", `address ${pair.key} of ${about}`)
      else if (source !== undefined) {
        const ofAddress = edits.filter(({ subject }) =>
          [one.id, two.id].some((id) => subject === `address ${id}`)
        )
        const held = { left: one.street, right: two.street }
        const value = { about: `address ${pair.key} of ${about}`, held, edits: ofAddress }
        const found = checkOneWay(source, { ...value, link, rule: conflicts, isParked })
        for (const what of found) report("lost", what)
      } else if (!isParked && !isSame(one.street, two.street)) {
        report("different", `address ${pair.key} of ${about}: ${one.street} and ${two.street}`)
      }
    }
    for (const [side, held] of [
      ["left", left],
      ["right", right]
    ] as const) {
      for (const { id } of held.addresses) {
        const pairs = content.addresses.filter((pair) => pair[side] === id)
        if (pairs.length === 0 && reads.includes(side))
          report("lost", `address ${id} of ${about} is on one side only`)
        if (pairs.length > 1) report("doubled", `address ${id} of ${about}`)
      }
    }
  }

  const writes = systems.left.writes() + systems.right.writes()
  // What is typed where nobody reads leads to nothing.
  const typed = reads.reduce((all, side) => all + systems[side].edits.length, 0)
  if (source !== undefined && systems[source].writes() > 0) {
    report("written back", `${systems[source].writes()} writes to ${source}, which is only read`)
  }
  if (writes > typed) report("written too often", `${writes} writes for ${typed} changes`)
  for (const { task } of store.books.tasks)
    report("stuck", `${task.side} ${task.externalId} is still to be looked at`)
  for (const { content, id } of links) {
    // Perhaps created by us and by a person at once: which is which is asked.
    if ([...parkedOf("left", content.leftId ?? ""), ...parkedOf("right", content.rightId ?? "")].length > 0)
      continue
    if (content.state === "creating") report("stuck", `link ${id} is being created`)
    if (content.intent !== null) report("stuck", `link ${id} has an open intent`)
  }
  return violations
}
