/**
 * historyLog: which rows of a logical unit changed, as IFS's own history log tells.
 *
 * The log has only what history logging is switched on for, so a unit of which
 * it has nothing at all is refused: silence would look like "no changes".
 *
 * Source: techdocs and public clients (25R1) for the entity set and TimeStamp
 * filter; the form of Keys, `CUSTOMER_ID=1001^`, is inferred from IFS's key
 * references. Compare a line of the log on your tenant.
 */
import { Effect, Schema, type Stream } from "effect"
import { type ConnectorError, UnexpectedResponse } from "../../pipeline/ConnectorError.ts"
import type { IfsClient } from "./IfsClient.ts"
import { odata, PropertyName } from "./odata.ts"
import type { SoughtPage } from "./seekRows.ts"
import { textOf } from "./seekRows.ts"

const name = Schema.decodeSync(PropertyName)
const time = name("TimeStamp")
const id = name("LogId")
const select = [id, time, name("Keys")]

/** The values of a key reference by the names of their columns: `{ CUSTOMER_ID: "1001" }`. */
export const keyReference = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text.split("^").flatMap((part) => {
      const [, column, value] = /^(\w+)=(.*)$/u.exec(part) ?? []
      return column === undefined || value === undefined ? [] : [[column, value] as const]
    })
  )

/** The column of the database behind a property: CUSTOMER_ID of CustomerId. */
export const columnOf = (property: string): string =>
  property.replace(/(?<=[a-z\d])(?=[A-Z])/gu, "_").toUpperCase()

/** The log of one unit, from the entity set named in the connection. */
export const historyLog = (client: IfsClient, entitySet: string, unit: string) => {
  const ofUnit = odata.equal("LuName", odata.string(unit))

  /** The time of its last line. */
  const newest = Effect.gen(function* (): Effect.fn.Return<string, ConnectorError> {
    const { rows } = yield* client.rawPage(
      { entitySet, select, filter: ofUnit, orderBy: [`${time} desc`, `${id} desc`] },
      { top: 1 }
    )
    const last = textOf(rows[0] ?? {}, time)
    return (
      last ??
      (yield* client.fail(
        new UnexpectedResponse({
          message: `the history log of IFS has nothing of ${unit}, so changes would never be seen. Switch history logging on for it, correct its name, or use changes: scan.`
        })
      ))
    )
  })

  /** Its lines from a time of its own on, in their order; the first column of their place is the time. */
  const since = (from: string): Effect.Effect<Stream.Stream<SoughtPage, ConnectorError>, ConnectorError> =>
    Effect.map(
      Effect.mapError(Effect.fromOption(odata.literalOf("time", from)), () =>
        client.fail(
          new UnexpectedResponse({ message: `the history log of IFS has the time ${from}, which is none.` })
        )
      ),
      (literal) =>
        client.seek({
          entitySet,
          select,
          filter: odata.and(ofUnit, odata.greaterOrEqual(time, literal)),
          order: [
            { property: time, type: "time" },
            { property: id, type: "decimal" }
          ]
        })
    )

  return { newest, since }
}
