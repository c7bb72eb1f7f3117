/**
 * checkHalves: mapping and sink belong together, or customers and sink; without them, a pipeline only reads.
 */
import { Predicate } from "effect"
import { type ConfigIssue, issueAt } from "../config/ConfigIssue.ts"
import type { YamlFile } from "../config/parseYaml.ts"
import type { PipelineConfig } from "../config/pipelineSchema.ts"

/** Keys that say what becomes of entries. */
const aboutEntries = ["onChange", "reversal", "reconcile"] as const
/** Keys that say what is made of a record that was read. */
const aboutRecords = ["lookups", "transform", "mapping", ...aboutEntries] as const

/** One half without the other, or a setting about entries where there are none. */
export const checkHalves = (yaml: YamlFile, config: PipelineConfig): ReadonlyArray<ConfigIssue> => {
  const issue = (key: string, code: string, message: string) =>
    issueAt(yaml.file, yaml.locate([key], "key"), { code, severity: "error", message })
  const { customers, mapping, sink } = config
  if (customers !== undefined) {
    const others = aboutRecords.filter((key) => Predicate.hasProperty(yaml.value, key))
    return [
      ...others.map((key) =>
        issue(
          key,
          "plan/customers-only",
          `A pipeline that keeps customers the same reads both systems afresh, and has no ${key}. Leave it out.`
        )
      ),
      ...(sink === undefined
        ? [
            issue(
              "customers",
              "plan/no-sink",
              "The customers section says how customers are kept the same, but there is no sink to write them to. Add a sink."
            )
          ]
        : [])
    ]
  }
  if (mapping !== undefined && sink === undefined) {
    return [
      issue(
        "mapping",
        "plan/no-sink",
        "The mapping says what to post, but there is no sink to post it to. Add a sink; or remove the mapping, and records are only read and kept."
      )
    ]
  }
  if (mapping === undefined && sink !== undefined) {
    return [
      issue(
        "sink",
        "plan/no-mapping",
        "There is a sink, but no mapping that says what to post to it. Add a mapping, or a customers section where the sink takes customers; or remove the sink, and records are only read and kept."
      )
    ]
  }
  return mapping !== undefined
    ? []
    : aboutEntries
        .filter((key) => Predicate.hasProperty(yaml.value, key))
        .map((key) =>
          issue(
            key,
            "plan/nothing-to-post",
            `${key} says what becomes of entries, and the pipeline posts none. Leave it out, or add a mapping and a sink.`
          )
        )
}
