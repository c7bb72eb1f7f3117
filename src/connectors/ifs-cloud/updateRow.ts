/**
 * updateRow: changes a row of IFS, never over somebody else's change.
 *
 * What to change is decided on the row as it was read, and sent with the
 * version that was read. When IFS says that the row has moved on, it is read
 * and decided again. IFS counts versions by the second: a change of somebody
 * else within the second of our reading is not refused, so only what differs
 * is sent, and the answer is looked at: where it shows a change that was not
 * ours, it is decided once more.
 */
import { Effect, Option, Result, Schema } from "effect"
import {
  type ConnectorError,
  OutcomeUnknown,
  Rejected,
  UnexpectedResponse
} from "../../pipeline/ConnectorError.ts"
import type { Json } from "../../pipeline/SourceRecord.ts"
import { ETag } from "./ETag.ts"
import type { IfsClient, RawRow } from "./IfsClient.ts"
import { changedMeanwhile } from "./ifsReason.ts"
import { type Literal, odata } from "./odata.ts"

/** Properties to change and their new values. */
export type Patch = { readonly [property: string]: Json }

/** Which row, and which of its properties are read to decide. */
export interface UpdateOf {
  /** `<Projection>.svc/<EntitySet>`. */
  readonly entitySet: string
  readonly key: Readonly<Record<string, Literal>>
  readonly select: ReadonlyArray<string>
  /** The row as somebody has decided on it: another version is not changed, but refused as `changed-meanwhile`. */
  readonly as?: RawRow
}

const attemptsMaximum = 4

const same = (left: Json | undefined, right: Json | undefined) =>
  JSON.stringify(left ?? null) === JSON.stringify(right ?? null)

/** The properties read, but for those of `patch`: whether somebody else has changed one. */
const isOthersAsRead = (of: UpdateOf, patch: Patch, read: RawRow, now: RawRow) =>
  of.select.every((property) => property in patch || same(read[property], now[property]))

const wasTaken = (patch: Patch, now: RawRow) =>
  Object.entries(patch).every(([property, value]) => same(now[property], value))

const isVersion = (of: UpdateOf, as: RawRow, now: RawRow) =>
  ["@odata.etag", ...of.select].every((property) => same(as[property], now[property]))

/**
 * Changes the row as `decide` says: it gets the row and gives the properties to
 * change, or undefined when nothing is to be changed. It may be asked several
 * times, each time with a newer row, so it must depend on nothing else.
 *
 * Gives the row as it is now. Fails with `NotFound` when there is no such row,
 * and as `changed-meanwhile` when others keep changing it. Fails with
 * `OutcomeUnknown` when no answer came and the row does not show the change:
 * IFS may still be working on it.
 */
export const updateRow = Effect.fn("updateRow")(function* (
  client: Pick<IfsClient, "row" | "patch" | "fail">,
  of: UpdateOf,
  decide: (row: RawRow) => Patch | undefined
): Effect.fn.Return<RawRow, ConnectorError> {
  const path = `${of.entitySet}${odata.key(of.key)}`
  const read = client.row(path, of.select)

  for (let attempt = 0; attempt < attemptsMaximum; attempt++) {
    const row = yield* read
    // IFS counts versions by the second, so the values are compared too.
    if (of.as !== undefined && !isVersion(of, of.as, row)) break
    const patch = decide(row)
    if (patch === undefined || Object.keys(patch).length === 0) return row
    const etag = Schema.decodeUnknownOption(ETag)(row["@odata.etag"])
    if (Option.isNone(etag)) {
      return yield* client.fail(
        new UnexpectedResponse({
          message: `${of.entitySet} gives its rows no ETag. Nothing was changed: without one, IFS would overwrite whatever stands there. Choose a projection whose rows have one.`
        })
      )
    }
    const answer = yield* Effect.result(client.patch(path, patch, etag.value))
    const refusal = Option.getOrUndefined(Result.getFailure(answer))?.reason
    if (refusal?._tag === "Rejected" && refusal.code === changedMeanwhile.code) continue
    if (refusal !== undefined && refusal._tag !== "OutcomeUnknown") return yield* client.fail(refusal)
    const now = yield* read
    if (refusal === undefined) {
      if (isOthersAsRead(of, patch, row, now)) return now
      continue
    }
    if (wasTaken(patch, now)) return now
    // Without our change, but at another version: ours will be refused, if it ever arrives.
    if (now["@odata.etag"] === row["@odata.etag"]) {
      return yield* client.fail(
        new OutcomeUnknown({
          message: `${refusal.message} ${of.entitySet} does not show the change yet.`
        })
      )
    }
  }
  return yield* client.fail(
    new Rejected({
      code: changedMeanwhile.code,
      message:
        of.as === undefined
          ? `others changed the record of ${of.entitySet} each time before we could. Retry later.`
          : changedMeanwhile.remedy
    })
  )
})
