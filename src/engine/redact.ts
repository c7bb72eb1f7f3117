/**
 * redact: a record, or a text about it, without the person.
 *
 * Amounts, accounts, dates, countries and keys of systems stay. Whatever names,
 * addresses or reaches the person is replaced by one word, so that a rule which
 * asks whether there is such a thing still decides as before. The payload goes
 * as a whole: nobody knows all that a shop puts there.
 */
import { Predicate, Struct } from "effect"
import {
  fieldsOf,
  type Json,
  type NormalisedRecord,
  type Problem,
  type SourceRecord
} from "../pipeline/SourceRecord.ts"
import { isPersonItself } from "./personOf.ts"

/** What stands where the person stood. */
export const placeholder = "forgotten"

/** What stands for the payload. */
export const forgottenPayload: Json = { forgotten: true }

type Fields = { readonly [key: string]: Json }
const isFields = (value: Json | undefined): value is Fields =>
  Predicate.isObject(value) && !Array.isArray(value)

/** Fields of a person, in our own words. */
const personal: ReadonlySet<string> = new Set([
  "name",
  "firstName",
  "lastName",
  "company",
  "legalName",
  "email",
  "phone",
  "vatNumber",
  "street",
  "postcode",
  "city",
  "purchaseOrderNumber"
])

/** As payloads of other systems call them; a bare "name" may be that of a product. */
const personalInPayload =
  /^(?:customer_?)?(?:e-?mail|first_?name|middle_?name|last_?name|street|tele_?phone|phone|fax|vat_?id|tax_?vat|vat_?number|company_?name)$/iu

/** Whether the payload of a stored record was erased. */
export const isForgotten = ({ raw }: Pick<SourceRecord, "raw">): boolean =>
  isFields(raw) && raw["forgotten"] === true

const blank = (value: Json): Json =>
  typeof value === "string" ? placeholder : Array.isArray(value) ? value.map(blank) : value

const withoutPerson = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(withoutPerson)
  if (!isFields(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      personal.has(key) && !isFields(inner) ? blank(inner) : withoutPerson(inner)
    ])
  )
}

/** Whether an answer of a look-up is a customer: nothing else has addresses. */
const isPerson = (answer: Json | undefined): answer is Fields =>
  isFields(answer) && Array.isArray(answer["addresses"])

/** Whatever has an e-mail address is somebody. */
const isSomebody = (value: Json): boolean => isFields(value) && typeof value["email"] === "string"

const ofRecord = new Set(["purchaseOrderNumber", "email", "text"])
const parts = new Set(["customer", "payment", "billingAddress", "shippingAddress"])

const keepFields = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([key, inner]) => [
      key,
      ofRecord.has(key)
        ? blank(inner)
        : isFields(inner) && (parts.has(key) || isSomebody(inner))
          ? withoutPerson(inner)
          : inner
    ])
  )

const wholly = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([key, inner]) => [
      key,
      personal.has(key) && !isFields(inner) ? blank(inner) : withoutPerson(inner)
    ])
  )

const lookedWithout = (looked: Readonly<Record<string, Fields | null>>) =>
  Object.fromEntries(
    Object.entries(looked).map(([name, answer]) => [name, isPerson(answer) ? wholly(answer) : answer])
  )

type Values = ReadonlySet<string>

const gather = (value: Json, isPersonal: (key: string) => boolean, into: Set<string>): void => {
  if (Array.isArray(value)) {
    for (const inner of value) gather(inner, isPersonal, into)
    return
  }
  if (!isFields(value)) return
  for (const [key, inner] of Object.entries(value)) {
    const texts = Array.isArray(inner) ? inner : [inner]
    if (isPersonal(key)) for (const text of texts) if (typeof text === "string") into.add(text.trim())
    gather(inner, isPersonal, into)
  }
}

/** Texts so short, or so common, that they name nobody. */
const namesNobody = (text: string) =>
  text.length < 3 || text.toLowerCase() === placeholder || /^[\d.,\s-]{1,4}$/u.test(text)

/** All that names, addresses or reaches the person behind a record; a town alone does not. */
export const personalValues = ({
  normalised,
  origin,
  raw
}: Pick<SourceRecord, "origin" | "raw" | "normalised">): Values => {
  const found = new Set<string>()
  const inOurWords = (key: string) => personal.has(key) && key !== "city" && key !== "postcode"
  gather(raw, (key) => personalInPayload.test(key), found)
  const fields = fieldsOf(normalised) ?? {}
  if (isPersonItself(origin)) gather(fields, inOurWords, found)
  for (const [part, inner] of Object.entries(fields)) {
    if (parts.has(part) || isSomebody(inner)) gather(inner, inOurWords, found)
  }
  for (const answer of Object.values("looked" in normalised ? (normalised.looked ?? {}) : {})) {
    if (isPerson(answer)) gather(answer, inOurWords, found)
  }
  return new Set([...found].filter((text) => !namesNobody(text)))
}

/** Names of things that are compared with others, and must not change. */
const keys: ReadonlySet<string> = new Set([
  "idempotencyKey",
  "entries",
  "superseded",
  "planRevision",
  "originRevision",
  "code",
  "path",
  "at",
  "reference"
])

/** Of a problem: the customer that its document waits for, who must not be created on its account any more. */
const waitsFor = "awaits"

/** Replaces the values in a text wherever they stand as words of their own, in letters of any size. */
export const textWithout = (values: Values): ((text: string) => string) => {
  if (values.size === 0) return (text) => text
  const longestFirst = [...values].toSorted((a, b) => b.length - a.length)
  const escaped = longestFirst.map((value) => value.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`))
  const pattern = new RegExp(String.raw`(?<![\p{L}\p{N}])(?:${escaped.join("|")})(?![\p{L}\p{N}])`, "giu")
  return (text) => text.replaceAll(pattern, placeholder)
}

/** A conflict about a customer quotes what both systems say of him, whole addresses among it. */
const quotesPerson = (json: Fields): boolean =>
  typeof json["code"] === "string" && json["code"].startsWith("customer/")

/** The same for every text in a JSON value but those that are names of things. */
export const jsonWithout = (json: Json, without: (text: string) => string): Json => {
  if (typeof json === "string") return without(json)
  if (Array.isArray(json)) return json.map((inner) => jsonWithout(inner, without))
  if (!isFields(json)) return json
  if (quotesPerson(json)) return { ...json, message: placeholder }
  return Object.fromEntries(
    Object.entries(json).flatMap(([key, inner]) =>
      key === waitsFor ? [] : [[key, keys.has(key) ? inner : jsonWithout(inner, without)]]
    )
  )
}

const normalisedWithout = (record: SourceRecord): NormalisedRecord => {
  const { normalised, origin } = record
  const without = textWithout(personalValues(record))
  const problemsWithout = (problems: ReadonlyArray<Problem>) =>
    // On his account nobody is waited for any more, or created.
    problems.map((problem) => ({
      ...Struct.omit(problem, ["awaits"]),
      message: without(problem.message)
    }))
  const withLooked =
    normalised._tag === "Problems"
      ? {}
      : {
          ...(normalised.looked === undefined ? {} : { looked: lookedWithout(normalised.looked) }),
          // A miss says by which value was looked.
          ...(normalised.missed === undefined ? {} : { missed: problemsWithout(normalised.missed) })
        }
  switch (normalised._tag) {
    case "Document": {
      const { customer, payment } = normalised.document
      return {
        ...normalised,
        ...withLooked,
        document: {
          ...normalised.document,
          customer: {
            ...customer,
            ...(customer.email === undefined ? {} : { email: placeholder }),
            ...(customer.name === undefined ? {} : { name: placeholder }),
            ...(customer.company === undefined ? {} : { company: placeholder }),
            ...(customer.vatNumber === undefined ? {} : { vatNumber: placeholder })
          },
          payment: {
            ...payment,
            ...(payment.purchaseOrderNumber === undefined ? {} : { purchaseOrderNumber: placeholder })
          }
        }
      }
    }
    case "Record":
      return {
        ...normalised,
        ...withLooked,
        record: isPersonItself(origin) ? wholly(normalised.record) : keepFields(normalised.record)
      }
    case "Problems":
      return { ...normalised, problems: problemsWithout(normalised.problems) }
  }
}

/** The record without the person; without one in it, the record of the document as it is. */
export const redact = (record: SourceRecord): SourceRecord => ({
  origin: record.origin,
  raw: forgottenPayload,
  normalised: normalisedWithout(record)
})
