import { NodeHttpClient, NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Schedule } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { type Sandbox, startSandbox } from "../../src/sandbox/Sandbox.ts"
import { assertEnded, ledgerline, type Surroundings } from "./ledgerline.ts"

const pipelines = new URL("../../pipelines", import.meta.url).pathname
const services = Layer.merge(NodeServices.layer, NodeHttpClient.layerUndici)

const inSandbox = <A, E, R>(
  deployment: "paas" | "saas",
  play: (sandbox: Sandbox, folder: string, here: Surroundings) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-connect-" })
    const sandbox = yield* startSandbox({
      folder: `${folder}/sandbox`,
      seed: 7,
      documents: 12,
      deployment,
      commercePort: 0,
      ifsPort: 0,
      ifsRequestsPerMinute: 0,
      keepsBooks: false
    })
    return yield* play(sandbox, folder, { folder })
  }).pipe(Effect.scoped, Effect.provide(services))

const shopFlags = (sandbox: Sandbox) => ["--pipelines", pipelines, "--connections", sandbox.connections]

describe("ledgerline connect commerce", () => {
  it.live("A3 takes the new credentials that the shop posts, and proves them", () =>
    inSandbox("paas", (sandbox, _folder, here) =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const http = yield* HttpClient.HttpClient
        const port =
          40_000 + ((sandbox.commerce.url.length * 997 + Number(sandbox.commerce.url.slice(-4))) % 9000)
        const callback = `http://127.0.0.1:${port}/`
        // Somebody else's post comes first, and changes nothing.
        const forged = http
          .execute(
            HttpClientRequest.post(callback).pipe(
              HttpClientRequest.bodyUrlParams({
                oauth_consumer_key: "x",
                store_base_url: "http://evil.example.com/"
              })
            )
          )
          .pipe(Effect.retry({ schedule: Schedule.spaced("500 millis"), times: 400 }))
        const press = sandbox.commerce.integration.reauthorise({
          callbackUrl: callback,
          storeBaseUrl: `${sandbox.commerce.url}/`
        })
        const [ended] = yield* Effect.all(
          [
            ledgerline(
              here,
              "connect",
              "commerce",
              "shop",
              "--listen",
              `127.0.0.1:${port}`,
              ...shopFlags(sandbox)
            ),
            Effect.andThen(forged, press)
          ],
          { concurrency: "unbounded" }
        )
        assertEnded(ended, 0)
        assert.include(ended.output, "the key that the shop sends us is good for 300 seconds")
        assert.include(
          ended.output,
          "shop is connected: consumerKey, consumerSecret, accessToken, accessTokenSecret were replaced"
        )
        assert.include(ended.messages, "Nothing was replaced; still waiting.")
        const fresh = yield* sandbox.commerce.integration.credentials
        const folder = `${sandbox.connections.replace(/[^/]+$/u, "")}credentials`
        assert.strictEqual(yield* files.readFileString(`${folder}/access-token`), fresh.accessToken)
        assert.notInclude(`${ended.output}${ended.messages}`, fresh.accessTokenSecret)
        assert.notStrictEqual(fresh.accessToken, sandbox.commerce.credentials.accessToken)
        assertEnded(yield* ledgerline(here, "ping", pipelines, "--connections", sandbox.connections), 0)
      })
    )
  )

  it.live("A3 says before anything is pressed what stands in the way", () =>
    inSandbox("saas", (sandbox, _folder, here) =>
      Effect.gen(function* () {
        const saas = yield* ledgerline(here, "connect", "commerce", "shop", ...shopFlags(sandbox))
        assertEnded(saas, 2)
        assert.include(saas.messages, "shop is a shop on SaaS")
        const unknown = yield* ledgerline(here, "connect", "commerce", "shp", ...shopFlags(sandbox))
        assertEnded(unknown, 2)
        assert.include(unknown.messages, "did you mean: shop")
        const shipped = yield* ledgerline(here, "connect", "commerce", "shop", "--pipelines", pipelines)
        assertEnded(shipped, 2)
        assert.include(
          shipped.messages,
          "consumerKey, consumerSecret, accessToken, accessTokenSecret stand in environment variables"
        )
      })
    )
  )
})

describe("dry-run against a shop on SaaS", () => {
  it.live("A2 previews the same entries as against the same shop on PaaS", () =>
    Effect.gen(function* () {
      const preview = (deployment: "paas" | "saas") =>
        inSandbox(deployment, (sandbox, _folder, here) =>
          ledgerline(
            here,
            "dry-run",
            `${pipelines}/invoices-to-gl.yaml`,
            "--connections",
            sandbox.connections,
            "--format",
            "json"
          )
        )
      const paas = yield* preview("paas")
      const saas = yield* preview("saas")
      assert.strictEqual(saas.code, paas.code, saas.messages)
      assert.include(paas.output, '"1510"')
      assert.strictEqual(saas.output, paas.output)
    })
  )
})
