/**
 * linksOfAddress: whom the customers of one e-mail address are linked to.
 */
import { Effect, Schema } from "effect"
import { type SqlClient, SqlSchema } from "effect/sql"
import { otherSide, Side } from "./CustomerLink.ts"

const column = (side: Side) => (side === "left" ? "left_id" : "right_id")

/** Ids on the side opposite; null for one who is being created there. Of those of whom an address was agreed on, or sent. */
export const linksOfAddress = (sql: SqlClient.SqlClient) => {
  const select = SqlSchema.findAll({
    Request: Schema.Struct({ pair: Schema.String, side: Side, address: Schema.String }),
    Result: Schema.Struct({ id: Schema.NullOr(Schema.String) }),
    execute: ({ address, pair, side }) => sql`
      SELECT DISTINCT ${sql(column(otherSide(side)))} AS id FROM customer_link
      WHERE pair = ${pair} AND state <> 'closed'
        AND lower(btrim(coalesce(bases -> ${side}::text ->> 'email', intent -> 'sent' ->> 'email')))
          = lower(btrim(${address}))
      ORDER BY 1`
  })
  return (pair: string, side: Side, address: string) =>
    Effect.map(select({ pair, side, address }), (found) => found.map(({ id }) => id))
}
