/**
 * pgliteStream: a byte stream to PGlite that looks like a socket to a server.
 *
 * The same client then speaks to both databases, so rows decode, errors read
 * and savepoints behave alike.
 */
import { Duplex } from "node:stream"
import type { PGlite } from "@electric-sql/pglite"

/**
 * A connection to `database`. It hands over whole messages of the PostgreSQL
 * protocol only, in order, each answered before the next is read.
 */
export const pgliteStream = (database: PGlite): Duplex => {
  let buffered = Buffer.alloc(0)
  let started = false

  const messageLength = (): number | undefined => {
    // The first message, start-up, has no type byte before its length.
    const header = started ? 5 : 4
    if (buffered.length < header) return undefined
    return buffered.readUInt32BE(header - 4) + (started ? 1 : 0)
  }

  const wholeMessages = (): Buffer | undefined => {
    let end = 0
    const parts: Array<Buffer> = []
    for (
      let length = messageLength();
      length !== undefined && buffered.length >= length;
      length = messageLength()
    ) {
      parts.push(buffered.subarray(0, length))
      buffered = buffered.subarray(length)
      started = true
      end += length
    }
    return end === 0 ? undefined : Buffer.concat(parts, end)
  }

  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      buffered = Buffer.concat([buffered, chunk])
      const messages = wholeMessages()
      if (messages === undefined) {
        done()
        return
      }
      database
        .runExclusive(() =>
          database.execProtocolRawStream(messages, { onRawData: (bytes) => stream.push(Buffer.from(bytes)) })
        )
        .then(
          () => done(),
          (error: Error) => done(error)
        )
    },
    final(done) {
      stream.push(null)
      done()
    }
  })
  return stream
}
