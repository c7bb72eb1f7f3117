/**
 * serve: a real HTTP server on a free port of this machine.
 */
import { createServer, type IncomingMessage, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"

const isAddress = (address: AddressInfo | string | null): address is AddressInfo =>
  address !== null && typeof address === "object"

/** A server that is closed with the scope, and what it was asked for in the words of `note`. */
export const serve = Effect.fnUntraced(function* (
  listener: RequestListener,
  note: (request: IncomingMessage) => string = ({ method, url }) => `${method} ${url}`
) {
  const seen: Array<string> = []
  const server = yield* Effect.acquireRelease(
    Effect.callback<ReturnType<typeof createServer>>((resume) => {
      const made = createServer((request, response) => {
        seen.push(note(request))
        listener(request, response)
      })
      made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
    }),
    (made) =>
      Effect.sync(() => {
        made.closeAllConnections()
        made.close()
      })
  )
  const address = server.address()
  const port = isAddress(address) ? address.port : 0
  return {
    port,
    host: `127.0.0.1:${port}`,
    seen,
    close: Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
  }
})
