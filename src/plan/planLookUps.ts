/**
 * planLookUps: the look-ups of a pipeline, checked and ready to open.
 */
import type { ConfigIssue } from "../config/ConfigIssue.ts"
import { issueAt } from "../config/ConfigIssue.ts"
import type { YamlFile } from "../config/parseYaml.ts"
import type { PipelineConfig } from "../config/pipelineSchema.ts"
import { lookUp as shapeAt, type Shape, shapeOf, suggest, unknownShape } from "../pipeline/Shape.ts"
import type { People, Source, SourceDefinition } from "../pipeline/Source.ts"
import { Customer } from "../pipeline/Customer.ts"
import { linkFields, type PlannedLookUp } from "./Plan.ts"

/** What a look-up asks, as far as it is known: without a source where its connection is broken. */
export interface LookUpParts {
  readonly definition: SourceDefinition<unknown> | undefined
  readonly source: Source | undefined
}

type LookUpConfig = PipelineConfig["lookups"][number]

const guestsOf = ({ guests, missing }: LookUpConfig) =>
  guests ?? (missing === "continue" ? "continue" : "park")

/** Which kinds of people a look-up asks for by their links. */
export const linksAsked = ({ match }: Pick<LookUpConfig, "match">): ReadonlyArray<People> =>
  [...linkFields].flatMap(([field, people]) => (match.some((one) => Object.hasOwn(one, field)) ? people : []))

/** Why a look-up cannot ask for the linked customer, if it cannot. */
const linkIssue = (
  lookUp: LookUpConfig,
  definition: SourceDefinition<unknown> | undefined,
  { path, sourceConnection }: { readonly path: string; readonly sourceConnection: string }
): string | undefined => {
  if (!/(?:^|\.)(?:id|[A-Za-z]*Id)$/u.test(path)) {
    return `A link goes by the key of a customer, and ${path} is none. Write customer.id, or another field that holds a key.`
  }
  if (definition !== undefined && definition.record !== Customer) {
    return `${lookUp.type} has no customers, and only customers are linked. Name a source of customers, or match by a field of ${lookUp.type}.`
  }
  return lookUp.connection === sourceConnection
    ? `A customer is linked to one in another system, and ${sourceConnection} is where the records are from. Match by id instead.`
    : undefined
}

const known = (names: ReadonlyArray<string>) => `It has ${names.join(", ")}.`

/** `shape` with what is looked up under `looked`. A look-up that may find nothing gives an optional field. */
const withLooked = (shape: Shape, looked: ReadonlyArray<readonly [LookUpConfig, Shape]>) =>
  shape._tag !== "Object" || looked.length === 0
    ? shape
    : {
        ...shape,
        fields: new Map([
          ...shape.fields,
          [
            "looked",
            {
              optional: false,
              shape: {
                _tag: "Object" as const,
                open: false,
                fields: new Map(
                  looked.map(([lookUp, found]) => [
                    lookUp.name,
                    {
                      shape: found,
                      optional: lookUp.missing === "continue" || guestsOf(lookUp) === "continue"
                    }
                  ])
                )
              }
            }
          ] as const
        ])
      }

/** Checks fields on both sides; `shape` is that of the source's record, and the result has `looked` in it. */
export const planLookUps = (options: {
  readonly yaml: YamlFile
  readonly config: PipelineConfig
  readonly shape: Shape
  readonly parts: ReadonlyArray<LookUpParts>
  /** As of the source, where it is known. */
  readonly lacks: Source["lacks"]
}): {
  readonly lookUps: ReadonlyArray<PlannedLookUp>
  readonly shape: Shape
  readonly issues: ReadonlyArray<ConfigIssue>
} => {
  const { config, lacks = {}, parts, shape, yaml } = options
  const issues: Array<ConfigIssue> = []
  const report = (path: ReadonlyArray<PropertyKey>, code: string, message: string, suggestion?: string) =>
    void issues.push(
      issueAt(yaml.file, yaml.locate(["lookups", ...path], "key"), {
        code,
        severity: "error",
        message,
        suggestion
      })
    )
  config.lookups.forEach((lookUp, index) => {
    if (config.lookups.findIndex(({ name }) => name === lookUp.name) !== index) {
      report(
        [index, "name"],
        "plan/duplicate-name",
        `Two look-ups are called ${lookUp.name}. Give each a name of its own.`
      )
    }
    const definition = parts[index]?.definition
    const findable = [
      ...(definition?.lookUpBy ?? []),
      ...(definition?.record === Customer ? linkFields.keys() : [])
    ]
    if (linksAsked(lookUp).length === 0 && (lookUp.missing === "wait" || lookUp.missing === "create")) {
      report(
        [index, "missing"],
        "plan/nobody-to-wait-for",
        `missing: ${lookUp.missing} goes on once a customer is linked, and this look-up asks for no link. Add { link: customer.id } to match, or say park or continue.`
      )
    }
    lookUp.match.forEach((match, position) => {
      for (const [field, path] of Object.entries(match)) {
        const unlinkable = linkFields.has(field)
          ? linkIssue(lookUp, definition, { path, sourceConnection: config.source.connection })
          : undefined
        if (unlinkable !== undefined) {
          report([index, "match", position, field], "plan/unlinkable", unlinkable)
        } else if (!findable.includes(field)) {
          report(
            [index, "match", position, field],
            "plan/unknown-match",
            `${lookUp.type} cannot be looked up by ${field}. Known: ${findable.join(", ")}.`,
            suggest(field, findable)
          )
        }
        const found = shapeAt(shape, path)
        const setting = lacks[path]
        if (setting !== undefined) {
          report(
            [index, "match", position, field],
            "plan/never-there",
            `${config.source.type} gives no ${path} unless it is told to. Add ${setting} under source.with.`
          )
        }
        if (found._tag === "Missing") {
          report(
            [index, "match", position, field],
            "plan/unknown-field",
            `The record has no field ${path}: ${found.missing} is not known. ${found.suggestion === undefined ? known(found.known) : ""}`.trim(),
            found.suggestion
          )
        }
      }
    })
  })
  return {
    issues,
    shape: withLooked(
      shape,
      config.lookups.map((lookUp, index) => {
        const record = parts[index]?.definition?.record
        return [lookUp, record === undefined ? unknownShape : shapeOf(record)] as const
      })
    ),
    lookUps: config.lookups.flatMap((lookUp, index): ReadonlyArray<PlannedLookUp> => {
      const { cache, connection, match, missing, name, several, type } = lookUp
      const open = parts[index]?.source?.lookUp
      return open === undefined
        ? []
        : [
            {
              name,
              type,
              connection,
              sourceConnection: config.source.connection,
              open,
              missing,
              guests: guestsOf(lookUp),
              several,
              cache,
              match: match.flatMap((one) => Object.entries(one).map(([field, path]) => ({ field, path }))),
              at: { file: yaml.file, line: yaml.locate(["lookups", index]).line }
            }
          ]
    })
  }
}
