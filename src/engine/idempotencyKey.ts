/**
 * idempotencyKey: the name of an entry across retries, crashes and redeploys.
 *
 * Made of what the entry is, never of the pipeline's name or the time, so that
 * a renamed pipeline or a second run finds what the first one did.
 */

/** What an entry is. `revision` is ours; `remap` counts new mappings of a revision that the ledger definitely refused. */
export interface EntryIdentity {
  readonly sinkConnection: string
  readonly company: string
  readonly sourceConnection: string
  readonly resource: string
  readonly id: string
  readonly revision: number
  readonly remap: number
  readonly kind: "post" | "reversal"
}

/** `erp/10/shop/invoice/3/1/post`: equal for the same entry, different for any other. */
export const idempotencyKey = (entry: EntryIdentity): string =>
  [
    entry.sinkConnection,
    entry.company,
    entry.sourceConnection,
    entry.resource,
    entry.id,
    entry.remap === 0 ? `${entry.revision}` : `${entry.revision}.${entry.remap}`,
    entry.kind
  ]
    .map(encodeURIComponent)
    .join("/")
