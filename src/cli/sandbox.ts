/**
 * sandbox: a local Commerce and a local IFS to try things on.
 */
import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { defaultDocuments, defaultSeed } from "../sandbox/commerce/generateShop.ts"
import { type Sandbox, startSandbox } from "../sandbox/Sandbox.ts"
import { EnvironmentWrong } from "./exitCode.ts"
import { indented } from "./columns.ts"
import { styled } from "./styled.ts"

const families = ["hmac", "commerce-webhooks", "io-events"] as const

/** Reports every invoice of the shop, as soon as the listener is there. */
const reportInvoices = Effect.fn("sandbox.reportInvoices")(function* (running: Sandbox, target: string) {
  const { invoices } = yield* running.commerce.shop
  const deliveries = yield* Effect.forEach(invoices, (invoice, index) =>
    running.events.report(
      families[index % families.length] ?? "hmac",
      [{ resource: "invoice", id: String(invoice["entity_id"]), isNew: true }],
      target
    )
  )
  const taken = deliveries.filter(({ status }) => status >= 200 && status < 300).length
  yield* Console.log(`${taken} of ${deliveries.length} invoices reported to ${target}`)
})

/** `ledgerline sandbox`. */
export const sandbox = Command.make(
  "sandbox",
  {
    documents: Flag.Int("documents").pipe(
      Flag.withDescription(`invoices and credit memos in the shop (default: ${defaultDocuments})`),
      Flag.withDefault(defaultDocuments)
    ),
    seed: Flag.Int("seed").pipe(
      Flag.withDescription(`another seed makes another shop (default: ${defaultSeed})`),
      Flag.withDefault(defaultSeed)
    ),
    folder: Flag.String("folder").pipe(
      Flag.withDescription("where its connections file and books are kept (default: .ledgerline/sandbox)"),
      Flag.withDefault(".ledgerline/sandbox")
    ),
    deployment: Flag.Literals("deployment", ["paas", "saas"]).pipe(
      Flag.withDescription("which kind of Commerce (default: paas)"),
      Flag.withDefault("paas")
    ),
    commercePort: Flag.Int("commerce-port").pipe(
      Flag.withDescription("default: 4010"),
      Flag.withDefault(4010)
    ),
    ifsPort: Flag.Int("ifs-port").pipe(Flag.withDescription("default: 4020"), Flag.withDefault(4020)),
    requestsPerMinute: Flag.Int("requests-per-minute").pipe(
      Flag.withDescription("limit of the local IFS; 0 allows any number (default: 0)"),
      Flag.withDefault(0)
    ),
    events: Flag.String("events").pipe(
      Flag.withDescription(
        "address of a listener, such as http://127.0.0.1:8080: every invoice is reported to it once, by three families in turn"
      ),
      Flag.optional
    )
  },
  Effect.fn("sandbox")(function* ({
    commercePort,
    deployment,
    documents,
    events,
    folder,
    ifsPort,
    requestsPerMinute,
    seed
  }) {
    const running = yield* startSandbox({
      folder,
      seed,
      documents,
      deployment,
      commercePort,
      ifsPort,
      ifsRequestsPerMinute: requestsPerMinute,
      keepsBooks: true
    }).pipe(
      Effect.catchTag("ServeError", () =>
        Effect.fail(
          new EnvironmentWrong({
            message: `port ${commercePort} or ${ifsPort} cannot be listened on. Stop what uses it, or give --commerce-port and --ifs-port.`
          })
        )
      )
    )
    yield* Console.log(
      [
        `Adobe Commerce  ${running.commerce.url}   with ${documents} documents`,
        `IFS Cloud       ${running.ifs.url}   company 10`,
        "",
        "In another terminal, with a state of its own, so that it is never taken for that of a real shop:",
        indented(
          [
            `export LEDGERLINE_FOLDER=${folder}/state`,
            `npx ledgerline ping --connections ${running.connections}`,
            `npx ledgerline dry-run invoices-to-gl --connections ${running.connections}`,
            `npx ledgerline run --once --connections ${running.connections}`
          ].join("\n")
        ),
        "",
        ...(deployment === "paas"
          ? [
              "New credentials for the shop: the first in one terminal, then the second in another:",
              indented(
                [
                  `npx ledgerline connect commerce shop --connections ${running.connections}`,
                  `curl -X POST ${running.commerce.url}/sandbox/reauthorize -d '{"callbackUrl":"http://127.0.0.1:4030/"}'`
                ].join("\n")
              ),
              ""
            ]
          : []),
        "What the local IFS holds, and a failure on request:",
        indented(
          [
            `curl ${running.ifs.url}/sandbox/books`,
            `curl -X POST ${running.ifs.url}/sandbox/faults -H 'content-type: application/json' -d '{"match":"POST VoucherEntry_CreateVoucher","kind":"after-commit","times":1}'`
          ].join("\n")
        ),
        "",
        styled("dim", "stop with Ctrl-C")
      ].join("\n")
    )
    if (Option.isSome(events)) yield* reportInvoices(running, events.value)
    return yield* Effect.never
  }, Effect.scoped)
).pipe(
  Command.withDescription("Start a local Commerce and a local IFS, as strict as the real ones"),
  Command.withExamples([
    { command: "ledgerline sandbox", description: "On ports 4010 and 4020" },
    {
      command: "ledgerline sandbox --documents 1000 --requests-per-minute 1000",
      description: "A larger shop, a slower ledger"
    }
  ])
)
