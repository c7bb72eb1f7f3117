/**
 * SimulatedSystem: a system with customers, that people change too.
 *
 * It keeps what it is given in its own way: cut off, in capital letters, without
 * spaces. The right stamps a customer when an address of it changes, and takes a
 * change row by row, so that an unanswered one may be there in part; the left
 * does neither. Every write compares with what the writer had read at the
 * moment in which it is carried out; a real shop that compares beforehand leaves
 * the time of one request between, in which a person's change is lost and which
 * no client can close. So does a creation before which the right is asked for our key.
 *
 * It remembers who typed what over what, by which a history is judged.
 */
import { Duration, Effect, Option, Stream } from "effect"
import {
  ConnectorError,
  type ConnectorReason,
  NotFound,
  OutcomeUnknown,
  RateLimited,
  Rejected,
  Unreachable
} from "../../../src/pipeline/ConnectorError.ts"
import type { Customer, PostalAddress } from "../../../src/pipeline/Customer.ts"
import type {
  CustomerChange,
  CustomerField,
  CustomerSink,
  HeldCustomer,
  OpenCustomerSink
} from "../../../src/pipeline/CustomerSink.ts"
import type { OpenSource, Page } from "../../../src/pipeline/Source.ts"
import type { Json, SourceRecord } from "../../../src/pipeline/SourceRecord.ts"
import type { Side } from "../../../src/store/CustomerLink.ts"
import type { Machine, World } from "../World.ts"
import type { CustomerDefence } from "./customerDefences.ts"

/** Fields that both systems have a place for. */
export const simulatedFields = [
  "name",
  "email",
  "phone",
  "vatNumber",
  "company"
] as const satisfies ReadonlyArray<CustomerField>
type Field = (typeof simulatedFields)[number]

interface Address {
  readonly id: string
  readonly street: string
  readonly phone: string | undefined
}

interface Held {
  readonly id: string
  readonly fields: Readonly<Partial<Record<Field, string>>>
  readonly addresses: ReadonlyArray<Address>
  readonly billing: string | undefined
  readonly externalId: string | undefined
  readonly version: number
  readonly updatedAt: number
}

/** What a person typed, and what stood there before. `subject` is a field, or an address by its id. */
export interface Edit {
  readonly at: number
  readonly customer: string
  readonly subject: string
  readonly text: string
  readonly saw: string | undefined
}

const overlapMillis = 90_000
const longestLateMillis = 120_000
const staleMillis = 60_000

/** The rules of the two: the left cuts nothing off and has no capital VAT numbers. */
const kept = (side: Side, field: string, text: string): string => {
  const plain = text.trim().replace(/\s+/gu, " ")
  if (side === "left") return field === "phone" ? plain.replace(/[^\d+]/gu, "") : plain
  switch (field) {
    case "email":
      return plain.toLowerCase()
    case "vatNumber":
      return plain.replace(/\s/gu, "").toUpperCase()
    case "street":
      return plain.slice(0, 26)
    default:
      return plain.slice(0, 18)
  }
}

/** One of the two systems. */
export const makeSystem = (
  world: World,
  side: Side,
  options: {
    readonly without: ReadonlySet<CustomerDefence>
    readonly onChange: (id: string) => void
    /** A person changes the customer at this very moment. */
    readonly onMoment: (id: string) => void
  }
) => {
  const { draw, time } = world
  const customers = new Map<string, Held>()
  const past: Array<{ readonly at: number; readonly held: Held }> = []
  const edits: Array<Edit> = []
  const erased = new Set<string>()
  const createdFor = new Map<string, number>()
  let born = 0
  let bornAddresses = 0
  let writes = 0
  const removed: Array<string> = []

  const stampsAddresses = side === "right"
  const failed = (reason: ConnectorReason) => Effect.fail(new ConnectorError({ connection: side, reason }))
  const store = (held: Omit<Held, "version" | "updatedAt">, isStamped: boolean) => {
    const before = customers.get(held.id)
    const next = {
      ...held,
      version: (before?.version ?? 0) + 1,
      updatedAt: isStamped ? time.now() : (before?.updatedAt ?? time.now())
    }
    customers.set(held.id, next)
    past.push({ at: time.now(), held: next })
    return next
  }

  const addressOf = ({ id, phone, street }: Address): PostalAddress & { readonly id: string } => ({
    id,
    street: [street],
    postcode: "10115",
    city: "Berlin",
    country: "DE",
    ...(phone === undefined ? {} : { phone })
  })
  const customerOf = (held: Held): Customer => {
    const billing = held.addresses.find(({ id }) => id === held.billing)
    return {
      id: held.id,
      number: held.id,
      state: "active",
      ...held.fields,
      name: held.fields.name ?? "",
      addresses: held.addresses.map(addressOf),
      ...(billing === undefined ? {} : { billingAddress: addressOf(billing) }),
      updatedAt: new Date(held.updatedAt).toISOString()
    }
  }
  const heldOf = (held: Held): HeldCustomer => ({
    customer: customerOf(held),
    version: String(held.version),
    ...(held.externalId === undefined ? {} : { externalId: held.externalId })
  })

  /** What a system makes of a change. */
  const carriedOut = (change: CustomerChange, before: Held | undefined): Held => {
    writes += 1
    const id = before?.id ?? `${side}${++born}`
    const fields: Partial<Record<Field, string>> = { ...before?.fields }
    for (const field of simulatedFields) {
      const value = change.fields[field]
      if (value === null) delete fields[field]
      else if (value !== undefined) fields[field] = kept(side, field, value)
    }
    let addresses = [...(before?.addresses ?? [])]
    let billing = before?.billing
    for (const { address, id: known, isBilling } of change.addresses) {
      const written: Address = {
        id: known ?? `${side}-a${++bornAddresses}`,
        street: kept(side, "street", address.street[0] ?? ""),
        phone: address.phone === undefined ? undefined : kept(side, "phone", address.phone)
      }
      addresses =
        known === undefined
          ? [...addresses, written]
          : addresses.map((one) => (one.id === known ? written : one))
      if (isBilling) billing = written.id
    }
    const held = store(
      { id, fields, addresses, billing, externalId: change.externalId ?? before?.externalId },
      stampsAddresses || Object.keys(change.fields).length > 0
    )
    world.log(side, `${before === undefined ? "creates" : "changes"} ${id}: ${JSON.stringify(change)}`)
    options.onChange(id)
    return held
  }

  /** The right takes a customer row by row: a new one himself first, of another one what stands below him first. */
  const partOf = (change: CustomerChange, isNew: boolean): CustomerChange => ({
    ...change,
    fields: Object.fromEntries(
      Object.entries(change.fields).filter(([field]) => isNew !== (field === "email" || field === "phone"))
    ),
    addresses: isNew ? [] : change.addresses
  })

  /** The left has no two customers of one e-mail address, whenever one is created. */
  const hasEmail = ({ fields: { email } }: CustomerChange) =>
    side === "left" &&
    [...customers.values()].some((held) => held.fields.email?.toLowerCase() === email?.toLowerCase())
  /** The right is asked for our key when one is sent, and no more when it is carried out. */
  const hasKey = ({ externalId }: CustomerChange) =>
    side === "right" && [...customers.values()].some((held) => held.externalId === externalId)

  const written = (
    machine: Machine,
    what: string,
    carryOut: (isWhole?: boolean) => Effect.Effect<string, ConnectorError>,
    isRefused: () => boolean = () => false
  ): Effect.Effect<HeldCustomer, ConnectorError> =>
    world
      .call(
        machine,
        what,
        Effect.suspend((): Effect.Effect<string, ConnectorError> => {
          if (world.strikes(machine, "shop unreachable", what))
            return failed(new Unreachable({ message: "away." }))
          if (world.strikes(machine, "shop 429", what)) {
            return failed(new RateLimited({ message: "slow down.", retryAfterMillis: 2_000 }))
          }
          const taken = failed(new Rejected({ code: "exists-already", message: "there." }))
          if (isRefused()) return taken
          const unknown = failed(new OutcomeUnknown({ message: "no answer." }))
          if (world.strikes(machine, "request lost", what)) return unknown
          if (side === "right" && world.strikes(machine, "written in part", what)) {
            return Effect.andThen(Effect.exit(carryOut(false)), unknown)
          }
          if (world.strikes(machine, "late commit", what)) {
            time.at(time.now() + draw.between(500, longestLateMillis), () => Effect.runSyncExit(carryOut()))
            return unknown
          }
          const done = carryOut()
          return world.strikes(machine, "answer lost", what)
            ? Effect.andThen(Effect.exit(done), unknown)
            : done
        })
      )
      .pipe(
        Effect.flatMap((id) =>
          // Somebody may have changed it before it is read back.
          world.call(
            machine,
            `read back ${id}`,
            Effect.suspend(() => {
              if (world.strikes(machine, "moved meanwhile", `read back ${id}`)) options.onMoment(id)
              const held = customers.get(id)
              if (held === undefined || world.strikes(machine, "answer unreadable", what)) {
                return failed(new OutcomeUnknown({ message: "could not be read back." }))
              }
              return Effect.succeed(heldOf(held))
            })
          )
        )
      )

  const read = <A>(machine: Machine, what: string, body: () => A) =>
    world.call(
      machine,
      what,
      Effect.suspend((): Effect.Effect<A, ConnectorError> =>
        world.strikes(machine, "shop unreachable", what)
          ? failed(new Unreachable({ message: "away." }))
          : Effect.succeed(body())
      )
    )

  const fetchHeld = (machine: Machine, id: string) =>
    read(machine, `fetch ${id}`, () => Option.map(Option.fromUndefinedOr(customers.get(id)), heldOf))

  const openSink = (machine: Machine): OpenCustomerSink => ({
    fetch: (id) => fetchHeld(machine, id),
    search: (field, value) =>
      read(machine, `search ${field} ${value}`, () =>
        [...customers.values()]
          .filter((held) =>
            field === "externalId"
              ? held.externalId === value
              : field === "vatNumber"
                ? held.fields.vatNumber?.replace(/\s/gu, "").toUpperCase() ===
                  value.replace(/\s/gu, "").toUpperCase()
                : held.fields[field]?.toLowerCase() === value.toLowerCase()
          )
          .map(heldOf)
      ),
    create: (change) => {
      const key = change.externalId ?? ""
      const create = (isWhole = true) =>
        Effect.suspend((): Effect.Effect<string, ConnectorError> => {
          if (hasEmail(change)) return failed(new Rejected({ code: "exists-already", message: "there." }))
          createdFor.set(key, (createdFor.get(key) ?? 0) + 1)
          return Effect.succeed(carriedOut(isWhole ? change : partOf(change, true), undefined).id)
        })
      return written(machine, `create for ${key}`, create, () => hasKey(change))
    },
    update: ({ customer: { id }, version }, change) =>
      written(machine, `update ${id}`, (isWhole = true) =>
        Effect.suspend((): Effect.Effect<string, ConnectorError> => {
          if (world.strikes(machine, "moved meanwhile", `update ${id}`)) options.onMoment(id)
          const before = customers.get(id)
          const isCompared = !options.without.has(
            side === "right" ? "version compared" : "compared before writing"
          )
          if (before === undefined || (isCompared && String(before.version) !== version)) {
            return failed(new Rejected({ code: "changed-meanwhile", message: `${id} was changed.` }))
          }
          return Effect.succeed(carriedOut(isWhole ? change : partOf(change, false), before).id)
        })
      )
  })

  const sink = (machine: Machine): CustomerSink => ({
    open: Effect.sync(() => openSink(machine)),
    fields: new Set(simulatedFields),
    hasAddresses: true,
    searches: new Set(
      side === "right" ? ["externalId", "email", "vatNumber"] : ["name", "email", "vatNumber"]
    ),
    required: ["name", "email"],
    probe: Effect.succeed([])
  })

  const recordOf = (held: Held): SourceRecord => {
    const customer = customerOf(held)
    const record: { [key: string]: Json } = { ...customer }
    return {
      origin: {
        system: side,
        resource: "customer",
        id: held.id,
        number: held.id,
        revision: String(held.version)
      },
      raw: {},
      normalised: { _tag: "Record", record }
    }
  }

  /** Those changed since the last reading; the left has no stamp for addresses, and all of its are read each time. */
  const openSource = (machine: Machine): OpenSource => ({
    read: (cursor) =>
      Stream.fromEffect(
        Effect.flatMap(
          read(machine, "page", () => {
            const isStale = world.strikes(machine, "page stale", side)
            const asOf = isStale ? time.now() - draw.between(1, staleMillis) : time.now()
            const rows = new Map<string, Held>()
            for (const { at, held } of past) if (at <= asOf && !erased.has(held.id)) rows.set(held.id, held)
            const since = typeof cursor === "number" ? cursor - overlapMillis : 0
            const records = [...rows.values()]
              .filter(({ updatedAt }) => side === "left" || updatedAt >= since)
              .map(recordOf)
            return { records, cursor: asOf } satisfies Page
          }),
          // On its way while the world goes on.
          (page) => Effect.as(Effect.sleep(Duration.millis(draw.between(0, 3_000))), page)
        )
      ),
    fetch: (id) =>
      Effect.flatMap(
        read(machine, `fetch ${id}`, () => customers.get(id)),
        (held) =>
          held === undefined ? failed(new NotFound({ message: "gone." })) : Effect.succeed(recordOf(held))
      )
  })

  const edited = (customer: string, subject: string, text: string, saw: string | undefined) => {
    edits.push({ at: time.now(), customer, subject, text, saw })
    world.log(side, `a person types ${subject} of ${customer}: ${text} over ${saw ?? "nothing"}`)
    options.onChange(customer)
  }

  /** What people do; each does nothing where it makes no sense. */
  const people = {
    create: (fields: Readonly<Partial<Record<Field, string>>>) => {
      const id = `${side}${++born}`
      const own: Partial<Record<Field, string>> = {}
      for (const field of simulatedFields) {
        const text = fields[field]
        if (text !== undefined) own[field] = kept(side, field, text)
      }
      store({ id, fields: own, addresses: [], billing: undefined, externalId: undefined }, true)
      for (const [field, text] of Object.entries(own)) edited(id, field, text, undefined)
      return id
    },
    type: (id: string, field: Field, text: string | undefined) => {
      const held = customers.get(id)
      if (held === undefined) return
      const saw = held.fields[field]
      const fields: Partial<Record<Field, string>> = { ...held.fields }
      if (text === undefined) delete fields[field]
      else fields[field] = kept(side, field, text)
      if (fields[field] === saw) return
      store({ ...held, fields }, true)
      edited(id, field, fields[field] ?? "", saw)
    },
    addAddress: (id: string, street: string) => {
      const held = customers.get(id)
      if (held === undefined) return
      const address = {
        id: `${side}-a${++bornAddresses}`,
        street: kept(side, "street", street),
        phone: undefined
      }
      store({ ...held, addresses: [...held.addresses, address] }, stampsAddresses)
      edited(id, `address ${address.id}`, address.street, undefined)
    },
    move: (id: string, index: number, street: string) => {
      const held = customers.get(id)
      const address = held?.addresses[index]
      if (held === undefined || address === undefined) return
      const moved = { ...address, street: kept(side, "street", street) }
      store(
        { ...held, addresses: held.addresses.map((one) => (one === address ? moved : one)) },
        stampsAddresses
      )
      edited(id, `address ${address.id}`, moved.street, address.street)
    },
    choose: (id: string, index: number) => {
      const held = customers.get(id)
      const address = held?.addresses[index]
      if (held === undefined || address === undefined || held.billing === address.id) return
      store({ ...held, billing: address.id }, stampsAddresses)
      edited(id, "billing", address.id, held.billing)
    },
    removeAddress: (id: string, index: number) => {
      const held = customers.get(id)
      const address = held?.addresses[index]
      if (held === undefined || address === undefined || held.billing === address.id) return
      removed.push(address.id)
      store({ ...held, addresses: held.addresses.filter((one) => one !== address) }, stampsAddresses)
      edited(id, "removal", address.id, undefined)
    },
    erase: (id: string) => {
      if (!customers.delete(id)) return
      erased.add(id)
      world.log(side, `${id} is erased`)
      options.onChange(id)
    }
  }

  return {
    side,
    customers,
    erased,
    edits,
    removed,
    createdFor,
    people,
    openSource,
    sink,
    writes: () => writes
  }
}
export type SimulatedSystem = ReturnType<typeof makeSystem>
