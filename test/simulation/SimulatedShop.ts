/**
 * SimulatedShop: Commerce as its database sees it, read by the connector's own windows.
 *
 * A document's time is taken when its row is written and has the resolution of
 * a second; the row can be read only once its transaction commits, and a replica
 * shows it later still. The reading itself is the connector's real code.
 */
import { DateTime, Duration, Effect } from "effect"
import { readWindows } from "../../src/connectors/adobe-commerce/readWindows.ts"
import type { CommerceClient } from "../../src/connectors/adobe-commerce/CommerceClient.ts"
import {
  ConnectorError,
  type ConnectorReason,
  NotFound,
  RateLimited,
  Unauthorized,
  UnexpectedResponse,
  Unreachable
} from "../../src/pipeline/ConnectorError.ts"
import type { OpenSource } from "../../src/pipeline/Source.ts"
import type { SourceRecord } from "../../src/pipeline/SourceRecord.ts"
import { exampleDocument } from "../support/exampleDocument.ts"
import type { Machine, World } from "./World.ts"

/** What an accountant sees of a document; `account` stands for its payment method. */
export interface Content {
  readonly grand: number
  readonly account: string
  readonly isCancelled: boolean
}

interface Version extends Content {
  /** When its row was written, and from when on it can be read. */
  readonly writtenAt: number
  readonly visibleAt: number
}

/** A transaction of the shop takes no longer, and its replica is no further behind. */
export const transactionMaximumMillis = 120_000
const replicaMaximumMillis = 60_000

/** Together no less than the two above. */
export const overlapMinutes = 5
const lagSeconds = 30

const timeText = (millis: number) =>
  DateTime.formatIso(DateTime.makeUnsafe(millis)).slice(0, 19).replace("T", " ")

const failure = (reason: ConnectorReason) => new ConnectorError({ connection: "shop", reason })

/** A shop without documents. */
export const makeShop = (world: World, pageSize: number) => {
  const { draw, time } = world
  const documents = new Map<number, Array<Version>>()

  /** Writes a new version; its transaction commits after `takesMillis`, but never before the one before it. */
  const write = (id: number, content: Content, takesMillis: number) => {
    const versions = documents.get(id) ?? []
    const visibleAt = Math.max(versions.at(-1)?.visibleAt ?? 0, time.now() + takesMillis)
    versions.push({ ...content, writtenAt: time.now(), visibleAt })
    documents.set(id, versions)
    world.log(
      "shop",
      `document ${id} is now ${content.isCancelled ? "cancelled" : `${content.grand} on ${content.account}`}, to be seen in ${visibleAt - time.now()} ms`
    )
  }
  const latest = (id: number): Content | undefined => documents.get(id)?.at(-1)

  const recordOf = (id: number, version: Version, isStale: boolean): SourceRecord => ({
    origin: {
      system: "shop",
      resource: "invoice",
      id: String(id),
      number: `1000${id}`,
      revision: timeText(version.writtenAt)
    },
    raw: { isStale },
    normalised: {
      _tag: "Document",
      document: {
        ...exampleDocument,
        id: String(id),
        number: `1000${id}`,
        state: version.isCancelled ? "cancelled" : "paid",
        updatedAt: `${timeText(version.writtenAt).replace(" ", "T")}Z`,
        payment: { method: version.account },
        totals: { ...exampleDocument.totals, grand: `${version.grand}.00` }
      }
    }
  })

  const seenAt = (instant: number) =>
    [...documents].flatMap(([id, versions]) => {
      const version = versions.findLast(({ visibleAt }) => visibleAt <= instant)
      return version === undefined ? [] : [{ id, version }]
    })

  const refusalFor = (machine: Machine, call: string): ConnectorReason | undefined => {
    const message = "the simulated shop failed."
    if (world.strikes(machine, "shop unreachable", call)) return new Unreachable({ message })
    if (world.strikes(machine, "shop 5xx", call)) return new Unreachable({ message })
    if (world.strikes(machine, "shop 401", call)) return new Unauthorized({ message })
    if (world.strikes(machine, "shop 429", call))
      return new RateLimited({ message, retryAfterMillis: 20_000 })
    if (world.strikes(machine, "page cut off", call)) return new UnexpectedResponse({ message })
    return undefined
  }

  /** What the shop shows to one call: now, or what a replica that is behind still shows. */
  const shownTo = (machine: Machine, call: string) => {
    const isStale = world.strikes(machine, "page stale", call)
    return { isStale, found: seenAt(time.now() - (isStale ? draw.between(1_000, replicaMaximumMillis) : 0)) }
  }

  const clientOf = (machine: Machine): CommerceClient => ({
    search: (_resource, { filters, pageSize }) =>
      world.call(
        machine,
        "search",
        Effect.suspend(() => {
          const refusal = refusalFor(machine, "search")
          if (refusal !== undefined) return Effect.fail(failure(refusal))
          const { found: shown, isStale } = shownTo(machine, "search")
          const found = shown
            .filter(({ id, version }) =>
              filters.every(({ condition, field, value }) => {
                const own = field === "entity_id" ? id : timeText(version.writtenAt)
                const other = field === "entity_id" ? Number(value) : value
                return condition === "gteq" ? own >= other : condition === "lteq" ? own <= other : own > other
              })
            )
            .toSorted((a, b) => a.id - b.id)
          return Effect.succeed({
            items: found.slice(0, pageSize).map(({ id, version }) => ({
              entity_id: id,
              version: (documents.get(id) ?? []).indexOf(version),
              isStale
            })),
            totalCount: found.length,
            pageSize
          })
        })
      ),
    get: () => Effect.die("nothing but searches is asked of this shop"),
    unexpected: (message) => failure(new UnexpectedResponse({ message }))
  })

  /** The source as `machine` opens it. */
  const open = (machine: Machine): OpenSource => ({
    read: (cursor) =>
      readWindows(
        {
          client: clientOf(machine),
          list: { resource: "invoices", key: { column: "entity_id", field: "entity_id" } },
          time: "updated_at",
          filters: [],
          pageSize,
          overlap: Duration.minutes(world.without.has("overlap") ? 0 : overlapMinutes),
          lag: Duration.seconds(lagSeconds),
          now: world.call(
            machine,
            "the shop's clock",
            Effect.sync(() => DateTime.makeUnsafe(time.now()))
          ),
          toRecords: (items) =>
            Effect.succeed(
              items.flatMap((item) => {
                if (typeof item !== "object" || item === null || !("entity_id" in item)) return []
                const id = Number(item["entity_id"])
                const version = documents.get(id)?.[Number(item["version"])]
                return version === undefined ? [] : [recordOf(id, version, item["isStale"] === true)]
              })
            ),
          unreadable: (key) =>
            recordOf(key, { account: "", grand: 0, isCancelled: false, writtenAt: 0, visibleAt: 0 }, false)
        },
        cursor
      ),
    fetch: (id) =>
      world.call(
        machine,
        `fetch ${id}`,
        Effect.suspend(() => {
          const refusal = refusalFor(machine, "fetch")
          if (refusal !== undefined) return Effect.fail(failure(refusal))
          const { found, isStale } = shownTo(machine, "fetch")
          const one = found.find((document) => String(document.id) === id)
          return one === undefined
            ? Effect.fail(failure(new NotFound({ message: `invoice ${id} does not exist.` })))
            : Effect.succeed(recordOf(one.id, one.version, isStale))
        })
      )
  })

  return { documents, write, latest, open }
}
export type SimulatedShop = ReturnType<typeof makeShop>
