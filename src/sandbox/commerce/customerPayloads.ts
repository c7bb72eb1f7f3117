/**
 * customerPayloads: the invented customers of the generated shop, and the addresses of those who have no account.
 */
import type { PayloadObject } from "./Payload.ts"
import type { StoreView } from "./storefront.ts"
import { storeViews } from "./storefront.ts"
import type { Destination } from "./taxRatesFor.ts"

/** A buyer with an address; `customerId` is absent for guests and for deleted customers. */
export interface Person {
  readonly customerId?: number
  readonly groupId: number
  readonly firstName: string
  readonly lastName: string
  readonly email: string
  readonly company?: { readonly id: number; readonly name: string; readonly vatId: string }
  readonly address: Address
}

/** A postal address. */
export interface Address {
  readonly country: string
  readonly region?: { readonly id: number; readonly code: string; readonly name: string }
  readonly city: string
  readonly postcode: string
  readonly street: string
}

const oregon = { id: 49, code: "OR", name: "Oregon" }
const california = { id: 12, code: "CA", name: "California" }

const addresses = {
  berlin: { country: "DE", city: "Berlin", postcode: "10115", street: "Invalidenstr. 4" },
  koeln: { country: "DE", city: "Köln", postcode: "50667", street: "Domgasse 12" },
  wien: { country: "AT", city: "Wien", postcode: "1010", street: "Herrengasse 7" },
  lyon: { country: "FR", city: "Lyon", postcode: "69002", street: "8 rue de la Charité" },
  odense: { country: "DK", city: "Odense", postcode: "5000", street: "Vestergade 21" },
  fresno: { country: "US", city: "Fresno", postcode: "93721", street: "410 Tulare St", region: california },
  salem: { country: "US", city: "Salem", postcode: "97301", street: "77 Court St", region: oregon }
} as const satisfies Record<string, Address>

const person = (
  name: string,
  address: Address,
  account: Pick<Person, "customerId" | "groupId" | "company">
): Person => {
  const [firstName = "", lastName = ""] = name.split(" ")
  const local = `${firstName}.${lastName}`
    .toLowerCase()
    .normalize("NFKD")
    .replaceAll(/[^a-z.]/gu, "")
  return { firstName, lastName, email: `${local}@example.com`, address, ...account }
}

const nord = { id: 1, name: "Nord Ausstatter GmbH", vatId: "DE123456788" }
const alpen = { id: 2, name: "Alpen Handel GmbH", vatId: "ATU12345675" }

const registered: ReadonlyArray<Person> = [
  person("Greta Sommer", addresses.berlin, { customerId: 1, groupId: 1 }),
  person("Jörg Brandt", addresses.koeln, { customerId: 2, groupId: 1 }),
  person("Lena Huber", addresses.wien, { customerId: 3, groupId: 1 }),
  person("Élise Moreau", addresses.lyon, { customerId: 4, groupId: 1 }),
  person("Mads Holm", addresses.odense, { customerId: 5, groupId: 1 }),
  person("Dana Reyes", addresses.fresno, { customerId: 6, groupId: 1 }),
  person("Owen Blake", addresses.salem, { customerId: 7, groupId: 3 }),
  person("Petra Lang", addresses.koeln, { customerId: 8, groupId: 2, company: nord }),
  person("Tomas Auer", addresses.wien, { customerId: 9, groupId: 2, company: alpen })
]

const unregistered: ReadonlyArray<Person> = [
  person("Hanna Vogt", addresses.berlin, { groupId: 0 }),
  person("Emil Roth", addresses.koeln, { groupId: 0 }),
  person("Rita Cole", addresses.salem, { groupId: 0 }),
  person("Sam Ortiz", addresses.fresno, { groupId: 0 })
]

/** Those who can make a sale: from the right place, in the wholesale store only companies. */
export const buyersFor = (sale: {
  readonly buyer: "customer" | "guest" | "deleted"
  readonly destination: Destination
  readonly store: StoreView
}): ReadonlyArray<Person> => {
  const isWholesale = sale.store.id === storeViews.b2b.id
  const fits = ({ address, company }: Person) =>
    address.country === sale.destination.country &&
    (sale.destination.region === undefined || address.region?.code === sale.destination.region) &&
    isWholesale === (company !== undefined)
  if (sale.buyer === "customer") return registered.filter(fits)
  // Deleting an account clears customer_id on its orders; the group stays what it was.
  return unregistered.filter(fits).map((each) => (sale.buyer === "deleted" ? { ...each, groupId: 1 } : each))
}

/** What `GET /V1/customers/search` answers. Customer addresses nest the region; order addresses do not. */
export const customerPayloads: ReadonlyArray<PayloadObject> = registered.map((each) => ({
  id: each.customerId,
  group_id: each.groupId,
  default_billing: `${each.customerId}`,
  default_shipping: `${each.customerId}`,
  created_at: "2026-07-01 09:00:00",
  updated_at: "2026-08-20 09:00:00",
  created_in: "Default Store View",
  email: each.email,
  firstname: each.firstName,
  lastname: each.lastName,
  store_id: 1,
  taxvat: each.company?.vatId,
  website_id: 1,
  addresses: [
    {
      id: each.customerId,
      customer_id: each.customerId,
      region:
        each.address.region === undefined
          ? undefined
          : {
              region_code: each.address.region.code,
              region: each.address.region.name,
              region_id: each.address.region.id
            },
      region_id: each.address.region?.id ?? 0,
      country_id: each.address.country,
      street: [each.address.street],
      company: each.company?.name,
      telephone: "000000000",
      postcode: each.address.postcode,
      city: each.address.city,
      firstname: each.firstName,
      lastname: each.lastName,
      vat_id: each.company?.vatId,
      default_shipping: true,
      default_billing: true
    }
  ],
  disable_auto_group_change: 0,
  extension_attributes:
    each.company === undefined
      ? []
      : {
          company_attributes: { customer_id: each.customerId, company_id: each.company.id, status: 1 },
          is_subscribed: false
        }
}))

/** What `GET /V1/company` answers. The region of a company is flat, and its key a text. */
export const companyPayloads: ReadonlyArray<PayloadObject> = registered.flatMap((each) =>
  each.company === undefined
    ? []
    : [
        {
          id: each.company.id,
          status: 1,
          company_name: each.company.name,
          legal_name: each.company.name,
          company_email: each.email,
          vat_tax_id: each.company.vatId,
          street: [each.address.street],
          city: each.address.city,
          country_id: each.address.country,
          region: each.address.region?.name,
          region_id: each.address.region === undefined ? undefined : `${each.address.region.id}`,
          postcode: each.address.postcode,
          telephone: "000000000",
          customer_group_id: each.groupId,
          sales_representative_id: 1,
          reject_reason: null,
          rejected_at: null,
          super_user_id: each.customerId
        }
      ]
)

/** The flat address of an order. */
export const addressFields = (
  buyer: Person,
  type: "billing" | "shipping",
  ids: { readonly entityId: number; readonly orderId: number }
): PayloadObject => ({
  address_type: type,
  city: buyer.address.city,
  company: buyer.company?.name,
  country_id: buyer.address.country,
  customer_address_id: buyer.customerId,
  email: buyer.email,
  entity_id: ids.entityId,
  firstname: buyer.firstName,
  lastname: buyer.lastName,
  parent_id: ids.orderId,
  postcode: buyer.address.postcode,
  region: buyer.address.region?.name,
  region_code: buyer.address.region?.code,
  region_id: buyer.address.region?.id,
  street: [buyer.address.street],
  telephone: "000000000",
  vat_id: buyer.company?.vatId
})
