/**
 * Faults: the failures a sandbox server can be told to show.
 *
 * A rule names requests by method and part of the path and says what happens
 * to them. Every request is carried out in the server's own scope, so a client
 * that hangs up does not stop it: as with a real server, work begun is finished.
 */
import { NodeHttpServerRequest } from "@effect/platform-node"
import { Array, Effect, Fiber, Option, Ref, Schema, Scope } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { ServerResponse } from "node:http"

/**
 * One fault on request, as `POST /sandbox/faults` accepts it.
 *
 * `match` is a method and a part of the path ("POST VoucherEntry_CreateVoucher");
 * without a method it matches any. The kinds:
 * - `delay`: wait `delayMillis` (default 1000), then carry out and answer, even if the client has left;
 * - `reset`: break the connection before anything is done;
 * - `status`: answer `status` (default 503), with `Retry-After` if `retryAfterSeconds` is given; nothing is done;
 * - `truncate`: carry out, send half of the answer, break the connection;
 * - `after-commit`: carry out, then break the connection, or answer `status` if one is given.
 *
 * `times` is how many requests it hits; without it the rule stays until the faults are cleared.
 */
export const FaultRule = Schema.Struct({
  match: Schema.String,
  kind: Schema.Literals(["delay", "reset", "status", "truncate", "after-commit"]),
  status: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 400, maximum: 599 }))),
  retryAfterSeconds: Schema.optionalKey(Schema.Int),
  delayMillis: Schema.optionalKey(Schema.Int),
  times: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0)))
})
export type FaultRule = typeof FaultRule.Type

/** The faults of one server. */
export interface Faults {
  /** Puts a rule at the end of the queue; the first rule that matches a request is used. */
  readonly add: (rule: FaultRule) => Effect.Effect<void>
  /** Forgets every rule. */
  readonly clear: Effect.Effect<void>
  /** The rule that hits this request, counted as used. */
  readonly take: (method: string, path: string) => Effect.Effect<Option.Option<FaultRule>>
  /**
   * Carries out `perform` under the rule that hits `request`, or plainly if none does.
   * `refuse` makes the answer of a `status` fault, in the error form of the vendor.
   */
  readonly around: <E, R>(
    request: HttpServerRequest.HttpServerRequest,
    perform: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>,
    refuse: (status: number) => HttpServerResponse.HttpServerResponse
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
  /** Answers `POST /sandbox/faults` (adds the rule in the body) and `DELETE /sandbox/faults`. */
  readonly control: (
    request: HttpServerRequest.HttpServerRequest
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse>
}

/** An empty queue of faults; work begun for a request ends with the scope, not with the connection. */
export const makeFaults: Effect.Effect<Faults, never, Scope.Scope> = Effect.gen(function* () {
  const scope = yield* Scope.Scope
  const rules = yield* Ref.make<ReadonlyArray<FaultRule>>([])

  const take = (method: string, path: string) =>
    Ref.modify(rules, (current): [Option.Option<FaultRule>, ReadonlyArray<FaultRule>] =>
      Option.match(
        Array.findFirstIndex(current, (rule) => matches(rule, method, path)),
        {
          onNone: () => [Option.none(), current],
          onSome: (index) => {
            const rule = current[index]
            if (rule === undefined) return [Option.none(), current]
            const rest = current.filter((_, other) => other !== index)
            if (rule.times === 1) return [Option.some(rule), rest]
            if (rule.times === undefined) return [Option.some(rule), current]
            return [Option.some(rule), current.with(index, { ...rule, times: rule.times - 1 })]
          }
        }
      )
    )

  const around: Faults["around"] = (request, perform, refuse) =>
    Effect.gen(function* () {
      const rule = Option.getOrUndefined(yield* take(request.method, pathOf(request)))
      const work = rule === undefined ? perform : apply(rule, request, perform, refuse)
      const fiber = yield* Effect.forkIn(work, scope)
      return yield* Effect.interruptible(Fiber.join(fiber))
    })

  const add = (rule: FaultRule) => Ref.update(rules, (current) => [...current, rule])
  const clear = Ref.set(rules, [])

  const control: Faults["control"] = (request) => {
    if (request.method === "DELETE") return Effect.as(clear, HttpServerResponse.empty())
    return Effect.flatMap(request.text, Schema.decodeUnknownEffect(Schema.fromJsonString(FaultRule))).pipe(
      Effect.flatMap(add),
      Effect.as(HttpServerResponse.empty({ status: 201 })),
      Effect.catch((error) => Effect.succeed(HttpServerResponse.text(error.message, { status: 400 })))
    )
  }

  return { add, clear, take, around, control }
})

const pathOf = (request: HttpServerRequest.HttpServerRequest) =>
  URL.parse(request.url, "http://sandbox")?.pathname ?? request.url

const matches = (rule: FaultRule, method: string, path: string) => {
  const [first = "", ...rest] = rule.match.split(" ")
  return rest.length === 0 ? path.includes(first) : method === first && path.includes(rest.join(" "))
}

const apply = <E, R>(
  rule: FaultRule,
  request: HttpServerRequest.HttpServerRequest,
  perform: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>,
  refuse: (status: number) => HttpServerResponse.HttpServerResponse
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R> => {
  const refusal = (status: number) =>
    rule.retryAfterSeconds === undefined
      ? refuse(status)
      : HttpServerResponse.setHeader(refuse(status), "retry-after", `${rule.retryAfterSeconds}`)
  switch (rule.kind) {
    case "delay":
      // The body is read first: it is lost once the client has left.
      return Effect.andThen(Effect.ignore(request.text), Effect.delay(perform, rule.delayMillis ?? 1000))
    case "reset":
      return breakConnection(request)
    case "status":
      return Effect.succeed(refusal(rule.status ?? 503))
    case "truncate":
      return Effect.flatMap(perform, (response) =>
        Effect.andThen(sendHalf(request, response), breakConnection(request))
      )
    case "after-commit":
      return Effect.andThen(
        perform,
        rule.status === undefined ? breakConnection(request) : Effect.succeed(refusal(rule.status))
      )
  }
}

/** Ends when the connection is closed; the empty response is for nobody and is not written. */
const breakConnection = (request: HttpServerRequest.HttpServerRequest) =>
  Effect.callback<HttpServerResponse.HttpServerResponse>((resume) => {
    const { socket } = NodeHttpServerRequest.toIncomingMessage(request)
    if (socket.destroyed) return resume(Effect.succeed(HttpServerResponse.empty()))
    socket.once("close", () => resume(Effect.succeed(HttpServerResponse.empty())))
    socket.destroy()
  })

/** Announces the whole answer and sends the first half of its bytes. */
const sendHalf = (
  request: HttpServerRequest.HttpServerRequest,
  response: HttpServerResponse.HttpServerResponse
) =>
  Effect.callback<void>((resume) => {
    const node = NodeHttpServerRequest.toServerResponse(request)
    if (!(node instanceof ServerResponse)) return resume(Effect.void)
    const bytes = response.body._tag === "Uint8Array" ? response.body.body : new Uint8Array()
    node.writeHead(response.status, { ...response.headers, "content-length": bytes.length })
    node.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => resume(Effect.void))
  })
