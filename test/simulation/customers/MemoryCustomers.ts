/**
 * MemoryCustomers: the store of customer links on arrays, as `MemoryStore` is for the rest.
 */
import { Effect, Option } from "effect"
import type { NewCustomerTask } from "../../../src/store/addTasks.ts"
import {
  type CustomerLink,
  type CustomerTask,
  idOn,
  type LinkContent,
  type RecentWrite,
  type Side
} from "../../../src/store/CustomerLink.ts"
import { CustomerLinks } from "../../../src/store/CustomerLinks.ts"
import type { NewErrorItem } from "../../../src/store/ErrorQueue.ts"
import type { Writer } from "../../../src/store/LedgerWriter.ts"
import type { AuditRow, DocumentKey } from "../../../src/store/rows.ts"
import type { CustomerDefence } from "./customerDefences.ts"

/** A link as its row holds it. */
export interface LinkRow {
  readonly id: number
  readonly pair: string
  content: LinkContent
  markedAt: number | null
  /** When the two became one; what people saw before was another customer. */
  readonly linkedAt: number
  /** When the two were first compared; what people saw before was another customer. */
  comparedAt: number
  /** When both sides were first looked at; what was cleared before says nothing. */
  agreedAt: number
  recent: ReadonlyArray<{ readonly at: number; readonly write: RecentWrite }>
}

/** A task as its row holds it. */
export interface TaskRow {
  task: CustomerTask
  dueAt: number
}

const hour = 3_600_000

/** A copy, as a row is: nobody changes it from outside. */
const copied = (content: LinkContent): LinkContent => structuredClone(content)

/** The store; the errors and writers are those of the rest of it. */
export const makeMemoryCustomers = (options: {
  readonly now: () => number
  readonly without: ReadonlySet<CustomerDefence>
  readonly isWriter: (writer: Writer) => boolean
  readonly openErrors: (items: ReadonlyArray<NewErrorItem>) => void
  readonly resolveErrors: (documents: ReadonlyArray<DocumentKey>) => void
  readonly onStep: (step: AuditRow) => void
}) => {
  const { now, onStep, openErrors, resolveErrors, without } = options
  const links: Array<LinkRow> = []
  const tasks: Array<TaskRow> = []
  let born = 0

  const isWriter = (writer: Writer) => without.has("fence") || options.isWriter(writer)
  const linkOf = ({ content, id, markedAt, pair, recent }: LinkRow): CustomerLink => ({
    ...copied(content),
    id,
    pair,
    markedMillisAgo:
      markedAt === null ? null : without.has("wait after an unknown outcome") ? hour : now() - markedAt,
    recent: recent.filter(({ at }) => at > now() - hour).map(({ write }) => write)
  })
  const isTask = (a: Pick<CustomerTask, "pair" | "side" | "externalId">, b: typeof a) =>
    a.pair === b.pair && a.side === b.side && a.externalId === b.externalId

  const addTasks = (added: ReadonlyArray<NewCustomerTask>) => {
    for (const task of added) {
      const waiting = tasks.find((row) => isTask(row.task, task))
      if (waiting === undefined) tasks.push({ task: { ...task, asked: 1, attempts: 0 }, dueAt: now() })
      else {
        const { asked, isByPerson, revision } = waiting.task
        waiting.dueAt = Math.min(waiting.dueAt, now())
        waiting.task = {
          ...waiting.task,
          pipeline: task.pipeline,
          number: task.number,
          asked: asked + 1,
          attempts: 0,
          revision: Math.max(revision, task.revision),
          isByPerson: isByPerson || task.isByPerson
        }
      }
    }
  }

  /** With one base only, a system's own way of keeping a value looks like a person's change. */
  const stored = (content: LinkContent): LinkContent =>
    without.has("two bases")
      ? {
          ...copied(content),
          bases: { left: content.bases.left, right: { ...content.bases.right, ...content.bases.left } }
        }
      : copied(content)

  const find = (pair: string, side: Side, id: string) =>
    links
      .filter((link) => link.pair === pair && idOn(link.content, side) === id)
      .toSorted(
        (a, b) => Number(a.content.state === "closed") - Number(b.content.state === "closed") || b.id - a.id
      )[0]

  const isTaken = (pair: string, content: LinkContent) =>
    (["left", "right"] as const).some((side) => {
      const id = idOn(content, side)
      const there = id === null ? undefined : find(pair, side, id)
      return there !== undefined && there.content.state !== "closed"
    })

  const seen = (pair: string, side: Side, ids: ReadonlyArray<string>): ReadonlyMap<string, string> =>
    new Map(
      ids.flatMap((id) => {
        const link = find(pair, side, id)
        const last = link?.content.state === "closed" ? null : link?.content.seen[side]
        return last === null || last === undefined || without.has("seen compared")
          ? []
          : [[id, last.fingerprint] as const]
      })
    )

  const service = CustomerLinks.of({
    ask: (added) => Effect.sync(() => addTasks(added)),
    // No document of a history waits for a customer.
    askAwaited: () => Effect.void,
    isAwaited: () => Effect.succeed(false),
    due: (pair, limit) =>
      Effect.sync(() =>
        tasks
          .filter(({ dueAt, task }) => task.pair === pair && dueAt <= now())
          .toSorted(
            (a, b) =>
              a.dueAt - b.dueAt ||
              (a.task.side < b.task.side ? -1 : a.task.side > b.task.side ? 1 : 0) ||
              (a.task.externalId < b.task.externalId ? -1 : 1)
          )
          .slice(0, limit)
          .map(({ task }) => task)
      ),
    nextDueMillis: (pair) =>
      Effect.sync(() => {
        const dues = tasks.filter(({ task }) => task.pair === pair).map(({ dueAt }) => dueAt)
        return dues.length === 0 ? Option.none() : Option.some(Math.min(...dues) - now())
      }),
    find: (pair, side, id) =>
      Effect.sync(() => Option.map(Option.fromUndefinedOr(find(pair, side, id)), linkOf)),
    creating: (pair, side) =>
      Effect.sync(() =>
        links
          .filter(
            (link) =>
              link.pair === pair && link.content.state === "creating" && idOn(link.content, side) === null
          )
          .map(linkOf)
      ),
    // Nobody of a history is a guest.
    ofAddress: () => Effect.succeed([]),
    start: (writer, pair, content, audit) =>
      Effect.sync(() => {
        if (!isWriter(writer) || isTaken(pair, content)) return Option.none()
        born += 1
        const row: LinkRow = {
          id: born,
          pair,
          content: stored(content),
          markedAt: content.intent === null ? null : now(),
          linkedAt: now(),
          comparedAt: content.intent === null ? Infinity : now(),
          agreedAt: content.intent === null ? Infinity : now(),
          recent: []
        }
        links.push(row)
        for (const step of audit) onStep(step)
        return Option.some(linkOf(row))
      }),
    mark: (writer, { id, intent }) =>
      Effect.sync(() => {
        if (!isWriter(writer)) return false
        const row = links.find((link) => link.id === id)
        if (row === undefined || without.has("mark before sending")) return true
        row.content = { ...row.content, intent: structuredClone(intent) }
        row.markedAt = now()
        row.comparedAt = Math.min(row.comparedAt, now())
        return true
      }),
    settle: (writer, { audit, errors, link, settled, task }) =>
      Effect.sync(() => {
        if (!isWriter(writer)) return false
        if (link !== undefined) {
          const index = links.findIndex(({ id }) => id === link.id)
          const row = links[index]
          if (link.content === null) {
            if (index >= 0) links.splice(index, 1)
          } else if (row !== undefined) {
            row.content = stored(link.content)
            const writes = link.write === undefined ? [] : [{ at: now(), write: link.write }]
            row.recent = [...row.recent.filter(({ at }) => at > now() - hour), ...writes]
            if (Object.keys(row.content.bases.left).length > 0) {
              row.comparedAt = Math.min(row.comparedAt, now())
            }
            if (row.content.seen.left !== null) row.agreedAt = Math.min(row.agreedAt, now())
          }
        }
        if (task !== undefined) {
          const index = tasks.findIndex(
            (row) =>
              isTask(row.task, task) && (row.task.asked === task.asked || without.has("asked for again"))
          )
          if (index >= 0) tasks.splice(index, 1)
        }
        openErrors(errors)
        resolveErrors(settled)
        for (const step of audit) onStep(step)
        return true
      }),
    postpone: (task, { isAttempt, millis }) =>
      Effect.sync(() => {
        const row = tasks.find((other) => isTask(other.task, task))
        if (row === undefined) return
        row.dueAt = now() + millis
        row.task = { ...row.task, attempts: row.task.attempts + (isAttempt ? 1 : 0) }
      }),
    forgive: (id) =>
      Effect.sync(() => {
        const row = links.find((link) => link.id === id)
        if (row !== undefined) row.recent = []
      }),
    counts: (pair) =>
      Effect.sync(() => ({
        linked: links.filter((link) => link.pair === pair && link.content.state === "linked").length,
        due: tasks.filter(({ task }) => task.pair === pair).length
      }))
  })
  return { service, links, tasks, addTasks, seen }
}
