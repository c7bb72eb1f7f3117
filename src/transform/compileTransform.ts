/**
 * compileTransform: expressions into a transform that is safe to run on any record.
 */
import { Effect, Result } from "effect"
import jsonata from "jsonata"
import { type Shape, unknownShape } from "../pipeline/Shape.ts"
import type { Json } from "../pipeline/SourceRecord.ts"
import { amountFunctions } from "./amountFunctions.ts"
import { boundedFunctions } from "./boundedFunctions.ts"
import { Budget, ExpressionStopped } from "./Budget.ts"
import { checkExpression } from "./checkExpression.ts"
import type { ExpressionIssue } from "./ExpressionIssue.ts"
import { handledWhole } from "./handledWhole.ts"
import { LinearRegex } from "./LinearRegex.ts"
import { isJsonObject, type JsonObject } from "./readField.ts"
import { type Transform, TransformFailed } from "./Transform.ts"
import type { TransformStep } from "./TransformStep.ts"

/** Characters of one expression. */
const expressionMax = 16_384

/**
 * Uses of `?:` and `??` in one expression. The parser copies what stands to
 * their left, so twenty inside each other take it seconds.
 */
const defaultsMax = 10

/**
 * Last line of defence: steps and weights stop an expression long before, and at
 * the same place each time. The time is shared with the records in flight.
 */
const guardrails = { RegexEngine: LinearRegex, timeout: 10_000, stack: 500, sequence: 10_000 }

/** No variable of an expression can have this name. */
const budgetKey = "the budget"

const message = (
  cause: unknown
): { readonly message: string; readonly code: string; readonly position: number } => {
  const part = (key: string): unknown =>
    typeof cause === "object" && cause !== null && key in cause ? Reflect.get(cause, key) : undefined
  const [text, code, position] = [part("message"), part("code"), part("position")]
  if (cause instanceof RangeError) return { message: "It is nested too deeply", code: "", position: 0 }
  return {
    message: typeof text === "string" && text !== "" ? text.replace(/\.$/u, "") : String(cause),
    code: typeof code === "string" ? code : "",
    position: typeof position === "number" ? position : 0
  }
}

const afterNode =
  (whole: WeakSet<object>) =>
  (node: unknown, _input: unknown, environment: jsonata.Environment, result: unknown): void => {
    const budget: unknown = environment.lookup(budgetKey)
    if (budget instanceof Budget) {
      budget.spend(result, typeof node === "object" && node !== null && whole.has(node))
    }
  }

/** JSONata's types want a whole RegExp class and a text for a name, where less is used; hence the indirect calls. */
const parse = (source: string): Result.Result<jsonata.Expression, { message: string; position: number }> =>
  Result.try({
    try: () => {
      const expression: jsonata.Expression = Reflect.apply(jsonata, undefined, [source, guardrails])
      for (const [name, run] of Object.entries(amountFunctions)) expression.registerFunction(name, run)
      for (const [name, { run, signature }] of Object.entries(boundedFunctions)) {
        expression.registerFunction(name, run, signature)
      }
      Reflect.apply(expression.assign, expression, [
        Symbol.for("jsonata.__evaluate_exit"),
        afterNode(handledWhole(expression.ast()))
      ])
      return expression
    },
    catch: message
  })

/** A copy without what JSONata leaves on its lists; `kept` is used as it is. */
const plain = (value: unknown, kept: Json | undefined): Json | undefined => {
  if (value === kept && kept !== undefined) return kept
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value
  if (typeof value === "number") return Number.isFinite(value) ? value : null
  if (Array.isArray(value)) return Array.from(value, (item) => plain(item, kept) ?? null)
  if (typeof value !== "object") return undefined
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]: [string, unknown]) => {
      const copy = plain(part, kept)
      return copy === undefined ? [] : [[key, copy]]
    })
  )
}

/** What makes an expression too large to be parsed at all. */
const sizeIssue = (source: string): Pick<ExpressionIssue, "offset" | "message"> | undefined => {
  if (source.length > expressionMax) {
    return {
      offset: expressionMax,
      message: `The expression is longer than ${expressionMax} characters. Split it into steps, or use a table of the mapping.`
    }
  }
  const over = [...source.matchAll(/\?[?:]/gu)][defaultsMax]
  return over === undefined
    ? undefined
    : {
        offset: over.index,
        message: `?: and ?? stand more than ${defaultsMax} times in the expression. Split it into steps, or use conditions.`
      }
}

const failedBy = (step: number) => (cause: unknown) => {
  if (cause instanceof ExpressionStopped)
    return new TransformFailed({ step, code: cause.code, message: cause.message })
  const { code, message: text } = message(cause)
  const isTooLong = code === "D1011" || code === "D1012" || code === "D2015"
  return new TransformFailed({
    step,
    code: isTooLong ? "transform/too-long" : "transform/failed",
    message: `${text}. Correct step ${step + 1} of the transform.`
  })
}

const withRaw = (document: JsonObject, raw: Json | undefined): JsonObject =>
  raw === undefined || Object.hasOwn(document, "raw") ? document : { ...document, raw }

const withRawShape = (shape: Shape): Shape =>
  shape._tag === "Object" && !shape.fields.has("raw")
    ? { ...shape, fields: new Map([...shape.fields, ["raw", { shape: unknownShape, optional: false }]]) }
    : shape

/**
 * Compiles the steps of a transform over records of `shape`, which is that of
 * the source without `raw`. Fails with all issues of all steps; a step after a
 * bad one is checked against what the bad one seems to give.
 */
export const compileTransform = (options: {
  readonly steps: ReadonlyArray<TransformStep>
  readonly shape: Shape
}): Result.Result<Transform, ReadonlyArray<ExpressionIssue>> => {
  const issues: Array<ExpressionIssue> = []
  const expressions: Array<jsonata.Expression> = []
  let shape = withRawShape(options.shape)
  for (const [step, { jsonata: source }] of options.steps.entries()) {
    const tooLarge = sizeIssue(source)
    if (tooLarge !== undefined) {
      issues.push({ step, code: "expression/too-large", ...tooLarge })
      shape = unknownShape
      continue
    }
    const parsed = parse(source)
    if (Result.isFailure(parsed)) {
      const { position, message: text } = parsed.failure
      issues.push({
        step,
        offset: Math.max(0, Math.min(position - 1, source.length)),
        code: "expression/syntax",
        message: `${text}. Correct the expression.`
      })
      shape = unknownShape
      continue
    }
    // A tree too deep to walk is an error of the expression, not of ours.
    const checked = Result.try({
      try: () => checkExpression({ source, tree: parsed.success.ast(), shape }),
      catch: message
    })
    if (Result.isFailure(checked)) {
      issues.push({
        step,
        offset: 0,
        code: "expression/too-large",
        message: "The expression is nested too deeply. Split it into steps."
      })
      shape = unknownShape
      continue
    }
    issues.push(...checked.success.issues.map((issue) => ({ step, ...issue })))
    shape = withRawShape(checked.success.shape)
    expressions.push(parsed.success)
  }
  if (issues.length > 0) return Result.fail(issues)

  const run = Effect.fn("Transform.run")(function* (record: Json) {
    const budget = new Budget()
    yield* Effect.try({ try: () => budget.check(record), catch: failedBy(0) })
    const raw = isJsonObject(record) ? record["raw"] : undefined
    let document = record
    for (const [step, expression] of expressions.entries()) {
      const result: unknown = yield* Effect.tryPromise({
        try: () => expression.evaluate(document, { [budgetKey]: budget }),
        catch: failedBy(step)
      })
      const json = plain(result, raw)
      if (!isJsonObject(json)) {
        return yield* new TransformFailed({
          step,
          code: "transform/not-a-document",
          message: `Step ${step + 1} of the transform gives ${json === undefined ? "nothing" : "no object"}. Begin it with $merge([$, { … }]) to keep the document.`
        })
      }
      document = withRaw(json, raw)
    }
    return document
  })
  return Result.succeed({ run, shape })
}
