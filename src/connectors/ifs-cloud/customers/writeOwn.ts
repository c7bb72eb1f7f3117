/**
 * writeOwn: changes the customer's own row in IFS.
 */
import type { Effect } from "effect"
import type { ConnectorError } from "../../../pipeline/ConnectorError.ts"
import type { CustomerChange } from "../../../pipeline/CustomerSink.ts"
import { odata } from "../odata.ts"
import { customerProperties } from "./customerProperties.ts"
import type { CustomerReading, ReadCustomer } from "./CustomerRows.ts"
import type { CustomersConfig } from "./CustomersConfig.ts"
import { setRow } from "./setRow.ts"

/** Writes what the change names of the row, and the row does not have so. */
export const writeOwn = (
  { client, connection }: CustomerReading,
  config: CustomersConfig,
  { id, row }: ReadCustomer,
  change: CustomerChange
): Effect.Effect<void, ConnectorError> =>
  setRow(
    client,
    { entitySet: connection.projections.customers, key: { CustomerId: odata.string(id) }, as: row },
    customerProperties(change, config)
  )
