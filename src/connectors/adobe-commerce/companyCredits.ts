/**
 * companyCredits: the source `adobe-commerce/company-credits`.
 *
 * What happened to the credit that a company has with the shop: six kinds of
 * entry, of which only those that buy, pay back and refund move money; the
 * others set a limit. The amount is signed as Commerce signs it.
 *
 * An entry is never changed but for its purchase order number and its comment,
 * so it is read by when it was made, and the last days once a day again.
 *
 * Source: AdobeDocs/commerce-webapi, rest/b2b/credit-manage.md and
 * company-credit-data-history-data-interface.
 */
import { BigDecimal, Effect, Option, Schema } from "effect"
import { CurrencyCode } from "../../accounting/CurrencyCode.ts"
import { Decimal } from "../../accounting/Decimal.ts"
import type { Json, NormalisedRecord, Problem } from "../../pipeline/SourceRecord.ts"
import { named } from "./addressOf.ts"
import { format } from "./Both.ts"
import { Id, Instant, Money } from "./decodePayload.ts"
import { type Given, type ListKind, listSource, normaliseItem } from "./listSource.ts"
import { readAll } from "./readAll.ts"
import { readingConfig } from "./readingConfig.ts"
import { textAt } from "./recordOf.ts"

const movements = ["allocated", "updated", "purchased", "reimbursed", "refunded", "reverted"] as const

const Config = Schema.Struct({
  ...readingConfig,
  types: Schema.Array(Schema.Literals(movements))
    .annotate({
      description:
        "Which entries to read. allocated and updated set a limit and move no money; reverted takes a purchase back when its order is cancelled.",
      default: movements,
      factSource: "types: Adobe, Commerce Web APIs, B2B, manage company credit",
      examples: [["purchased", "reimbursed", "refunded", "reverted"]]
    })
    .check(Schema.isMinLength(1))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(movements)))
}).annotate({ identifier: "AdobeCommerceCompanyCredits" })

const Words = (description: string) => Schema.String.annotate({ description })
const Optional = (description: string) => Schema.optionalKey(Words(description))

/** An entry in the history of a company's credit. */
const CreditMovement = Schema.Struct({
  id: Words("Stable key in the shop."),
  number: Words("The key; entries have no number."),
  type: Schema.Literals(movements).annotate({ description: "What happened." }),
  createdAt: Words("Instant, ISO 8601 in UTC."),
  currency: CurrencyCode.annotateKey({ description: "Currency of the operation." }),
  accountingCurrency: CurrencyCode.annotateKey({ description: "Currency the credit is kept in." }),
  amount: Decimal.annotate({
    description: "As Commerce signs it: negative when the company owes more, or has less to spend."
  }),
  accounting: Schema.optionalKey(
    Schema.Struct({ amount: Decimal.annotate({ description: "The same amount." }) }).annotate({
      description:
        "The amount in the currency of the credit; absent where that is another one, since Commerce records it once only and no rate is ever applied."
    })
  ),
  balance: Decimal.annotate({ description: "What the company owed afterwards, as Commerce signs it." }),
  creditLimit: Schema.optionalKey(Decimal),
  availableLimit: Schema.optionalKey(Decimal),
  company: Schema.Struct({
    id: Optional("Company in the shop; absent where it is gone."),
    name: Optional("Name of the company.")
  }),
  purchaseOrderNumber: Optional("The company's own number."),
  comment: Optional("What a person wrote."),
  details: Optional("The comment as Commerce stores it, a JSON text, where it holds more than that.")
}).annotate({ identifier: "CreditMovement" })

const Amount = Schema.optionalKey(Money)

const HistoryEntry = Schema.Struct({
  id: Id,
  company_credit_id: Schema.optionalKey(Id),
  currency_credit: CurrencyCode,
  currency_operation: CurrencyCode,
  amount: Money,
  balance: Money,
  credit_limit: Amount,
  available_limit: Amount,
  type: Id,
  datetime: Instant,
  purchase_order: Schema.optionalKey(Id),
  comment: Schema.optionalKey(Schema.String)
})
type HistoryEntry = typeof HistoryEntry.Type

const decodeComment = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json))
)

/** The comment is a JSON text whose `custom` is what a person wrote; older ones are plain. */
const commentOf = (text: string | undefined) => {
  if (text === undefined) return {}
  const json = Option.getOrUndefined(decodeComment(text))
  if (json === undefined) return named("comment", text)
  const { custom, ...rest } = json
  return {
    ...named("comment", typeof custom === "string" ? custom : ""),
    ...(Object.keys(rest).length === 0 ? {} : { details: text })
  }
}

const toRecord =
  (given: Given) =>
  (entry: HistoryEntry): typeof CreditMovement.Encoded | Problem => {
    const type = movements[Number(entry.type) - 1]
    if (type === undefined) {
      return {
        code: "unreadable-field",
        message: `type of the credit entry cannot be read: ${entry.type} is none of ${movements.map((name, index) => `${index + 1} (${name})`).join(", ")}.`,
        path: "type"
      }
    }
    const isSame = entry.currency_credit === entry.currency_operation
    const amount = format(entry.amount, entry.currency_operation)
    const limit = (value: Decimal | undefined) =>
      value === undefined ? undefined : format(BigDecimal.normalize(value), entry.currency_credit)
    return {
      id: entry.id,
      number: entry.id,
      type,
      createdAt: entry.datetime,
      currency: entry.currency_operation,
      accountingCurrency: entry.currency_credit,
      amount,
      ...(isSame ? { accounting: { amount } } : {}),
      balance: format(entry.balance, entry.currency_credit),
      ...named("creditLimit", limit(entry.credit_limit)),
      ...named("availableLimit", limit(entry.available_limit)),
      company: {
        ...named("id", textAt(given["company"], "id")),
        ...named("name", textAt(given["company"], "company_name"))
      },
      ...named("purchaseOrderNumber", entry.purchase_order),
      ...commentOf(entry.comment)
    }
  }

/** The entry, or what is wrong with it; `given.company` is whose credit it is. */
export const normaliseCompanyCredit = (given: Given): NormalisedRecord =>
  normaliseItem(HistoryEntry, "credit entry", given, toRecord(given))

const kind: ListKind<typeof Config.Type> = {
  type: "adobe-commerce/company-credits",
  summary:
    "Reads what happened to the credit of companies from Adobe Commerce with the B2B module: bought on account, paid back, refunded, and limits set.",
  resource: "company-credit",
  label: "credit entry",
  list: { resource: "companyCredits/history", key: { column: "entity_id", field: "id" } },
  time: "datetime",
  number: "id",
  record: CreditMovement,
  filters: ({ types }) => [
    {
      field: "type",
      condition: "in",
      value: types.map((type) => movements.indexOf(type) + 1).join(",")
    }
  ],
  beside: Effect.fnUntraced(function* ({ client, pageSize }) {
    const key = { column: "entity_id", field: "id" }
    const readCredits = readAll(client, { resource: "companyCredits/", key }, pageSize)
    const readCompanies = readAll(client, { resource: "company/", key }, pageSize)
    const known = yield* Effect.cached(Effect.all([readCredits, readCompanies]))
    return Effect.fnUntraced(function* (items: ReadonlyArray<Json>) {
      const [credits, companies] = yield* known
      const companyOf = new Map(
        credits.map((credit) => [textAt(credit, "id"), textAt(credit, "company_id")] as const)
      )
      const byId = new Map(companies.map((company) => [textAt(company, "id"), company] as const))
      return items.map((document): Given => {
        const company = byId.get(companyOf.get(textAt(document, "company_credit_id")) ?? "")
        return { document, ...(company === undefined ? {} : { company }) }
      })
    })
  }),
  normalise: normaliseCompanyCredit
}

/** Reads GET /V1/companyCredits/history by `datetime`. */
export const companyCredits = listSource(kind, Config)
