/**
 * storefront: the website of the generated shop, its three store views and its customer groups.
 *
 * One website, so one base currency (EUR) and one set of books; store view 3 sells in USD.
 */
import type { PayloadObject } from "./Payload.ts"

/** A store view as the generator needs it. */
export interface StoreView {
  readonly id: number
  readonly code: string
  readonly name: string
  readonly currency: string
  /** Catalogue prices, shipping and discounts include tax. */
  readonly pricesIncludeTax: boolean
}

/** The store views by their code. */
export const storeViews = {
  default: { id: 1, code: "default", name: "Web shop DE", currency: "EUR", pricesIncludeTax: true },
  b2b: { id: 2, code: "b2b", name: "Wholesale", currency: "EUR", pricesIncludeTax: false },
  us: { id: 3, code: "us", name: "US shop", currency: "USD", pricesIncludeTax: false }
} as const satisfies Record<string, StoreView>

const settings: ReadonlyArray<StoreView & { readonly locale: string; readonly timezone: string }> = [
  { ...storeViews.default, locale: "de_DE", timezone: "Europe/Berlin" },
  { ...storeViews.b2b, locale: "de_DE", timezone: "Europe/Berlin" },
  { ...storeViews.us, locale: "en_US", timezone: "America/Los_Angeles" }
]

const admin = { id: 0, code: "admin", name: "Admin", website_id: 0, store_group_id: 0, is_active: 1 }

/** What the store endpoints and `customerGroups/search` answer; the admin scope (id 0) comes along, as in Commerce. */
export const storefront: {
  readonly websites: ReadonlyArray<PayloadObject>
  readonly stores: ReadonlyArray<PayloadObject>
  readonly storeConfigs: ReadonlyArray<PayloadObject>
  readonly customerGroups: ReadonlyArray<PayloadObject>
} = {
  websites: [
    { id: 0, code: "admin", name: "Admin", default_group_id: 0 },
    { id: 1, code: "base", name: "Main Website", default_group_id: 1 }
  ],
  stores: [
    admin,
    ...settings.map(({ id, code, name }) => ({
      id,
      code,
      name,
      website_id: 1,
      store_group_id: 1,
      is_active: 1
    }))
  ],
  storeConfigs: settings.map((view) => ({
    id: view.id,
    code: view.code,
    website_id: 1,
    locale: view.locale,
    base_currency_code: "EUR",
    default_display_currency_code: view.currency,
    timezone: view.timezone,
    weight_unit: "kgs",
    ...Object.fromEntries(
      ["base", "secure_base"].flatMap((prefix) =>
        [
          ["url", ""],
          ["link_url", ""],
          ["static_url", "static/"],
          ["media_url", "media/"]
        ].map(([suffix, path]) => [`${prefix}_${suffix}`, `https://shop.example.com/${path}`])
      )
    )
  })),
  customerGroups: [
    { id: 0, code: "NOT LOGGED IN", tax_class_id: 3, tax_class_name: "Retail Customer" },
    { id: 1, code: "General", tax_class_id: 3, tax_class_name: "Retail Customer" },
    { id: 2, code: "Wholesale", tax_class_id: 3, tax_class_name: "Retail Customer" },
    { id: 3, code: "Retailer", tax_class_id: 3, tax_class_name: "Retail Customer" }
  ]
}
