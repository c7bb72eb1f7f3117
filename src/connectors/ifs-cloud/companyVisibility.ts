/**
 * companyVisibility: whether IFS shows us anything of a company at all.
 *
 * A company that is not among the Allowed Companies of our user reads as empty,
 * not as forbidden. So an empty answer is believed only after IFS has shown us
 * something of that very company.
 */
import { Effect, Ref, Schema } from "effect"
import { type ConnectorError, Unauthorized } from "../../pipeline/ConnectorError.ts"
import type { Connection } from "./Connection.ts"
import type { IfsClient } from "./IfsClient.ts"
import { odata } from "./odata.ts"

const Sentinel = Schema.Struct({ Company: Schema.String, Account: Schema.String })

/**
 * A proof for each company. It fails unless IFS has shown us an account of the
 * company; what it learns lasts as long as the value. `doubt` says what cannot
 * be believed otherwise, and `place` where the company is written.
 */
export const companyVisibility = Effect.fn("companyVisibility")(function* (
  client: IfsClient,
  connection: Connection,
  words: { readonly doubt: string; readonly place: string }
) {
  const visible = yield* Ref.make<ReadonlySet<string>>(new Set())
  return Effect.fn("companyVisibility.prove")(function* (
    company: string
  ): Effect.fn.Return<void, ConnectorError> {
    if ((yield* Ref.get(visible)).has(company)) return
    const sentinel = yield* client.page(
      {
        entitySet: connection.projections.accounts,
        row: Sentinel,
        filter: odata.equal("Company", odata.string(company)),
        orderBy: ["Company", "Account"]
      },
      { top: 1 }
    )
    if (!sentinel.rows.some((row) => row.Company === company)) {
      return yield* client.fail(
        new Unauthorized({
          message: `IFS shows nothing of company ${company} to our user, so ${words.doubt} cannot be believed. Add the company to the Allowed Companies of the service user, or correct ${words.place}.`
        })
      )
    }
    yield* Ref.update(visible, (companies) => new Set([...companies, company]))
  })
})
