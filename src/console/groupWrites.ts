/**
 * groupWrites: many small writes as few large ones.
 *
 * While one write is under way, what comes in waits and is written together by
 * the next: each waits for at most two writes, and a database that commits a few
 * hundred times a second takes thousands of requests.
 */
import { Deferred, Effect, Queue, type Scope } from "effect"

/** The queue is full: whoever comes now must come again. */
export type Full = "full"

interface Waiting<A, E> {
  readonly items: ReadonlyArray<A>
  readonly written: Deferred.Deferred<void, E>
}

/** Writes `items`, together with those of others; ends when they are written. */
export type GroupWriter<A, E> = (items: ReadonlyArray<A>) => Effect.Effect<void, E | Full>

/** At most `capacity` callers wait; at most `together` are written at once. Writing ends with the scope. */
export const groupWrites = Effect.fn("groupWrites")(function* <A, E>(options: {
  readonly write: (items: ReadonlyArray<A>) => Effect.Effect<void, E>
  readonly capacity: number
  readonly together: number
}): Effect.fn.Return<GroupWriter<A, E>, never, Scope.Scope> {
  const queue = yield* Queue.dropping<Waiting<A, E>>(options.capacity)
  const writeNext = Effect.gen(function* () {
    const waiting = yield* Queue.takeBetween(queue, 1, options.together)
    const result = yield* Effect.exit(options.write(waiting.flatMap(({ items }) => items)))
    yield* Effect.forEach(waiting, ({ written }) => Deferred.done(written, result), { discard: true })
  })
  yield* Effect.forkScoped(Effect.forever(writeNext))
  return Effect.fnUntraced(function* (items) {
    const written = yield* Deferred.make<void, E>()
    if (!(yield* Queue.offer(queue, { items, written }))) return yield* Effect.fail("full" as const)
    yield* Deferred.await(written)
  })
})
