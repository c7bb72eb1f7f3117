/**
 * orderNumbers: the numbers of a shop's orders, and the relations an edit leaves in them.
 *
 * An edited order has the number of the original with -1, -2 behind it, and both name each other. A
 * plain re-order may have such a number as well, and then names nothing.
 *
 * Source: magento2 Sales/Model/AdminOrder/Create.php; issue 39089 for re-orders since 2.4.7.
 */
import type { PayloadObject } from "./Payload.ts"
import type { SaleDraft } from "./saleDrafts.ts"
import { incrementId } from "./timestamp.ts"

/** The number of an order, and its fields about the orders it is tied to. */
export interface OrderNumber {
  readonly number: string
  readonly relations: PayloadObject
}

/** One for each of `drafts`, which stand in the order of their time. */
export const orderNumbers = (drafts: ReadonlyArray<SaleDraft>): ReadonlyArray<OrderNumber> => {
  const counts = new Map<number, number>()
  const numbers = new Map<
    number,
    { readonly number: string; readonly first: string; readonly edits: number }
  >()
  const reordered = new Set<number>()
  const childOf = new Map(drafts.map(({ editOf, sale }) => [editOf, sale.orderId] as const))
  const latestOf = (storeId: number, before: number) =>
    drafts
      .slice(0, before)
      .findLast(
        ({ cancelledAt, editOf, sale }) =>
          sale.store.id === storeId &&
          cancelledAt === undefined &&
          editOf === undefined &&
          !sale.scenario.isReorder &&
          !reordered.has(sale.orderId)
      )
  for (const [index, { editOf, sale }] of drafts.entries()) {
    const original = editOf === undefined ? undefined : numbers.get(editOf)
    const earlier = sale.scenario.isReorder ? latestOf(sale.store.id, index) : undefined
    const copied = earlier === undefined ? undefined : numbers.get(earlier.sale.orderId)
    if (earlier !== undefined) reordered.add(earlier.sale.orderId)
    const count = (counts.get(sale.store.id) ?? 0) + 1
    if (original === undefined && copied === undefined) counts.set(sale.store.id, count)
    const plain = incrementId(sale.store, count)
    const edits = (original?.edits ?? 0) + (original === undefined ? 0 : 1)
    const first = original?.first ?? plain
    const number =
      original !== undefined ? `${first}-${edits}` : copied !== undefined ? `${copied.number}-1` : plain
    numbers.set(sale.orderId, { number, first, edits })
  }
  return drafts.map(({ editOf, sale }) => {
    const own = numbers.get(sale.orderId)
    const parent = editOf === undefined ? undefined : numbers.get(editOf)
    const child = childOf.get(sale.orderId)
    return {
      number: own?.number ?? "",
      relations: {
        ...(parent === undefined
          ? {}
          : {
              original_increment_id: parent.first,
              edit_increment: own?.edits,
              relation_parent_id: `${editOf}`,
              relation_parent_real_id: parent.number
            }),
        ...(child === undefined
          ? {}
          : { relation_child_id: `${child}`, relation_child_real_id: numbers.get(child)?.number })
      }
    }
  })
}
