/**
 * setRow: changes one row of a customer, as it was read.
 */
import { Effect } from "effect"
import type { ConnectorError } from "../../../pipeline/ConnectorError.ts"
import type { IfsClient, RawRow } from "../IfsClient.ts"
import type { Literal } from "../odata.ts"
import type { Patch } from "../updateRow.ts"
import { differing } from "./customerProperties.ts"

/** A row: where it stands, and its properties as they were read. */
export interface RowAsRead {
  readonly entitySet: string
  readonly key: Readonly<Record<string, Literal>>
  readonly as: RawRow
}

/** Sends those of `wanted` that the row does not have so; a row that has moved on since is refused as `changed-meanwhile`. */
export const setRow = (
  client: IfsClient,
  row: RowAsRead,
  wanted: Patch
): Effect.Effect<void, ConnectorError> => {
  const patch = differing(row.as, wanted)
  const select = Object.keys(row.as).filter((name) => !name.startsWith("@"))
  return Object.keys(patch).length === 0
    ? Effect.void
    : Effect.asVoid(client.update({ ...row, select }, () => patch))
}
