/**
 * proxy: a cable between a process and a server on this machine, which can be cut.
 */
import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"
import { Clock, Effect, Predicate, type Scope } from "effect"

/** A cable. */
export interface Proxy {
  readonly port: number
  /** Breaks every connection, and every new one, until it is mended. */
  readonly cut: Effect.Effect<void>
  /** Lets nothing through in either direction, without anybody being told, until it is mended. */
  readonly silence: Effect.Effect<void>
  /** Lets everything through again, from what was held back on. */
  readonly mend: Effect.Effect<void>
  /** When something last went to the server, by the clock; 0 if nothing ever did. */
  readonly usedAtMillis: () => number
}

/** Opens a cable to `host`:`port`; it is gone with the scope. */
export const startProxy = Effect.fn("startProxy")(function* (to: {
  readonly host: string
  readonly port: number
}): Effect.fn.Return<Proxy, never, Scope.Scope> {
  const clock = yield* Clock.Clock
  const sockets = new Set<Socket>()
  let state: "whole" | "cut" | "silent" = "whole"
  let usedAtMillis = 0

  const hold = (socket: Socket, other: Socket) => {
    sockets.add(socket)
    // An end that breaks takes the other with it, as a cable does.
    socket.on("error", () => {})
    socket.on("close", () => {
      sockets.delete(socket)
      other.destroy()
    })
    socket.on("data", (bytes) => {
      if (!other.write(bytes)) socket.pause()
    })
    other.on("drain", () => {
      if (state !== "silent") socket.resume()
    })
    if (state === "silent") socket.pause()
  }
  const server = createServer((near) => {
    if (state === "cut") {
      near.destroy()
      return
    }
    const far = connect(to)
    near.setNoDelay(true)
    far.setNoDelay(true)
    near.on("data", () => {
      usedAtMillis = clock.currentTimeMillisUnsafe()
    })
    hold(near, far)
    hold(far, near)
  })
  yield* Effect.acquireRelease(
    Effect.promise(() => once(server.listen(0, "127.0.0.1"), "listening")),
    () =>
      Effect.sync(() => {
        server.close()
        for (const socket of sockets) socket.destroy()
      })
  )
  const address = server.address()
  return {
    port: Predicate.hasProperty(address, "port") ? Number(address.port) : 0,
    cut: Effect.sync(() => {
      state = "cut"
      for (const socket of sockets) socket.destroy()
    }),
    silence: Effect.sync(() => {
      state = "silent"
      for (const socket of sockets) socket.pause()
    }),
    mend: Effect.sync(() => {
      state = "whole"
      for (const socket of sockets) socket.resume()
    }),
    usedAtMillis: () => usedAtMillis
  }
})
