/**
 * TemporaryVouchers: vouchers being entered in the assistant.
 *
 * A temporary voucher survives its requests and is not used up when the real
 * voucher is created from it: creating twice makes two vouchers. They live in
 * memory only, and of the finished ones the latest thousand are kept.
 */
import { Effect, Option } from "effect"
import type { Row, Values } from "./EntityType.ts"
import { notFound } from "./IfsError.ts"
import type { IfsError } from "./IfsError.ts"

/** The header as sent, with its Objkey and ETag, and the rows so far. */
export interface TemporaryVoucher {
  readonly header: Row
  readonly rows: ReadonlyArray<Values>
  readonly isFinished: boolean
}

/** The temporary vouchers of one server. */
export interface TemporaryVouchers {
  readonly put: (objkey: string, voucher: TemporaryVoucher) => void
  /** The voucher under `objkey`; 404 if it was removed or never existed. */
  readonly get: (objkey: string) => Effect.Effect<TemporaryVoucher, IfsError>
  readonly remove: (objkey: string) => void
  /** How many were neither removed nor turned into a voucher. */
  readonly unfinished: () => number
}

const finishedMaximum = 1000

/** No temporary vouchers yet. */
export const makeTemporaryVouchers = (): TemporaryVouchers => {
  const vouchers = new Map<string, TemporaryVoucher>()
  const finished = new Set<string>()

  const remove = (objkey: string) => {
    vouchers.delete(objkey)
    finished.delete(objkey)
  }

  return {
    put: (objkey, voucher) => {
      vouchers.set(objkey, voucher)
      if (voucher.isFinished) finished.add(objkey)
      const [oldest] = finished
      if (finished.size > finishedMaximum && oldest !== undefined) remove(oldest)
    },
    get: (objkey) =>
      Effect.mapError(Effect.fromOption(Option.fromNullishOr(vouchers.get(objkey))), () =>
        notFound(`There is no temporary voucher with the Objkey '${objkey}'.`)
      ),
    remove,
    unfinished: () => vouchers.size - finished.size
  }
}
