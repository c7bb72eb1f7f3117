/**
 * Stores: the store views of a shop, with their websites.
 */
import { type DateTime, Effect, Result, Schema } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Json } from "../../pipeline/SourceRecord.ts"
import type { CommerceClient } from "./CommerceClient.ts"
import { decodePayload, Id } from "./decodePayload.ts"
import type { StoreNames } from "./normalise.ts"

/** Names by store id, and the shop's clock when they were read. */
export interface Stores {
  readonly byId: ReadonlyMap<string, StoreNames>
  readonly now: DateTime.Utc
}

const StoreViews = Schema.Array(
  Schema.Struct({ id: Id, code: Schema.String, name: Schema.String, website_id: Id })
)

const Websites = Schema.Array(Schema.Struct({ id: Id, code: Schema.String }))

/** Reads them; needs the right Magento_Backend::store. */
export const readStores = Effect.fn("Stores.read")(function* (
  client: CommerceClient
): Effect.fn.Return<Stores, ConnectorError> {
  const decode = <Type, Encoded>(schema: Schema.Codec<Type, Encoded>, path: string, body: Json) =>
    Result.match(decodePayload(schema, `answer to ${path}`, body), {
      onFailure: (problems) =>
        Effect.fail(client.unexpected(problems.map(({ message }) => message).join(" "))),
      onSuccess: (value) => Effect.succeed(value)
    })
  const views = yield* client.get("/V1/store/storeViews")
  const sites = yield* client.get("/V1/store/websites")
  const codes = new Map(
    (yield* decode(Websites, "/V1/store/websites", sites.body)).map(({ code, id }) => [id, code] as const)
  )
  const byId = new Map(
    (yield* decode(StoreViews, "/V1/store/storeViews", views.body)).map((view) => {
      const website = codes.get(view.website_id)
      return [
        view.id,
        { code: view.code, name: view.name, ...(website === undefined ? {} : { website }) }
      ] as const
    })
  )
  return { byId, now: sites.now }
})
