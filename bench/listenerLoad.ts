/**
 * listenerLoad: signed events over many connections, from a process of its own.
 *
 * `node bench/listenerLoad.ts PORT SECONDS CONNECTIONS RATE PREFIX`. With RATE 0
 * each connection sends as soon as it is answered; else so many a second are due
 * over all of them, and the time of an event counts from when it was due, so that
 * a server that stalls does not hide it. Time counts from when all connections
 * stand. Prints one line of JSON. Raw sockets, so that the load takes as little as
 * it can of the processors that it shares.
 */
import { createHmac } from "node:crypto"
import { once } from "node:events"
import { connect, type Socket } from "node:net"

const [port = 0, seconds = 0, connections = 0, rate = 0] = process.argv.slice(2, 6).map(Number)
const prefix = process.argv[6] ?? ""
const secret = process.env["BENCH_SECRET"] ?? ""

const latencies: Array<number> = []
const acknowledged: Array<number> = []
let failed = 0
let sent = 0
let next = 0
const padding = "x".repeat(700)
let begin = 0
let end = 0

const message = (id: number) => {
  const body = `{"event":"invoice.created","data":{"entity_id":${id + 1},"note":"${padding}"}}`
  const signature = createHmac("sha256", secret).update(body).digest("hex")
  return `POST /events/shop HTTP/1.1\r\nhost: b\r\nx-event-id: ${prefix}-${id}\r\nx-magento-signature: ${signature}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

const open = async () => {
  const socket = connect(port, "127.0.0.1")
  socket.setNoDelay(true)
  await once(socket, "connect")
  return socket
}

const serve = (socket: Socket) =>
  new Promise<void>((resolve) => {
    let due = 0
    let id = 0
    let buffered = ""
    const send = () => {
      const now = performance.now()
      if (now >= end) return void socket.end()
      id = next++
      due = rate === 0 ? now : begin + (id / rate) * 1000
      const wait = due - now
      if (wait > 1) setTimeout(write, wait)
      else write()
    }
    const write = () => {
      sent++
      socket.write(message(id))
    }
    socket.on("data", (part) => {
      buffered += part.toString("latin1")
      const head = buffered.indexOf("\r\n\r\n")
      if (head < 0) return
      const length = Number(/content-length: (\d+)/iu.exec(buffered)?.[1] ?? 0)
      if (buffered.length < head + 4 + length) return
      if (buffered.startsWith("HTTP/1.1 202")) {
        latencies.push(performance.now() - due)
        acknowledged.push(id)
      } else failed++
      buffered = buffered.slice(head + 4 + length)
      send()
    })
    socket.on("error", () => {})
    socket.on("close", () => resolve())
    send()
  })

const sockets = await Promise.all(Array.from({ length: connections }, open))
begin = performance.now()
end = begin + seconds * 1000
await Promise.all(sockets.map(serve))
latencies.sort((a, b) => a - b)
const at = (share: number) =>
  latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
const took = (Math.min(performance.now(), end) - begin) / 1000
process.stdout.write(
  JSON.stringify({
    acknowledged: acknowledged.length,
    failed,
    sent,
    perSecond: Math.round(acknowledged.length / took),
    p50: Number(at(0.5).toFixed(1)),
    p99: Number(at(0.99).toFixed(1)),
    longest: Number(at(1).toFixed(1)),
    ...(process.argv[7] === "ids" ? { ids: acknowledged } : {})
  })
)
