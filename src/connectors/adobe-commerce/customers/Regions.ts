/**
 * Regions: the keys that a shop has for states and provinces.
 *
 * Commerce knows the regions of some countries, and takes only their keys
 * there; in all others a region is a text without a key.
 *
 * Source: AdobeDocs/commerce-webapi, directory-data-country-information-interface; magento2 issue 18118.
 */
import { Effect, Ref, Result, Schema } from "effect"
import type { ConnectorError } from "../../../pipeline/ConnectorError.ts"
import type { PostalAddress } from "../../../pipeline/Customer.ts"
import type { CommerceClient } from "../CommerceClient.ts"
import { decodePayload, Id } from "../decodePayload.ts"

/** A region as an address of a customer has it; the key 0 stands for none. */
export interface RegionField {
  readonly region_id: number
  readonly region_code: string
  readonly region: string
}

const CountryInformation = Schema.Struct({
  available_regions: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({
        id: Id,
        code: Schema.optionalKey(Schema.String),
        name: Schema.optionalKey(Schema.String)
      })
    )
  )
})
type Known = NonNullable<(typeof CountryInformation.Type)["available_regions"]>

/** Gives the region of an address, with the shop's key where it has one for it. */
export type Regions = (
  address: Pick<PostalAddress, "country" | "region" | "regionCode">
) => Effect.Effect<RegionField, ConnectorError>

const same = (left: string | undefined, right: string | undefined) =>
  left !== undefined && right !== undefined && left.trim().toLowerCase() === right.trim().toLowerCase()

/** Asks for each country once. */
export const makeRegions = Effect.fn("Regions.make")(function* (
  client: CommerceClient
): Effect.fn.Return<Regions> {
  const known = yield* Ref.make<ReadonlyMap<string, Known>>(new Map())

  const ofCountry = Effect.fn("Regions.ofCountry")(function* (
    country: string
  ): Effect.fn.Return<Known, ConnectorError> {
    const before = (yield* Ref.get(known)).get(country)
    if (before !== undefined) return before
    const path = `/V1/directory/countries/${encodeURIComponent(country)}`
    const answer = yield* Effect.result(client.get(path))
    // A country that the shop does not have is for the shop to refuse.
    if (Result.isFailure(answer) && answer.failure.reason._tag === "NotFound") return []
    const { body } = yield* Effect.fromResult(answer)
    const decoded = decodePayload(CountryInformation, `answer to ${path}`, body)
    if (Result.isFailure(decoded)) {
      return yield* client.unexpected(decoded.failure.map(({ message }) => message).join(" "))
    }
    const regions = decoded.success.available_regions ?? []
    yield* Ref.update(known, (all) => new Map([...all, [country, regions]]))
    return regions
  })

  return Effect.fn("Regions.of")(function* ({ country, region, regionCode }) {
    const text = region ?? regionCode ?? ""
    if (country === undefined || text === "") return { region_id: 0, region_code: "", region: "" }
    const regions = yield* ofCountry(country)
    const found =
      regions.find(({ code }) => same(code, regionCode)) ??
      regions.find(({ code, name }) => same(name, region) || same(code, region) || same(name, regionCode))
    return found === undefined
      ? { region_id: 0, region_code: text, region: text }
      : { region_id: Number(found.id), region_code: found.code ?? "", region: found.name ?? "" }
  })
})
