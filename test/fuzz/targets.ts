/**
 * targets: what is fuzzed, each as a function that must take any text.
 */
import { readdirSync, readFileSync } from "node:fs"
import { Effect, Predicate, Result, Schema } from "effect"
import { connectionsSchema } from "../../src/config/connectionsSchema.ts"
import { decodeYaml } from "../../src/config/decodeYaml.ts"
import { parseYaml } from "../../src/config/parseYaml.ts"
import { pipelineSchema } from "../../src/config/pipelineSchema.ts"
import { ifsCloud } from "../../src/connectors/ifs-cloud/ifsCloud.ts"
import { adobeCommerce } from "../../src/connectors/adobe-commerce/adobeCommerce.ts"
import { Connection as CommerceConnection } from "../../src/connectors/adobe-commerce/Connection.ts"
import { refusal } from "../../src/connectors/adobe-commerce/refusal.ts"
import { ifsReason } from "../../src/connectors/ifs-cloud/ifsReason.ts"
import { connectors } from "../../src/connectors/registry.ts"
import { parseExactJson } from "../../src/http/parseExactJson.ts"
import { readCsv } from "../../src/mapping/Table.ts"
import { unknownShape } from "../../src/pipeline/Shape.ts"
import { generateShop } from "../../src/sandbox/commerce/generateShop.ts"
import { printPayload } from "../../src/sandbox/commerce/Payload.ts"
import { compileTransform } from "../../src/transform/compileTransform.ts"
import { doorTarget } from "./doorTarget.ts"

/** What came of one input: a word for the statistics, and all that a person would be shown. */
export interface Outcome {
  readonly word: string
  readonly shown: string
  /** What must not have happened, if it has. */
  readonly finding?: string
}

/** Something that takes texts; `seeds` are right ones. It fails or dies only when it has a defect. */
export interface Target {
  readonly seeds: ReadonlyArray<string>
  readonly take: (text: string, secret: string) => Effect.Effect<Outcome>
}

const root = new URL("../../", import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), "utf8")
const filesIn = (folder: string, ending: string) =>
  readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith(ending))
    .map((name) => read(`${folder}/${name}`))

const outcome = (word: string, shown: unknown): Outcome => ({ word, shown: JSON.stringify(shown) ?? "" })

const pipelineFiles = [
  ...filesIn("pipelines", ".yaml"),
  ...filesIn("pipelines/with-orders", ".yaml"),
  ...filesIn("pipelines/customers", ".yaml")
]
const isConnections = (text: string) => text.includes("connections:")

const yamlTarget = (options: {
  readonly schema: Schema.Codec<unknown, unknown>
  readonly seeds: ReadonlyArray<string>
  readonly isConfidential: boolean
}): Target => ({
  seeds: options.seeds,
  take: (text, secret) =>
    Effect.sync(() => {
      const given = options.isConfidential ? text.replaceAll(/LEDGERLINE_\w+/gu, secret) : text
      const { issues, yaml } = parseYaml("fuzzed.yaml", given)
      if (yaml === undefined) return outcome("unreadable", issues)
      const decoded = decodeYaml(options.schema, yaml, options)
      return Result.isFailure(decoded)
        ? outcome("refused", [...issues, ...decoded.failure])
        : outcome("accepted", issues)
    })
})

const expressions = [
  '$merge([$, { "channel": store.code = "b2b" ? "wholesale" : "web" }])',
  '{ "sum": $amountSum(lines.net), "x": $replace(number, /-(\\d)/, "/$1"), "y": [1..3] }',
  '( $first := lines[0]; { "x": $first.sku & "!", "parts": $amountAllocate("10.00", ["1","1"]) } )',
  '{ "x": lines[productType = "bundle" and $contains(sku, /^B-/i)].{ "s": $uppercase(sku) }, "n": $count(lines) * 2 - 1 }',
  '{ "x": $join($distinct(lines.sku), ", "), "l": $lookup({"b2b": "w"}, store.code), "d": raw.note ?? "none" }'
]

const record = {
  number: "1000042",
  store: { id: "1", code: "b2b" },
  lines: [
    { sku: "A-1", productType: "simple", net: "60.00" },
    { sku: "B-2", productType: "bundle", net: "40.00" }
  ],
  totals: { grand: "119.00", net: "100.00", tax: "19.00" },
  raw: { note: "y".repeat(5_000), items: Array.from({ length: 400 }, (_, number) => ({ number })) }
}

const commerceConnection = Schema.decodeUnknownSync(CommerceConnection)({
  baseUrl: "https://shop.example.com",
  credentials: Object.fromEntries(
    ["consumerKey", "consumerSecret", "accessToken", "accessTokenSecret"].map((name) => [name, { env: name }])
  )
})
const ifsConnection = Schema.decodeUnknownSync(ifsCloud.connection)({
  baseUrl: "https://erp.example.com",
  realm: "acme",
  credentials: { clientId: { env: "id" }, clientSecret: { env: "secret" } }
})

const sources = [
  ...adobeCommerce.sources.map((definition) => ({ definition, connection: commerceConnection })),
  ...ifsCloud.sources.map((definition) => ({ definition, connection: ifsConnection }))
].flatMap(({ connection, definition }) => {
  const config = Schema.decodeUnknownResult(definition.config)({})
  return Result.isSuccess(config)
    ? [definition.make({ name: "shop", connection, config: config.success })]
    : []
})

const payloads = (): ReadonlyArray<string> => {
  const shop = generateShop({ seed: 7, documents: 40 })
  return [
    ...shop.invoices,
    ...shop.creditmemos,
    ...shop.transactions,
    ...shop.orders,
    ...shop.customers,
    ...shop.products
  ].map((payload) => printPayload(payload))
}

/** What the systems answer when they refuse: in their own words, and in those of a proxy. */
const answers = [
  '{"error":{"code":"ODP_ERROR","message":"Database error","details":[{"code":"ORA-20110","message":":VoucherType.FND_RECORD_NOT_EXIST: Voucher type X does not exist"}]}}',
  '{"error":{"code":"MI_METHOD_ACTION_ERROR","message":"ORA-20124: Voucher.PERIODCLOSED: Period 9 is closed","details":null}}',
  '{"message":"The consumer isn\'t authorized to access %resources.","parameters":{"resources":"Magento_Sales::sales"}}',
  '{"message":"Maximum SearchCriteria pageSize is %1","parameters":["300"],"trace":"#0 /var/www"}',
  '{"errors":[{"code":"invalid_token","message":"expired"}]}',
  "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
]

/** Longest message that still helps; a body of a megabyte must not stand in the error queue. */
const messageCharactersMaximum = 4_000

const takeAnswer = (text: string): Outcome => {
  const body = Result.getOrUndefined(parseExactJson(text))
  const reasons = [400, 401, 403, 404, 409, 412, 422, 429, 500, 503].flatMap((status) => {
    const response = { status, headers: {}, text, body }
    return [
      ifsReason(response, { method: "POST", path: "/Vouchers" }),
      ifsReason(response, { method: "GET", path: "/Vouchers" }),
      refusal(response, {
        method: "GET",
        path: "/V1/orders",
        connection: commerceConnection,
        hasBeenAccepted: true
      })
    ].map((reason) => reason?.message ?? "")
  })
  return reasons.some(({ length }) => length > messageCharactersMaximum)
    ? { ...outcome("explained", []), finding: "a message is too long to help" }
    : outcome(body === undefined ? "unreadable" : "explained", reasons)
}

/** All targets by name. */
export const targets = (): ReadonlyMap<string, Target> =>
  new Map<string, Target>([
    [
      "yaml",
      yamlTarget({
        schema: pipelineSchema(connectors),
        seeds: pipelineFiles.filter((text) => !isConnections(text)),
        isConfidential: false
      })
    ],
    [
      "connections",
      yamlTarget({
        schema: connectionsSchema(connectors),
        seeds: pipelineFiles.filter(isConnections),
        isConfidential: true
      })
    ],
    [
      "csv",
      {
        seeds: [...filesIn("pipelines/tables", ".csv"), 'a,b\n"x, y",1\n*,2\n'],
        take: (text) =>
          Effect.sync(() => {
            const table = readCsv({ name: "t", file: "t.csv", text, hitPolicy: "first" })
            return Result.isFailure(table)
              ? outcome("refused", table.failure)
              : outcome("accepted", table.success.columns)
          })
      }
    ],
    [
      "payload",
      {
        seeds: payloads(),
        take: (text) =>
          Effect.sync(() => {
            const json = parseExactJson(text)
            if (Result.isFailure(json)) return outcome("unreadable", json.failure)
            const made = sources.map((source) => source.fixture(json.success))
            const problems = made.flatMap((records) =>
              Array.isArray(records) ? records.filter((one) => one.normalised._tag === "Problems") : [records]
            )
            return problems.length === made.length
              ? outcome("refused", problems)
              : outcome("accepted", problems)
          })
      }
    ],
    ["door", doorTarget],
    ["answer", { seeds: answers, take: (text) => Effect.sync(() => takeAnswer(text)) }],
    [
      "expression",
      {
        seeds: expressions,
        take: (text) =>
          Effect.gen(function* () {
            const compiled = compileTransform({ steps: [{ jsonata: text }], shape: unknownShape })
            if (Result.isFailure(compiled)) return outcome("refused", compiled.failure)
            return yield* compiled.success.run(record).pipe(
              Effect.match({
                onFailure: ({ code, message }) => outcome("stopped", [code, message]),
                onSuccess: () => outcome("ran", [])
              })
            )
          })
      }
    ]
  ])

/** True when a text that everything shares has been changed: what a hostile key would do. */
export const isPolluted = () => Predicate.hasProperty({}, "polluted")
