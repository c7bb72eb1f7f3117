/**
 * CustomerRegister: customers of the local IFS Cloud, with their addresses and ways to reach them.
 *
 * As in IFS a row's version is the second it was written in, so two writes in
 * one second share an ETag; PATCH without If-Match inserts what is not there;
 * and every change goes to the history log, under the server's local time.
 * Nothing keeps two customers from having one association number.
 *
 * Source: public clients of CustomerHandling in 2026 for names, lengths from
 * release 21R1; that a new default address replaces the old one is assumed.
 */
import { Clock, DateTime, Effect } from "effect"
import type { EntityType, Row, Value, Values } from "./EntityType.ts"
import { boolean, date, decimal, enumeration, makeEtag, string, timestamp, whole } from "./EntityType.ts"
import { databaseError } from "./IfsError.ts"
import type { IfsError } from "./IfsError.ts"

const projection = "CustomerHandling"

/** A customer; one row for all companies. */
export const customerType: EntityType = {
  projection,
  entitySet: "CustomerInfoSet",
  entity: "CustomerInfo",
  keys: ["CustomerId"],
  properties: {
    CustomerId: string(20),
    Name: string(100),
    AssociationNo: string(50),
    IdentifierReference: string(50),
    Country: string(2),
    CountryCode: string(2),
    DefaultLanguage: string(2),
    CreationDate: date,
    PartyType: enumeration("PartyType", ["Customer"]),
    DefaultDomain: boolean,
    CustomerCategory: enumeration("CustomerCategory", ["Customer", "Prospect", "EndCustomer"]),
    OneTime: boolean,
    B2bCustomer: boolean,
    ValidDataProcessingPurpose: boolean,
    IdentifierRefValidation: enumeration("IdentifierRefValidation", ["None"])
  }
}

/** An address of a customer. */
export const addressType: EntityType = {
  projection,
  entitySet: "CustomerInfoAddresses",
  entity: "CustomerInfoAddress",
  keys: ["CustomerId", "AddressId"],
  properties: {
    CustomerId: string(20),
    AddressId: string(50),
    Name: string(100),
    Address1: string(35),
    Address2: string(35),
    Address3: string(100),
    Address4: string(100),
    Address5: string(100),
    Address6: string(100),
    ZipCode: string(35),
    City: string(35),
    State: string(35),
    Country: string(2),
    PartyType: enumeration("PartyType", ["Customer"]),
    DefaultDomain: boolean
  }
}

/** What an address is for. Of all addresses for one thing, one is the default. */
export const addressTypeType: EntityType = {
  projection,
  entitySet: "AddressTypes",
  entity: "CustomerInfoAddressType",
  keys: ["CustomerId", "AddressId", "AddressTypeCode"],
  properties: {
    CustomerId: string(20),
    AddressId: string(50),
    AddressTypeCode: enumeration("AddressTypeCode", [
      "Delivery",
      "Document",
      "Pay",
      "PrimaryContact",
      "Visit"
    ]),
    DefAddress: boolean,
    DefaultDomain: boolean
  }
}

/** What one company keeps of a customer. */
export const companyType: EntityType = {
  projection,
  entitySet: "CustomerInvoiceCompanies",
  entity: "IdentityInvoiceInfo",
  keys: ["Company", "Identity", "PartyType"],
  properties: {
    Company: string(20),
    Identity: string(20),
    PartyType: enumeration("PartyType", ["Customer"]),
    PayTermId: string(20),
    DefCurrency: string(3),
    DefVatCode: string(20),
    TaxLiability: string(20)
  }
}

/** A telephone number or an e-mail address of a customer. */
export const communicationMethodType: EntityType = {
  projection,
  entitySet: "CommunicationMethods",
  entity: "CommMethod",
  keys: ["CustomerId", "CommId"],
  properties: {
    CustomerId: string(20),
    CommId: decimal,
    MethodId: enumeration("CommMethodCode", ["Phone", "Mobile", "EMail", "Fax", "Www"]),
    Value: string(200),
    Description: string(200),
    MethodDefault: boolean
  }
}

/** A line of the history log, for the entities it is switched on for. */
export const historyType: EntityType = {
  projection: "HistoryLogHandling",
  entitySet: "HistoryLogOverviewSet",
  entity: "HistoryLog",
  keys: ["LogId"],
  properties: {
    LogId: decimal,
    LuName: string(30),
    TimeStamp: timestamp,
    Keys: string(600),
    HistoryType: enumeration("HistoryType", ["Insert", "Modify", "Delete"])
  }
}

/** What must be in a new row, beside its key. */
const mandatory: Readonly<Record<string, ReadonlyArray<string>>> = {
  CustomerInfo: ["Name", "DefaultDomain", "PartyType"],
  CustomerInfoAddress: ["DefaultDomain", "Country"],
  CustomerInfoAddressType: ["DefaultDomain", "DefAddress"],
  IdentityInvoiceInfo: ["PayTermId", "DefCurrency"],
  CommMethod: ["MethodId", "Value"]
}

/** The local time of the server, which its timestamps claim to be UTC. */
const offsetHours = 2

/** The register of one server. */
export interface CustomerRegister {
  readonly rows: (type: EntityType) => ReadonlyArray<Row>
  /** Inserts; a customer and a way to reach one get the next number where the key is not given. */
  readonly insert: (type: EntityType, values: Values) => Effect.Effect<Row, IfsError>
  readonly update: (type: EntityType, row: Row, changes: Values) => Effect.Effect<Row>
  readonly remove: (type: EntityType, row: Row) => Effect.Effect<void>
}

const columnName = (property: string) =>
  property.replace(/(?<=.)[A-Z]/gu, (letter) => `_${letter}`).toUpperCase()

/** An empty register. */
export const makeCustomerRegister = (): CustomerRegister => {
  const tables = new Map<string, Map<string, Row>>()
  const history: Array<Row> = []
  let lastNumber = 1000
  const tableOf = ({ entity }: EntityType) => {
    const table = tables.get(entity) ?? new Map<string, Row>()
    tables.set(entity, table)
    return table
  }
  const keyOf = (type: EntityType, values: Values) =>
    type.keys.map((key) => `${columnName(key)}=${textOf(values[key] ?? null)}^`).join("")

  const put = Effect.fnUntraced(function* (
    type: EntityType,
    values: Values | undefined,
    change: { readonly key: string; readonly kind: "Insert" | "Modify" | "Delete" }
  ) {
    const now = yield* Clock.currentTimeMillis
    const second = Math.floor(now / 1000)
    const row: Row = { etag: makeEtag(`${type.entity}-${change.key}`, second), values: values ?? {} }
    if (values === undefined) tableOf(type).delete(change.key)
    else tableOf(type).set(change.key, row)
    const local = DateTime.add(DateTime.makeUnsafe(second * 1000), { hours: offsetHours })
    history.push({
      etag: makeEtag(`HistoryLog-${history.length}`, 1),
      values: {
        LogId: whole(history.length + 1),
        LuName: type.entity,
        TimeStamp: DateTime.formatIso(local).replace(/\.\d+Z$/u, "Z"),
        Keys: change.key,
        HistoryType: change.kind
      }
    })
    return row
  })

  const nextCustomerId = () => {
    do lastNumber++
    while (tableOf(customerType).has(keyOf(customerType, { CustomerId: `${lastNumber}` })))
    return `${lastNumber}`
  }

  /** A new default for one thing is the only one: the others of the customer stop being it. */
  const clearOtherDefaults = Effect.fnUntraced(function* (type: EntityType, values: Values) {
    if (type.entity !== addressTypeType.entity || values["DefAddress"] !== true) return
    for (const other of tableOf(type).values()) {
      const isSame = ["CustomerId", "AddressTypeCode"].every((name) => other.values[name] === values[name])
      if (
        isSame &&
        other.values["DefAddress"] === true &&
        other.values["AddressId"] !== values["AddressId"]
      ) {
        const key = keyOf(type, other.values)
        yield* put(type, { ...other.values, DefAddress: false }, { key, kind: "Modify" })
      }
    }
  })

  const insert: CustomerRegister["insert"] = Effect.fnUntraced(function* (type, given) {
    const numbered =
      type.entity === "CustomerInfo"
        ? { CustomerId: nextCustomerId() }
        : type.entity === "CommMethod"
          ? { CommId: whole(++lastNumber) }
          : {}
    const values: Values = { ...numbered, ...given }
    const missing = [...type.keys, ...(mandatory[type.entity] ?? [])].find(
      (name) => (values[name] ?? null) === null
    )
    if (missing !== undefined) {
      return yield* databaseError(
        20124,
        `${type.entity}.NULLVALUE`,
        `Field [${columnName(missing)}] is mandatory.`
      )
    }
    const key = keyOf(type, values)
    if (tableOf(type).has(key)) {
      return yield* databaseError(20112, `${type.entity}.FND_RECORD_EXIST`, "The object already exists.")
    }
    yield* clearOtherDefaults(type, values)
    return yield* put(type, values, { key, kind: "Insert" })
  })

  return {
    rows: (type) => (type === historyType ? history : [...tableOf(type).values()]),
    insert,
    update: Effect.fnUntraced(function* (type, row, changes) {
      const values = { ...row.values, ...changes }
      yield* clearOtherDefaults(type, values)
      return yield* put(type, values, { key: keyOf(type, row.values), kind: "Modify" })
    }),
    remove: (type, row) =>
      Effect.asVoid(put(type, undefined, { key: keyOf(type, row.values), kind: "Delete" }))
  }
}

const textOf = (value: Value) =>
  typeof value === "object" ? (value === null ? "" : `${value.value}`) : `${value}`
