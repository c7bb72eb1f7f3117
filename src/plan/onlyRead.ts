/**
 * onlyRead: says of a sink whose type is that of a source, such as guests, that nothing can be written there.
 */
import { Predicate } from "effect"
import type { ConfigIssue } from "../config/ConfigIssue.ts"
import type { YamlFile } from "../config/parseYaml.ts"
import type { Connector } from "../pipeline/Connector.ts"

const sinkType = ({ value }: YamlFile) =>
  Predicate.hasProperty(value, "sink") && Predicate.hasProperty(value.sink, "type")
    ? value.sink.type
    : undefined

/** The issues, that about the type of such a sink in plainer words. */
export const onlyRead = (
  yaml: YamlFile,
  issues: ReadonlyArray<ConfigIssue>,
  connectors: ReadonlyArray<Connector>
): ReadonlyArray<ConfigIssue> => {
  const type = sinkType(yaml)
  const source = connectors.flatMap(({ sources }) => sources).find((one) => one.type === type)
  if (source === undefined) return issues
  const at = yaml.locate(["sink", "type"])
  return issues.map(({ suggestion, ...issue }): ConfigIssue =>
    issue.code === "config/unknown-type" && issue.line === at.line && issue.column === at.column
      ? {
          ...issue,
          message: `${source.type} can only be read: nothing is written there.${source.people === "guests" ? " Guests become customers of the ledger, and there is no way back." : ""} Name a sink.`
        }
      : { ...issue, ...(suggestion === undefined ? {} : { suggestion }) }
  )
}
