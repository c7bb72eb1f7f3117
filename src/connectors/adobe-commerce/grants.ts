/**
 * grants: where a right of Commerce is granted, in the words of its Admin.
 *
 * Answers name a resource, such as `Magento_Sales::actions_view`; people see a
 * tree of boxes to tick. Sources need the first ones.
 *
 * Source: magento2 etc/acl.xml of the modules named in the resources.
 */

const places: ReadonlyMap<string, string> = new Map([
  ["Magento_Sales::actions_view", "Sales > Operations > Orders > Actions > View"],
  ["Magento_Sales::invoice", "Sales > Operations > Orders > Actions > Invoice"],
  ["Magento_Sales::sales_invoice", "Sales > Operations > Invoices"],
  ["Magento_Sales::creditmemo", "Sales > Operations > Orders > Actions > Credit Memos"],
  ["Magento_Sales::sales_creditmemo", "Sales > Operations > Credit Memos"],
  ["Magento_Sales::transactions_fetch", "Sales > Operations > Transactions > Fetch"],
  ["Magento_Backend::store", "Stores > Settings > All Stores"],
  ["Magento_Customer::manage", "Customers > All Customers"],
  ["Magento_Customer::group", "Customers > Customer Groups"],
  ["Magento_Catalog::products", "Catalog > Inventory > Products"],
  ["Magento_Catalog::categories", "Catalog > Inventory > Categories"],
  ["Magento_Tax::manage_tax", "Stores > Taxes"]
])

/** The resources of an answer, several separated by commas, each with its place in the Admin where it is known. */
export const grants = (resources: string): string =>
  resources
    .split(/,\s*/u)
    .map((resource) => {
      const place = places.get(resource)
      return place === undefined ? resource : `${resource} (${place})`
    })
    .join(", ")
