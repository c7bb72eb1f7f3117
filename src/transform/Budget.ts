/**
 * Budget: what the expressions of a pipeline may use up on one record.
 *
 * An expression is somebody's program inside ours, so it is counted and weighed
 * while it runs: every evaluated node is a step, and every value it makes is
 * measured before the next node can build on it. Nothing can grow by doubling.
 */
import { Result, Schema } from "effect"

/** Input and result of an expression, in characters as JSON. */
export const documentCharactersMax = 1_000_000
/** Objects and lists inside each other. */
export const depthMax = 32
/** One text made by an expression. */
export const textCharactersMax = 65_536
/** Nodes evaluated for one record, large values counting for more; a forty-line expression over a dozen lines needs about two thousand. */
export const stepsMax = 100_000

/** Why a running expression was stopped. `code` is stable. */
export class ExpressionStopped extends Schema.TaggedError<ExpressionStopped>()("ExpressionStopped", {
  code: Schema.String,
  message: Schema.String
}) {}

/** Stops the running expression: JSONata learns of a failure inside a function only by an exception. */
export const stop = (code: string, message: string): never =>
  Result.getOrThrow(Result.fail(new ExpressionStopped({ code, message })))

/** Size of a value written as JSON, shared parts counted each time they would be written. */
interface Weight {
  readonly characters: number
  readonly depth: number
  /** Lists may still have grown when they are seen again. */
  readonly length: number
}

/** Counts and weighs for one record. */
export class Budget {
  private steps = 0
  private readonly weights = new WeakMap<object, Weight>()

  /** Accounts for one evaluated node and its result; `isHandledWhole` when it is then gone through from end to end. */
  spend(result: unknown, isHandledWhole: boolean): void {
    // A long text takes long to handle, so it counts for more.
    this.steps += 1 + (typeof result === "string" ? result.length / 500 : 0)
    if (this.steps > stepsMax) {
      stop(
        "transform/too-long",
        `The expression takes more than ${stepsMax} steps. Simplify it, or read fewer lists inside lists.`
      )
    }
    if (typeof result === "string" && result.length > textCharactersMax) {
      stop(
        "transform/too-large",
        `A text is longer than ${textCharactersMax} characters. Take a part of it with $substring.`
      )
    }
    const characters = this.check(result)
    if (isHandledWhole && typeof result !== "string") this.steps += characters / 500
  }

  /** Stops on a value that is too large or too deep; else gives its characters. */
  check(value: unknown): number {
    const { characters, depth } = this.weigh(value, 0)
    if (depth > depthMax) {
      stop(
        "transform/too-deep",
        `A value has more than ${depthMax} levels of lists and objects. Keep fewer of them.`
      )
    }
    if (characters > documentCharactersMax) {
      stop(
        "transform/too-large",
        `A value is larger than ${documentCharactersMax} characters. Keep only the fields that the mapping reads.`
      )
    }
    return characters
  }

  private weigh(value: unknown, level: number): Pick<Weight, "characters" | "depth"> {
    if (typeof value === "string") return { characters: value.length + 2, depth: 0 }
    if (typeof value !== "object" || value === null) return { characters: 5, depth: 0 }
    // Deeper than this it is too deep whatever is in it, and a cycle would not end.
    if (level > depthMax) return { characters: 0, depth: 1 }
    const parts = Array.isArray(value) ? value : Object.values(value)
    const known = this.weights.get(value)
    if (known !== undefined && known.length === parts.length) return known
    this.steps += parts.length / 100
    let characters = 2 + parts.length
    let depth = 0
    if (!Array.isArray(value)) for (const key of Object.keys(value)) characters += key.length + 3
    for (const part of parts) {
      const weight = this.weigh(part, level + 1)
      characters += weight.characters
      depth = Math.max(depth, weight.depth)
    }
    const weight = { characters, depth: depth + 1, length: parts.length }
    // A value cut short by the level would be remembered as shallower than it is.
    if (level + weight.depth <= depthMax) this.weights.set(value, weight)
    return weight
  }
}
