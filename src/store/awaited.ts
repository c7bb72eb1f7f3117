/**
 * awaited: which customers waiting documents wait for.
 */
import type { SqlClient } from "effect/sql"

/**
 * A query of one row for each waiting document and customer: `item` is the error item, `asked_at` when the customer
 * was asked for on its account. What it filters by is what the index `error_item_awaits` holds.
 */
export const awaited = (sql: SqlClient.SqlClient) => sql`
  SELECT item.id AS item, item.pipeline, item.asked_at, awaits.pair, awaits.side, awaits.id AS customer, awaits."create"
  FROM error_item item
  CROSS JOIN LATERAL jsonb_to_recordset(item.problems) AS problem (awaits jsonb)
  CROSS JOIN LATERAL jsonb_to_record(problem.awaits) AS awaits (pair text, side text, id text, "create" boolean)
  WHERE item.state IN ('open', 'retrying') AND item.problems @> '[{"code": "lookup/not-linked"}]'
    AND awaits.pair IS NOT NULL`
