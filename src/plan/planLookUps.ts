/**
 * planLookUps: the look-ups of a pipeline, checked and ready to open.
 */
import type { ConfigIssue } from "../config/ConfigIssue.ts"
import { issueAt } from "../config/ConfigIssue.ts"
import type { YamlFile } from "../config/parseYaml.ts"
import type { PipelineConfig } from "../config/pipelineSchema.ts"
import { lookUp as shapeAt, type Shape, shapeOf, suggest, unknownShape } from "../pipeline/Shape.ts"
import type { Source, SourceDefinition } from "../pipeline/Source.ts"
import type { PlannedLookUp } from "./Plan.ts"

/** What a look-up asks, as far as it is known: without a source where its connection is broken. */
export interface LookUpParts {
  readonly definition: SourceDefinition<unknown> | undefined
  readonly source: Source | undefined
}

const known = (names: ReadonlyArray<string>) => `It has ${names.join(", ")}.`

/** `shape` with what is looked up under `looked`. A look-up that may find nothing gives an optional field. */
const withLooked = (
  shape: Shape,
  looked: ReadonlyArray<readonly [PipelineConfig["lookups"][number], Shape]>
) =>
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
                  looked.map(([{ missing, name }, found]) => [
                    name,
                    { shape: found, optional: missing === "continue" }
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
}): {
  readonly lookUps: ReadonlyArray<PlannedLookUp>
  readonly shape: Shape
  readonly issues: ReadonlyArray<ConfigIssue>
} => {
  const { config, parts, shape, yaml } = options
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
    const findable = parts[index]?.definition?.lookUpBy ?? []
    lookUp.match.forEach((match, position) => {
      for (const [field, path] of Object.entries(match)) {
        if (!findable.includes(field)) {
          report(
            [index, "match", position, field],
            "plan/unknown-match",
            `${lookUp.type} cannot be looked up by ${field}. Known: ${findable.join(", ")}.`,
            suggest(field, findable)
          )
        }
        const found = shapeAt(shape, path)
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
    lookUps: config.lookups.flatMap(
      ({ cache, connection, match, missing, name, several, type }, index): ReadonlyArray<PlannedLookUp> => {
        const open = parts[index]?.source?.lookUp
        return open === undefined
          ? []
          : [
              {
                name,
                type,
                connection,
                open,
                missing,
                several,
                cache,
                match: match.flatMap((one) => Object.entries(one).map(([field, path]) => ({ field, path }))),
                at: { file: yaml.file, line: yaml.locate(["lookups", index]).line }
              }
            ]
      }
    )
  }
}
