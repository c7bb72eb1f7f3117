/**
 * countries: those of the local Commerce, with those of their regions that its customers live in.
 *
 * Commerce knows the regions of some countries only, and demands one in some of those.
 *
 * Source: AdobeDocs/commerce-webapi, directory-data-country-information-interface; keys of regions as
 * magento2 installs them; magento2 issue 18118 for regions where a country has none.
 */
import type { PayloadObject } from "./Payload.ts"

/** A region of a country. */
export interface Region {
  readonly id: number
  readonly code: string
  readonly name: string
}

/** A country; without regions any text is one. */
export interface Country {
  readonly code: string
  readonly name: string
  readonly regions: ReadonlyArray<Region>
  readonly needsRegion: boolean
}

const country = (
  code: string,
  name: string,
  regions: ReadonlyArray<Region> = [],
  needsRegion = false
): Country => ({ code, name, regions, needsRegion })

/** The countries that the shop sells to. */
export const countries: ReadonlyArray<Country> = [
  country("AT", "Austria", [{ id: 95, code: "WI", name: "Wien" }]),
  country("CZ", "Czechia"),
  country("DE", "Germany", [
    { id: 82, code: "BER", name: "Berlin" },
    { id: 88, code: "NRW", name: "Nordrhein-Westfalen" }
  ]),
  country("DK", "Denmark"),
  country("FR", "France", [{ id: 251, code: "69", name: "Rhône" }]),
  country("GB", "United Kingdom"),
  country("SE", "Sweden"),
  country(
    "US",
    "United States",
    [
      { id: 12, code: "CA", name: "California" },
      { id: 33, code: "MI", name: "Michigan" },
      { id: 49, code: "OR", name: "Oregon" }
    ],
    true
  )
]

/** What `GET /V1/directory/countries` answers; the keys of regions are texts there. */
export const countryPayloads: ReadonlyArray<PayloadObject> = countries.map(({ code, name, regions }) => ({
  id: code,
  two_letter_abbreviation: code,
  full_name_locale: name,
  full_name_english: name,
  available_regions:
    regions.length === 0
      ? undefined
      : regions.map((region) => ({ id: `${region.id}`, code: region.code, name: region.name }))
}))
