/**
 * SyncSession: what every step for one customer needs: the right to write, and
 * the ways to note what is about to be sent, what came of it, and that it is done.
 */
import { Clock, Effect, Struct } from "effect"
import { ConnectorError, NotSent } from "../../pipeline/ConnectorError.ts"
import type { Problem } from "../../pipeline/SourceRecord.ts"
import {
  type CustomerLink,
  type CustomerTask,
  idOn,
  type Intent,
  type LinkContent,
  otherSide
} from "../../store/CustomerLink.ts"
import { CustomerLinks, type Settlement } from "../../store/CustomerLinks.ts"
import type { Writer } from "../../store/LedgerWriter.ts"
import type { AuditRow, DocumentKey } from "../../store/rows.ts"
import type { StoreError } from "../../store/StoreError.ts"
import { sendGuardMillis } from "../Ledger.ts"
import { resourceOf } from "../personOf.ts"
import type { OpenPair } from "./openPair.ts"

/** How a customer was left. `Waits`: to be looked at again after so long. */
export type SyncResult =
  | { readonly _tag: "Done"; readonly parked: boolean }
  | { readonly _tag: "Waits"; readonly millis: number }
  /** Another process has become the writer. */
  | { readonly _tag: "Fenced" }

/** What a step works with. */
export interface SyncContext {
  readonly open: OpenPair
  readonly writer: Writer
  readonly actor: string
  /** Told of every write that a system confirmed. */
  readonly onWritten: (what: "created" | "changed") => void
}

/**
 * Longest time after which a system is still at work on a request that it did not
 * answer. Until then nobody knows what became of it, and looking is too early.
 */
export const ambiguityMillis = 180_000

/** A link that is written anew, or without content goes. */
type LinkWrite = NonNullable<Settlement["link"]>

/** What waits for a person. */
export interface Parked {
  readonly stage: "map" | "post"
  readonly problems: ReadonlyArray<Problem>
}

/** What is stored of a link, as it is. */
export const contentOfLink = (link: CustomerLink): LinkContent =>
  Struct.omit(link, ["id", "pair", "markedMillisAgo", "recent"])

/** The ways, for one customer. */
export const syncSession = Effect.fnUntraced(function* (context: SyncContext, task: CustomerTask) {
  const links = yield* CustomerLinks
  const { actor, open, writer } = context
  const { pair } = open
  const other = otherSide(task.side)
  const own = { pipeline: task.pipeline, resource: task.resource, externalId: task.externalId }
  const fenced: SyncResult = { _tag: "Fenced" }

  const step = (action: string, detail: object): AuditRow => ({
    ...own,
    actor,
    action,
    detail: { pair: pair.name, planRevision: pair[task.side].reader?.contentHash ?? "", ...detail }
  })
  const settle = (link: LinkWrite | undefined, rest: Partial<Settlement> = {}) =>
    links.settle(writer, {
      ...(link === undefined ? {} : { link }),
      errors: [],
      settled: [],
      audit: [],
      ...rest
    })

  /** The customer of the other side, who may wait for a person under his own name, for being like this one. */
  const partnerOf = (content: LinkContent | undefined): ReadonlyArray<DocumentKey> => {
    const { reader } = pair[other]
    const externalId = content === undefined ? null : idOn(content, other)
    return reader === undefined || externalId === null
      ? []
      : [{ pipeline: reader.name, resource: resourceOf(pair.people), externalId }]
  }

  /** The task is done; `parked` says what waits for a person. */
  const done = Effect.fnUntraced(function* (options: {
    readonly link?: { readonly id: number; readonly content: LinkContent }
    readonly parked?: Parked
    readonly audit?: ReadonlyArray<AuditRow>
  }) {
    const { audit = [], link, parked } = options
    const before = link?.content.parked ?? null
    const parkedAs = before ?? { ...own, number: task.number, revision: task.revision }
    const content =
      link === undefined ? undefined : { ...link.content, parked: parked === undefined ? null : parkedAs }
    const isSettled = yield* settle(
      link === undefined || content === undefined ? undefined : { id: link.id, content },
      {
        task,
        errors:
          parked === undefined
            ? []
            : [{ ...parkedAs, ...parked, planRevision: pair[task.side].reader?.contentHash ?? "" }],
        settled:
          parked === undefined ? [own, ...(before === null ? [] : [before]), ...partnerOf(content)] : [],
        audit: [
          ...audit,
          ...(parked === undefined
            ? []
            : [step("parked", { problems: parked.problems.map(({ code, path }) => ({ code, path })) })])
        ]
      }
    )
    return isSettled ? ({ _tag: "Done", parked: parked !== undefined } as const) : fenced
  })

  /** Notes the write under our number; nothing may be sent if that failed or took too long. */
  const marked = Effect.fnUntraced(function* (
    link: Pick<CustomerLink, "id">,
    intent: Intent
  ): Effect.fn.Return<boolean, ConnectorError | StoreError> {
    const before = yield* Clock.monotonicTimeNanos
    const isOurs = yield* links.mark(writer, { id: link.id, intent })
    const after = yield* Clock.monotonicTimeNanos
    if (isOurs && after - before > BigInt(sendGuardMillis) * 1_000_000n) {
      const message = "the database did not answer in time."
      return yield* new ConnectorError({
        connection: pair[intent.side].connection,
        reason: new NotSent({ message })
      })
    }
    return isOurs
  })

  return { context, task, pair, links, fenced, step, settle, done, marked }
})
export type SyncSession = Effect.Success<ReturnType<typeof syncSession>>

/** How a step ended: with `again`, both systems are to be looked at once more. */
export type StepResult = SyncResult | "again"
