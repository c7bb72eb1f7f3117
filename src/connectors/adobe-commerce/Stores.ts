/**
 * Stores: the store views of a shop, with their websites and settings.
 */
import { type DateTime, Effect, Ref, Result, Schema } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { EncodedSalesDocument } from "../../pipeline/SalesDocument.ts"
import type { CommerceClient } from "./CommerceClient.ts"
import { decodePayload, Id } from "./decodePayload.ts"

/** A store view by its names, with its time zone, language and the base currency of its website. */
export type StoreNames = Omit<EncodedSalesDocument["store"], "id" | "code" | "name"> & {
  readonly code: string
  readonly name: string
}

/** Store views by id, codes of the websites by theirs, and the shop's clock when they were read. */
export interface Stores {
  readonly byId: ReadonlyMap<string, StoreNames>
  readonly websites: ReadonlyMap<string, string>
  readonly now: DateTime.Utc
}

const StoreViews = Schema.Array(
  Schema.Struct({ id: Id, code: Schema.String, name: Schema.String, website_id: Id })
)

const Websites = Schema.Array(Schema.Struct({ id: Id, code: Schema.String }))

const Text = Schema.optionalKey(Schema.String)

const StoreConfigs = Schema.Array(
  Schema.Struct({ id: Id, base_currency_code: Text, timezone: Text, locale: Text })
)

/** Reads them; needs the right Magento_Backend::store. */
export const readStores = Effect.fn("Stores.read")(function* (
  client: CommerceClient
): Effect.fn.Return<Stores, ConnectorError> {
  const read = Effect.fnUntraced(function* <Type, Encoded>(
    path: string,
    schema: Schema.Codec<Type, Encoded>
  ): Effect.fn.Return<{ readonly value: Type; readonly now: DateTime.Utc }, ConnectorError> {
    const { body, now } = yield* client.get(path)
    const decoded: Result.Result<Type, ReadonlyArray<{ readonly message: string }>> = decodePayload(
      schema,
      `answer to ${path}`,
      body
    )
    return Result.isSuccess(decoded)
      ? { value: decoded.success, now }
      : yield* client.unexpected(decoded.failure.map(({ message }) => message).join(" "))
  })
  const views = yield* read("/V1/store/storeViews", StoreViews)
  const configs = yield* read("/V1/store/storeConfigs", StoreConfigs)
  const sites = yield* read("/V1/store/websites", Websites)
  const codes = new Map(sites.value.map(({ code, id }) => [id, code] as const))
  const settings = new Map(configs.value.map((config) => [config.id, config] as const))
  const byId = new Map(
    views.value.map((view) => {
      const website = codes.get(view.website_id)
      const config = settings.get(view.id)
      return [
        view.id,
        {
          code: view.code,
          name: view.name,
          ...(website === undefined ? {} : { website }),
          ...(config?.timezone === undefined ? {} : { timeZone: config.timezone }),
          ...(config?.locale === undefined ? {} : { locale: config.locale }),
          ...(config?.base_currency_code === undefined ? {} : { baseCurrency: config.base_currency_code })
        }
      ] as const
    })
  )
  return { byId, websites: codes, now: sites.now }
})

/** The stores of an open source. */
export interface KnownStores {
  /** Reads them anew, and gives the shop's clock. */
  readonly refresh: Effect.Effect<DateTime.Utc, ConnectorError>
  /** As last read; a reading that is resumed in the middle of a window has not asked for the clock yet, and so not for them. */
  readonly known: Effect.Effect<Stores, ConnectorError>
}

/** Keeps what was read last. */
export const knownStores = (client: CommerceClient): Effect.Effect<KnownStores> =>
  Effect.map(Ref.make<Stores | undefined>(undefined), (last) => {
    const read = Effect.tap(readStores(client), (stores) => Ref.set(last, stores))
    return {
      refresh: Effect.map(read, ({ now }) => now),
      known: Effect.flatMap(Ref.get(last), (stores) => (stores === undefined ? read : Effect.succeed(stores)))
    }
  })
