/**
 * forget: takes a person out of everything that is stored, and keeps him out.
 *
 * Amounts, accounts, dates and hashes stay; whatever names, addresses or reaches
 * the person goes. What was sealed is erased through one door of the database,
 * row by row, and each erasure is sealed itself. From then on records of the
 * person are stored without him, whenever they are read again.
 */
import { randomUUID } from "node:crypto"
import { Effect, Option, Predicate, Schema } from "effect"
import { fieldsOf, type Json } from "../pipeline/SourceRecord.ts"
import { PersonalData, type PersonRecord, type Replacements } from "../store/PersonalData.ts"
import type { Seals } from "../store/Seals.ts"
import type { StoreError } from "../store/StoreError.ts"
import type { Traits } from "../store/Traits.ts"
import { fingerprint } from "./fingerprint.ts"
import { addressesIn, addressName, customerName, identityOf } from "./personOf.ts"
import { isForgotten, jsonWithout, personalValues, redact, textWithout } from "./redact.ts"
import { sealAudit } from "./sealAudit.ts"

/** The customer cannot be told for certain, or nothing is stored of him. */
export class NobodyToForget extends Schema.TaggedError<NobodyToForget>()("NobodyToForget", {
  message: Schema.String
}) {}

/** Rows that hold something of the person, by table. */
export const ForgottenRows = Schema.Record(Schema.String, Schema.Int)

/** Whose keys are meant, where one database has customers of several shops: one connection, and the pipelines that read it. */
export interface KeyScope {
  readonly connection: string
  readonly pipelines: ReadonlyArray<string>
}

/** Records under the same key that another pipeline read, so that they may be somebody else's. */
export const LeftAlone = Schema.Struct({ pipeline: Schema.String, records: Schema.Int })

/** Whom an order to forget is about, and where he stands. */
export interface Person {
  readonly traits: Traits
  /** Documents and records of the person: resource and number. */
  readonly documents: number
  readonly rows: typeof ForgottenRows.Type
  /** What stays of the same keys because of the scope. */
  readonly leftAlone: ReadonlyArray<typeof LeftAlone.Type>
  readonly replacements: Replacements
}

const unique = <A>(values: Iterable<A>): ReadonlyArray<A> => [...new Set(values)]

const addressesOf = (records: ReadonlyArray<PersonRecord>) =>
  unique(records.flatMap((record) => identityOf(record).addresses)).filter((address) => address !== "")

/** Whether the record says more of its customer than a key, as a shop does of who buys. */
const isOfShop = ({ normalised }: PersonRecord) => Predicate.isObject(fieldsOf(normalised)?.["customer"])

/** Whether keys of the record are those that are meant. */
const isWithin = (scope: KeyScope | undefined, { pipeline }: PersonRecord) =>
  scope === undefined || scope.pipelines.includes(pipeline)

const withKey = Effect.fn("forget.withKey")(function* (id: string) {
  return (yield* (yield* PersonalData).matching([id], [])).filter((record) => identityOf(record).id === id)
})

/** Records by a key of a customer, of the one system in which the documents stand that he has. */
const byKey = Effect.fn("forget.byKey")(function* (id: string, scope: KeyScope | undefined) {
  const found = (yield* withKey(id)).filter((record) => isWithin(scope, record))
  const systems = (records: ReadonlyArray<PersonRecord>) => unique(records.map(({ origin }) => origin.system))
  const withDocuments = systems(found.filter(isOfShop))
  const [system, ...others] = withDocuments.length > 0 ? withDocuments : systems(found)
  if (others.length > 0) {
    return yield* new NobodyToForget({
      message: `several systems have a customer ${id}: ${[system, ...others].join(", ")}. Give the e-mail address instead.`
    })
  }
  return found.filter(({ origin }) => origin.system === system)
})

/** Keys of the same customer in other systems, as look-ups of his documents answered. */
const linkedKeys = (records: ReadonlyArray<PersonRecord>): ReadonlyArray<string> =>
  unique(
    records.flatMap(({ normalised }) =>
      "looked" in normalised
        ? Object.values(normalised.looked ?? {}).flatMap((answer) =>
            Predicate.hasProperty(answer, "addresses") &&
            Predicate.hasProperty(answer, "id") &&
            typeof answer.id === "string"
              ? [answer.id]
              : []
          )
        : []
    )
  )

interface Found {
  readonly records: ReadonlyArray<PersonRecord>
  readonly customers: Traits["customers"]
  readonly addresses: ReadonlyArray<string>
  readonly leftAlone: Person["leftAlone"]
}

/** How many records each pipeline has of them, whatever revisions. */
const countByPipeline = (records: ReadonlyArray<PersonRecord>): Person["leftAlone"] =>
  [...Map.groupBy(records, ({ pipeline }) => pipeline)]
    .map(([pipeline, own]) => ({
      pipeline,
      records: unique(own.map(({ externalId, resource }) => `${resource} ${externalId}`)).length
    }))
    .toSorted((a, b) => (a.pipeline < b.pipeline ? -1 : 1))

/** "3 of invoices-to-gl, 1 of customers". */
export const leftAloneText = (leftAlone: Person["leftAlone"]): string =>
  leftAlone.map(({ pipeline, records }) => `${records} of ${pipeline}`).join(", ")

const find = Effect.fn("forget.find")(function* (
  customer: string,
  scope: KeyScope | undefined
): Effect.fn.Return<Found, StoreError | NobodyToForget, PersonalData> {
  const personal = yield* PersonalData
  const ofConnection = scope === undefined ? {} : { connection: scope.connection }
  const given = customer.trim().toLowerCase()
  const first = given.includes("@")
    ? yield* personal.matching([], [given])
    : yield* byKey(customer.trim(), scope)
  const [one] = first
  if (one === undefined) {
    const others = scope === undefined ? [] : countByPipeline(yield* withKey(customer.trim()))
    return yield* new NobodyToForget({
      message: [
        `nothing is stored of a customer ${customer}${scope === undefined ? "" : ` of ${scope.connection}`}. Give the key of the customer in the shop, or an e-mail address, as it stands there.`,
        ...(others.length === 0
          ? []
          : [`Under that key stands what these pipelines have read: ${leftAloneText(others)}.`])
      ].join(" ")
    })
  }
  const own = given.includes("@")
    ? first.filter((record) => identityOf(record).addresses.includes(given) && isWithin(scope, record))
    : first
  const addresses = given.includes("@") ? [given] : addressesOf(first)
  const customers = own.flatMap((record) => {
    const { id } = identityOf(record)
    return id === undefined ? [] : [{ system: record.origin.system, id, ...ofConnection }]
  })
  const hasKey = (record: PersonRecord) =>
    customers.some(({ id, system }) => system === record.origin.system && id === identityOf(record).id)
  const keys = unique(customers.map(({ id }) => id))
  const matching = yield* personal.matching(keys, addresses)
  const isTheirs = (record: PersonRecord) =>
    (hasKey(record) && isWithin(scope, record)) ||
    [...addressesIn(record.raw), ...identityOf(record).addresses].some((each) => addresses.includes(each))
  const records = matching.filter(isTheirs)
  // A key that a link or an answer names is one of another system than the shop.
  const sold = records.filter(isOfShop)
  const shop = new Set((sold.length > 0 ? sold : own).map(({ origin }) => origin.system))
  const links = yield* personal.linked({
    ...ofConnection,
    customers,
    addresses,
    values: unique(records.flatMap((record) => [...personalValues(record)])),
    documents: []
  })
  const linked = [
    ...records,
    ...(yield* personal.matching(unique([...linkedKeys(records), ...links]), []))
  ].filter(({ origin }) => !shop.has(origin.system))
  return {
    records: yield* personal.revisions([...records, ...linked]),
    addresses,
    leftAlone: countByPipeline(matching.filter((record) => hasKey(record) && !isTheirs(record))),
    customers: [
      ...new Map(
        [
          ...customers,
          ...linked.flatMap((record): Traits["customers"] => {
            const { id } = identityOf(record)
            return id === undefined ? [] : [{ system: record.origin.system, id }]
          })
        ].map((each) => [customerName(each.system, each.id, each.connection), each] as const)
      ).values()
    ]
  }
})

const WithText = Schema.StructWithRest(Schema.Struct({ text: Schema.optionalKey(Schema.String) }), [
  Schema.Record(Schema.String, Schema.Json)
])
const decodeTexts = Schema.decodeUnknownOption(
  Schema.StructWithRest(
    Schema.Struct({ text: Schema.optionalKey(Schema.String), lines: Schema.Array(WithText) }),
    [Schema.Record(Schema.String, Schema.Json)]
  )
)

/** The body of an entry with other texts, where it has any of the person's; nothing else of it may change. */
const entryWithout = (body: Json, without: (text: string) => string): ReadonlyArray<Json> => {
  const decoded = decodeTexts(body)
  if (Option.isNone(decoded)) return []
  const reworded = <A extends { readonly text?: string }>(one: A): A =>
    one.text === undefined ? one : { ...one, text: without(one.text) }
  const after = reworded({ ...decoded.value, lines: decoded.value.lines.map(reworded) })
  const isSame = [after, ...after.lines].every(
    ({ text }, index) => text === [decoded.value, ...decoded.value.lines][index]?.text
  )
  return isSame ? [] : [after]
}

/** Finds the person, and what would be erased where. Changes nothing. */
export const findPerson = Effect.fn("findPerson")(function* (
  customer: string,
  scope?: KeyScope
): Effect.fn.Return<Person, StoreError | NobodyToForget, PersonalData> {
  const personal = yield* PersonalData
  const { addresses, customers, leftAlone, records } = yield* find(customer, scope)
  const values = unique(records.flatMap((record) => [...personalValues(record)]))
  const without = textWithout(new Set(values))
  const about = yield* personal.about(records, values)
  const documents = [
    ...new Map(
      records.map(({ externalId, pipeline, resource }) => [
        JSON.stringify([pipeline, resource, externalId]),
        { pipeline, resource, externalId }
      ])
    ).values()
  ]
  const traits: Traits = {
    ...(scope === undefined ? {} : { connection: scope.connection }),
    customers,
    addresses,
    values,
    documents
  }
  const changed = ({ content, id }: { readonly id: number; readonly content: Json }) => {
    const after = jsonWithout(content, without)
    return JSON.stringify(after) === JSON.stringify(content) ? [] : [{ id, content: after }]
  }
  const replacements: Replacements = {
    records: records
      .filter((record) => !isForgotten(record))
      .map((record) => {
        const redacted = redact(record)
        return {
          id: record.id,
          raw: redacted.raw,
          normalised: redacted.normalised,
          fingerprint: fingerprint(redacted)
        }
      }),
    entries: about.entries.flatMap(({ content, id }) =>
      entryWithout(content, without).map((body) => ({ id, body }))
    ),
    audit: about.audit.flatMap((row) => changed(row).map(({ content, id }) => ({ id, detail: content }))),
    errors: about.errors.flatMap(changed),
    held: about.held.flatMap((row) =>
      entryWithout(row.content, without).map((content) => ({ ...row, content }))
    )
  }
  const rows = Object.fromEntries(
    [
      ["source_record", replacements.records.length] as const,
      ["journal_entry", replacements.entries.length] as const,
      ["audit", replacements.audit.length] as const,
      ["error_item", replacements.errors.length] as const,
      ["held_entry", replacements.held.length] as const,
      ...(yield* personal.elsewhere(traits))
    ].filter(([, count]) => count > 0)
  )
  return { traits, documents: documents.length, rows, leftAlone, replacements }
})

/** Forgets the person for good. Nobody appends anything meanwhile; it is all done or nothing is. */
export const forget = Effect.fn("forget")(function* (
  customer: string,
  actor: string,
  scope?: KeyScope
): Effect.fn.Return<Person, StoreError | NobodyToForget, PersonalData | Seals> {
  const personal = yield* PersonalData
  // What is written of him until now is sealed as it was, as far as it can be.
  yield* sealAudit
  const person = yield* personal.alone(
    Effect.gen(function* () {
      const found = yield* findPerson(customer, scope)
      yield* personal.erase(found.replacements, {
        traits: found.traits,
        names: [
          ...found.traits.customers.map(({ connection, id, system }) => customerName(system, id, connection)),
          ...found.traits.addresses.map(addressName)
        ],
        forgetting: randomUUID(),
        actor,
        counts: found.rows
      })
      return found
    })
  )
  yield* sealAudit
  return person
})
