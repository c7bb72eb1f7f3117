/**
 * gather: questions that come while one is under way share the next request.
 *
 * No timer: where little is asked each question goes at once, and the longer
 * requests have to wait for their turn, the more of them go together.
 */
import { Effect, Exit, Request, RequestResolver, Semaphore } from "effect"

/**
 * Turns `ask`, which answers many questions in their order, into one that
 * answers a single one. Questions with different keys are never asked together;
 * a failure is the answer to all that were.
 */
export const gather = <Question, Answer, E>(options: {
  readonly key: (question: Question) => string
  readonly maximum: number
  readonly ask: (questions: ReadonlyArray<Question>) => Effect.Effect<ReadonlyArray<Answer>, E>
}): ((question: Question) => Effect.Effect<Answer, E>) => {
  class Ask extends Request.Class<{ readonly question: Question }, Answer, E> {}
  const oneAtATime = Semaphore.makeUnsafe(1)
  const resolver = RequestResolver.makeWith<Ask>({
    batchKey: ({ request }) => options.key(request.question),
    // The rest of this turn, so that those who come at the same moment go together too.
    delay: Effect.andThen(Effect.yieldNow, oneAtATime.withPermits(1)(Effect.void)),
    collectWhile: (asked) => asked.size < options.maximum,
    runAll: (entries) =>
      options.ask(entries.map(({ request }) => request.question)).pipe(
        Effect.tap((answers) =>
          Effect.sync(() => {
            for (const [index, answer] of answers.entries())
              entries[index]?.completeUnsafe(Exit.succeed(answer))
          })
        ),
        Effect.asVoid,
        oneAtATime.withPermits(1)
      )
  })
  return (question) => Effect.request(new Ask({ question }), resolver)
}
