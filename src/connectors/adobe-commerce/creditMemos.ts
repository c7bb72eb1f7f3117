/**
 * creditMemos: the source `adobe-commerce/credit-memos`.
 */
import { Effect, Schema } from "effect"
import { documentsConfig } from "./documentsConfig.ts"
import { documentSource } from "./documentSource.ts"
import { creditMemoKind } from "./normaliseCreditMemo.ts"

const Config = Schema.Struct({
  ...documentsConfig,
  states: Schema.Array(Schema.Literals(["open", "refunded", "cancelled"]))
    .annotate({
      description:
        "Which credit memos to read. With `open`, list `cancelled` too, so that what was posted is taken back.",
      default: ["refunded"],
      factSource: "states: magento2 Sales/Model/Order/Creditmemo.php; which to post is our own choice",
      examples: [["refunded"]]
    })
    .check(Schema.isMinLength(1))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(["refunded"] as const)))
}).annotate({ identifier: "AdobeCommerceCreditMemos" })

/** Reads GET /V1/creditmemos by `updated_at`, and the order of each. The path of a single one is /V1/creditmemo. */
export const creditMemos = documentSource(
  {
    type: "adobe-commerce/credit-memos",
    summary: "Reads credit memos and their orders from Adobe Commerce, as credit notes.",
    kind: creditMemoKind,
    list: "creditmemos",
    one: "creditmemo",
    orderIn: "order_id",
    needsOrder: true
  },
  Config
)
