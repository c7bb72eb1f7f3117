/**
 * documentsConfig: the settings under `with` that invoices and credit memos share.
 */
import { Effect, Schema } from "effect"
import { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import { readingConfig } from "./readingConfig.ts"
import { categoriesConfig } from "./withCategories.ts"

/** Fields of the settings, beside `states`. */
export const documentsConfig = {
  stores: Schema.optionalKey(
    Schema.Array(Schema.Int)
      .annotate({ description: "Ids of the store views to read; without it, all.", examples: [[1]] })
      .check(Schema.isMinLength(1))
  ),
  from: Schema.optionalKey(
    CalendarDate.annotateKey({
      description:
        "First day, in UTC. Documents created before it are read by a backfill only, even when they change later."
    })
  ),
  categories: Schema.optionalKey(categoriesConfig),
  guests: Schema.Boolean.annotate({
    description:
      "Gives each document of a guest `customer.guestId`, the key under which `adobe-commerce/guests` reads him, for a look-up by `guestLink`; one more search for each address. Documents that were read before have none.",
    default: false
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(false))),
  ...readingConfig
}
