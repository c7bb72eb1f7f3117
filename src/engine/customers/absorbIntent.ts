/**
 * absorbIntent: what became of a write whose outcome was never heard.
 *
 * What a side holds now and did not hold before is ours if it may be what the
 * system made of what was sent, and then the write arrived. That says it of this
 * value only: a system that takes a customer piece by piece may have taken some
 * of it, and of what it holds instead nobody knows whether a person has been
 * there before our writing or after it.
 */
import type { HeldCustomer } from "../../pipeline/CustomerSink.ts"
import type { Bases, Intent, Side, Values } from "../../store/CustomerLink.ts"
import { basesWith, takenFrom } from "./basesWith.ts"
import { mayBePlace } from "./addressText.ts"
import { mayBeStoredAs, saysTheSame } from "./comparable.ts"
import { partsOfKey } from "./contentOf.ts"

/** Whether a system that was sent one value may hold the other. */
export const mayHold = (key: string, sent: string | null, held: string | null): boolean => {
  if (sent === null || held === null) return sent === held
  if (key.endsWith(":place")) return mayBePlace(sent, held)
  return saysTheSame(key, sent, held) || mayBeStoredAs(sent, held)
}

/** Equal as long as nobody, we included, has written to the customer. */
export const versionOf = ({ customer, version }: HeldCustomer): string =>
  `${version} ${customer.updatedAt ?? ""}`

/** Of a customer that was perhaps created by us, and perhaps by a person at the same time. */
export const unknownVersion = "unknown"

/** What is found on the side that was written to. */
interface FoundAfter {
  readonly held: HeldCustomer
  readonly content: Values
  /** New addresses that are there now, by their keys. */
  readonly arrived: ReadonlyArray<{ readonly key: string; readonly sent: Intent["addresses"][number] }>
}

/** Whether the write arrived; undefined where nothing tells. */
const arrivalOf = ({ addresses, before, sent, version }: Intent, now: FoundAfter): boolean | undefined => {
  if (version === null) return true
  if (version === versionOf(now.held)) return false
  if (addresses.length > 0) return now.arrived.length > 0
  // That a value is gone proves nothing: a person clears a field as we do.
  const isThere = Object.entries(sent).some(([key, value]) => {
    const held = now.content[key] ?? null
    return value !== null && held !== (before[key] ?? null) && mayHold(key, value, held)
  })
  return isThere ? true : undefined
}

/** The bases with the new addresses that arrived: as they were sent, and as the system keeps them. */
const withArrived = (bases: Bases, side: Side, { arrived, content }: FoundAfter): Bases =>
  arrived.reduce((all, { key, sent: { details, place } }) => {
    const asSent = Object.fromEntries(
      Object.entries({ ...details, place }).map(([part, value]) => [`address:${key}:${part}`, value])
    )
    const keys = Object.keys(asSent).filter((one) => Object.hasOwn(content, one))
    return basesWith(all, side, takenFrom(content, keys), takenFrom(asSent, keys))
  }, bases)

/** The bases with what arrived, and the keys of which it cannot be said. */
export const absorbIntent = (
  intent: Intent | null,
  bases: Bases,
  now: FoundAfter | undefined
): { readonly bases: Bases; readonly unclear: ReadonlySet<string> } => {
  if (intent === null || now === undefined) return { bases, unclear: new Set() }
  const { sent, side } = intent
  const all = Object.keys(sent).filter((key) => Object.hasOwn(now.content, key))
  const arrived = intent.version === unknownVersion || arrivalOf(intent, now)
  if (arrived === false) return { bases, unclear: new Set() }
  const isThere = (key: string) => {
    const value = now.content[key] ?? null
    // Of what stands in an address a system need not have a place for all.
    const hasNoPlace = value === null && intent.before[key] === null && partsOfKey(key) !== undefined
    return hasNoPlace || mayHold(key, sent[key] ?? null, value)
  }
  const keys = arrived === undefined ? [] : all.filter(isThere)
  return {
    bases: withArrived(
      basesWith(bases, side, takenFrom(now.content, keys), takenFrom(sent, keys)),
      side,
      now
    ),
    // What a customer of our own creation does not have at all did not get there, and is sent again.
    unclear: new Set(
      all.filter((key) => !keys.includes(key) && !(intent.version === null && now.content[key] === null))
    )
  }
}
