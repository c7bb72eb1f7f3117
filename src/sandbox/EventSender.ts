/**
 * EventSender: reports changes of the local shop and the local ERP, as their real senders do.
 *
 * Four senders: a module that signs with a shared secret, Adobe Commerce Webhooks,
 * Adobe I/O Events (whose keys and validation address it serves itself), and the
 * event action of IFS. Their keys are made anew at every start. What a sender does
 * with an answer is as documented: 2xx is done, 429 and 5xx are sent again, any
 * other 4xx drops the event for ever; Adobe Commerce Webhooks never send again.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { createHmac, createPrivateKey, generateKeyPairSync, randomUUID, sign } from "node:crypto"
import { createServer } from "node:http"
import { Effect, Schedule, type Scope } from "effect"
import {
  FetchHttpClient,
  HttpClient,
  HttpClientRequest,
  HttpServerRequest,
  HttpServerResponse,
  type HttpServerError
} from "effect/http"

/** Who reports. */
export type Family = "hmac" | "commerce-webhooks" | "io-events" | "header-secret"

/** A record that changed; `resource` in the words of its system: order, invoice, creditmemo, customer. */
export interface ReportedRecord {
  readonly resource: string
  readonly id: string
  readonly isNew: boolean
}

/** What became of one report: the last status, 0 where nobody answered, and how often it was sent. */
export interface Delivery {
  readonly family: Family
  readonly status: number
  readonly attempts: number
}

/** The senders. */
export interface EventSender {
  /** Lines for the two connections, below `events:`. */
  readonly doors: { readonly shop: ReadonlyArray<string>; readonly erp: ReadonlyArray<string> }
  /** Credentials by the names that `doors` has for them. */
  readonly credentials: Readonly<Record<string, string>>
  /** Reports one record; `target` is the listener, such as http://127.0.0.1:8080. A batch is one delivery. */
  report(family: Family, records: ReadonlyArray<ReportedRecord>, target: string): Effect.Effect<Delivery>
  /** Asks the way Adobe does whether the door is ours: by GET, then by a validation address. */
  register(target: string): Effect.Effect<{ readonly challenge: string; readonly validated: boolean }>
}

const paths: Readonly<Record<Family, string>> = {
  hmac: "/events/shop",
  "commerce-webhooks": "/events/shop-webhooks",
  "io-events": "/events/shop-adobe",
  "header-secret": "/events/erp"
}
const keyPath = "/prod/keys/pub-key-sandbox.pem"
const clientId = "sandbox-client"

const makePair = () =>
  generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" }
  })

const signWith = (privateKey: string, text: string) =>
  sign("sha256", Buffer.from(text), createPrivateKey(privateKey)).toString("base64")

/** As PHP writes JSON. */
const phpJson = (value: unknown) => JSON.stringify(value).replaceAll("/", "\\/")

const observerOf = ({ resource }: ReportedRecord) =>
  resource === "order" ? "sales_order_save_commit_after" : `sales_order_${resource}_save_after`

/** Starts the senders; the server with Adobe's keys stops with the scope. */
export const startEventSender: Effect.Effect<EventSender, HttpServerError.ServeError, Scope.Scope> =
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient.pipe(Effect.provide(FetchHttpClient.layer))
    const shop = makePair()
    const adobe = makePair()
    const shared = randomUUID()
    const action = randomUUID()
    let validated = ""

    const server = yield* NodeHttpServer.make(() => createServer({ keepAliveTimeout: 1000 }), {
      host: "127.0.0.1",
      port: 0,
      gracefulShutdownTimeout: "1 second"
    })
    const url = `http://127.0.0.1:${server.address._tag === "UnixPathAddress" ? 0 : server.address.port}`
    yield* server.serve(
      Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        const asked = URL.parse(request.url, url)
        if (asked?.pathname === keyPath) return HttpServerResponse.text(adobe.publicKey)
        if (asked?.pathname !== "/validate") return HttpServerResponse.empty({ status: 404 })
        validated = asked.searchParams.get("id") ?? ""
        return HttpServerResponse.empty()
      })
    )

    const messageOf = (family: Family, records: ReadonlyArray<ReportedRecord>) => {
      const [first] = records
      const record = first ?? { resource: "order", id: "0", isNew: false }
      switch (family) {
        case "hmac": {
          const body = JSON.stringify({ event: observerOf(record), data: { entity_id: Number(record.id) } })
          return {
            body,
            headers: { "x-magento-signature": createHmac("sha256", shared).update(body).digest("hex") }
          }
        }
        case "commerce-webhooks": {
          const body = phpJson({
            eventName: `observer.${observerOf(record)}`,
            data: { [record.resource]: { entity_id: record.id, url: "https://shop.example.com/" } }
          })
          const headers = {
            "x-adobe-commerce-request-id": randomUUID(),
            "x-adobe-commerce-webhook-signature": signWith(
              shop.privateKey,
              Buffer.from(body).toString("base64")
            )
          }
          return { body, headers }
        }
        case "io-events": {
          const events = records.map((each) => ({
            specversion: "1.0",
            id: randomUUID(),
            source: "urn:uuid:sandbox",
            type: `com.adobe.commerce.observer.${observerOf(each)}`,
            datacontenttype: "application/json",
            eventid: randomUUID(),
            recipientclientid: clientId,
            data: { key: randomUUID(), value: { entity_id: each.id, _isNew: each.isNew } }
          }))
          const body = JSON.stringify(events.length === 1 ? events[0] : events)
          const headers = {
            "x-adobe-digital-signature-1": signWith(adobe.privateKey, body),
            "x-adobe-public-key1-path": keyPath
          }
          return { body, headers }
        }
        case "header-secret": {
          const body = JSON.stringify({ resource: record.resource, id: record.id })
          return { body, headers: { "x-api-key": action } }
        }
      }
    }

    const report = Effect.fn("EventSender.report")(function* (
      family: Family,
      records: ReadonlyArray<ReportedRecord>,
      target: string
    ) {
      const { body, headers } = messageOf(family, records)
      let attempts = 0
      const once = Effect.suspend(() => {
        attempts += 1
        const request = HttpClientRequest.post(`${target}${paths[family]}`).pipe(
          HttpClientRequest.setHeaders(headers),
          HttpClientRequest.bodyText(body, "application/json")
        )
        return client.execute(request).pipe(
          Effect.tap((response) => Effect.ignore(response.text)),
          Effect.map(({ status }) => status),
          Effect.timeout("10 seconds"),
          Effect.orElseSucceed(() => 0)
        )
      })
      const isToRepeat = (status: number) =>
        family !== "commerce-webhooks" &&
        (status === 0 || status === 429 || (status >= 500 && status !== 505))
      const status = yield* once.pipe(
        Effect.repeat({ while: isToRepeat, schedule: Schedule.spaced("200 millis"), times: 50 })
      )
      const delivery: Delivery = { family, status: typeof status === "number" ? status : 0, attempts }
      return delivery
    })

    const register = Effect.fn("EventSender.register")(function* (target: string) {
      const door = `${target}${paths["io-events"]}`
      const challenge = randomUUID()
      const answered = yield* client.get(`${door}?challenge=${challenge}`).pipe(
        Effect.flatMap(({ text }) => text),
        Effect.orElseSucceed(() => "")
      )
      const id = randomUUID()
      const request = HttpClientRequest.post(door).pipe(
        HttpClientRequest.bodyText(
          JSON.stringify({ validationUrl: `${url}/validate?id=${id}` }),
          "application/json"
        )
      )
      yield* Effect.ignore(client.execute(request))
      yield* Effect.sleep("50 millis").pipe(Effect.repeat({ while: () => validated !== id, times: 100 }))
      return { challenge: answered === challenge ? "echoed" : answered, validated: validated === id }
    })

    return {
      doors: {
        shop: [
          `- { family: hmac, path: ${paths.hmac}, secrets: [<events-shared-secret>] }`,
          `- { family: commerce-webhooks, path: ${paths["commerce-webhooks"]}, publicKeys: [<events-public-key>] }`,
          `- { family: io-events, path: ${paths["io-events"]}, clientIds: [${clientId}], adobe: "${url}" }`
        ],
        erp: [
          `- { family: header-secret, path: ${paths["header-secret"]}, secrets: [<events-action-secret>] }`
        ]
      },
      credentials: {
        "events-shared-secret": shared,
        "events-public-key": shop.publicKey,
        "events-action-secret": action
      },
      report,
      register
    }
  })
