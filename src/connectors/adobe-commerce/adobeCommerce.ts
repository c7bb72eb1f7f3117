/**
 * adobeCommerce: the connector for Adobe Commerce and Magento Open Source.
 */
import { systemAddress } from "../../http/systemAddress.ts"
import { defineConnector } from "../../pipeline/Connector.ts"
import { companies } from "./companies.ts"
import { companyCredits } from "./companyCredits.ts"
import { Connection } from "./Connection.ts"
import { creditMemos } from "./creditMemos.ts"
import { customers } from "./customers.ts"
import { CustomersSink } from "./customers/CustomersSink.ts"
import { doors } from "./events/doors.ts"
import { guests } from "./guests.ts"
import { invoices } from "./invoices.ts"
import { orders } from "./orders.ts"
import { probe } from "./probe.ts"
import { products } from "./products.ts"
import { purchaseOrders } from "./purchaseOrders.ts"
import { reauthorise } from "./reauthorise.ts"
import { transactions } from "./transactions.ts"

/** Reads sales documents, customers, products, payments and what the B2B module keeps; writes customers and nothing else. */
export const adobeCommerce = defineConnector({
  name: "adobe-commerce",
  summary: "Adobe Commerce 2.4, on premises, Cloud or SaaS, and Magento Open Source, over REST.",
  connection: Connection,
  sources: [
    orders,
    invoices,
    creditMemos,
    customers,
    guests,
    products,
    transactions,
    companies,
    companyCredits,
    purchaseOrders
  ],
  sinks: [],
  customerSinks: [CustomersSink],
  address: ({ baseUrl, insecure }) => systemAddress(baseUrl, { insecure }),
  events: doors,
  probe,
  handshake: reauthorise
})
