/**
 * planCustomers: how a pipeline keeps customers the same, checked against what the systems can do.
 */
import { Predicate } from "effect"
import { type ConfigIssue, issueAt } from "../config/ConfigIssue.ts"
import { type CustomerRules, matchRules } from "../config/CustomerRules.ts"
import type { YamlFile } from "../config/parseYaml.ts"
import type { CustomersConfig } from "../config/pipelineSchema.ts"
import { customerFields, type CustomerSearch, type CustomerSink } from "../pipeline/CustomerSink.ts"
import { suggest } from "../pipeline/Shape.ts"
import type { CustomerSettings } from "./Plan.ts"

/** Whether the `customers` section has a key of its own, or leaves it to the default. */
export const isSaid = ({ value }: YamlFile, key: string): boolean =>
  Predicate.hasProperty(value, "customers") && Predicate.hasProperty(value.customers, key)

const searchOf = (rule: CustomerRules["match"][number]): CustomerSearch =>
  rule === "nameAndPostcode" ? "name" : rule

const namesOf = (names: Iterable<string>) => [...names].join(", ")

/** The settings, and what in them the sink cannot do. */
export const planCustomers = (
  yaml: YamlFile,
  config: CustomersConfig,
  sink: CustomerSink
): { readonly settings: CustomerSettings; readonly issues: ReadonlyArray<ConfigIssue> } => {
  const { customers } = config
  const issues: Array<ConfigIssue> = []
  const report = (path: ReadonlyArray<PropertyKey>, code: string, message: string, suggestion?: string) =>
    void issues.push(
      issueAt(
        yaml.file,
        yaml.locate(["customers", ...path], typeof path.at(-1) === "string" ? "key" : "value"),
        {
          code,
          severity: "error",
          message,
          suggestion
        }
      )
    )
  const there = config.sink.connection
  customers.fields?.forEach((field, index) => {
    if (sink.fields.has(field)) return
    report(
      ["fields", index],
      "plan/no-place",
      `${there} has no place for ${field} of a customer. It has ${namesOf(sink.fields)}.`,
      suggest(field, [...sink.fields])
    )
  })
  const fields = customerFields.filter(
    (field) => sink.fields.has(field) && (customers.fields?.includes(field) ?? true)
  )
  const owners = Object.entries(customers.owners).flatMap(([name, owner]) => {
    const field = [...customerFields, "addresses" as const].find((one) => one === name)
    if (field === undefined || owner === undefined) return []
    if (field === "addresses" ? customers.addresses : fields.includes(field)) return [[field, owner] as const]
    report(
      ["owners", name],
      "plan/not-kept",
      `${name} is not kept the same, so nobody needs to own it. Leave it out, or add it to fields.`
    )
    return []
  })
  const canFind = (rule: CustomerRules["match"][number]) => sink.searches.has(searchOf(rule))
  const isStandard = !isSaid(yaml, "match")
  customers.match.forEach((rule, index) => {
    if (canFind(rule) || isStandard) return
    report(
      ["match", index],
      "plan/not-findable",
      `${there} finds no customer by ${searchOf(rule)}. It can match by ${namesOf(matchRules.filter(canFind))}.`
    )
  })
  if (isStandard && !customers.match.some(canFind)) {
    report(
      [],
      "plan/not-findable",
      `${there} finds no customer by ${namesOf(customers.match.map(searchOf))}, so those it has would be created a second time. Say under match what it can find: ${namesOf(matchRules.filter(canFind)) || "nothing yet; see the settings of its sink"}.`
    )
  }
  return {
    issues,
    settings: {
      match: customers.match.filter(canFind),
      conflicts: customers.conflicts,
      owners: new Map(owners),
      fields,
      addresses: customers.addresses,
      create: customers.create,
      writesPerHour: customers.writesPerHour
    }
  }
}
