/**
 * CommerceRefusal: an error answer of Adobe Commerce.
 *
 * As in Commerce the placeholders of the message (`%1`, `%fieldName`) are not filled in: the values
 * stand beside it. A missing permission is 401, a refusal for business reasons 400.
 */
import { Schema } from "effect"
import type { PayloadObject } from "./Payload.ts"

/** The status and the body of a refusal. `parameters` is a list for `%1`, a map for `%name`. */
export class CommerceRefusal extends Schema.TaggedError<CommerceRefusal>()("CommerceRefusal", {
  status: Schema.Int,
  message: Schema.String,
  parameters: Schema.optionalKey(
    Schema.Union([
      Schema.Array(Schema.String),
      Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Int]))
    ])
  ),
  /** Commerce prints an empty `trace` with errors of routing. */
  hasTrace: Schema.optionalKey(Schema.Boolean)
}) {
  /** The JSON body. */
  get body(): PayloadObject {
    return {
      message: this.message,
      parameters: this.parameters,
      ...(this.hasTrace === true ? { trace: null } : {})
    }
  }
}

/** 404 for an unknown path, method, store code or module. */
export const noRoute = new CommerceRefusal({
  status: 404,
  message: "Request does not match any route.",
  hasTrace: true
})

/** 404 for an id that does not exist. */
export const noEntity = new CommerceRefusal({
  status: 404,
  message: "The entity that was requested doesn't exist. Verify the entity and try again."
})

/** 404 for a customer that does not exist, perhaps no longer. */
export const noSuchCustomer = (id: number) =>
  new CommerceRefusal({
    status: 404,
    message: "No such entity with %fieldName = %fieldValue",
    parameters: { fieldName: "customerId", fieldValue: id }
  })

/** 401 for a right that was not granted; Commerce says the same of a wrong token. */
export const notGranted = (resource: string) =>
  new CommerceRefusal({
    status: 401,
    message: "The consumer isn't authorized to access %resources.",
    parameters: { resources: resource }
  })

/** 500 for a document that the shop's own code cannot print. */
export const failsInside = new CommerceRefusal({
  status: 500,
  message: "Internal Error. Details are available in Magento log file. Report ID: webapi-0000000000001"
})
