/**
 * CustomerSink: reads, creates and changes customers in one system.
 *
 * What is written is decided by the caller, on the customer as it was read; a
 * sink never writes over a change that somebody else made since, and gives back
 * what the system holds afterwards, which need not be what was sent.
 */
import type { Effect, Option } from "effect"
import type { Probe } from "./Connector.ts"
import type { ConnectorError } from "./ConnectorError.ts"
import type { Customer, PostalAddress } from "./Customer.ts"
import type { SecretMissing } from "./Secrets.ts"
import type { SinkDefinition } from "./Sink.ts"
import type { StageServices } from "./Source.ts"

/** Fields of a customer that can be kept the same in two systems, beside the addresses. */
export const customerFields = [
  "name",
  "firstName",
  "lastName",
  "company",
  "email",
  "phone",
  "vatNumber",
  "language",
  "currency",
  "paymentTerms"
] as const
export type CustomerField = (typeof customerFields)[number]

/** Fields by which a customer can be looked for; `externalId` is the key that the other system has for it. */
export type CustomerSearch = "externalId" | "vatNumber" | "email" | "name"

/** A customer as the system holds it. */
export interface HeldCustomer {
  readonly customer: Customer
  /** Changes with every change of the customer, addresses included; only the sink reads it. */
  readonly version: string
  /** Key in the other system, where this one has a place for it. */
  readonly externalId?: string
}

/** An address to write: a new one, or the one with this `id`. It is written whole, and no address is ever deleted. */
export interface AddressChange {
  readonly id: string | undefined
  readonly address: Omit<PostalAddress, "id">
  readonly isBilling: boolean
  readonly isShipping: boolean
}

/** What to write of a customer; what is not named stays as it is. */
export interface CustomerChange {
  /** New values; null clears the field. */
  readonly fields: Partial<Readonly<Record<CustomerField, string | null>>>
  readonly addresses: ReadonlyArray<AddressChange>
  /** Key in the other system, stored where there is a place for it. */
  readonly externalId?: string
}

/** A sink ready to write. */
export interface OpenCustomerSink {
  /** The customer with this id; none when the system says that there is none, or that the person was erased. */
  fetch(id: string): Effect.Effect<Option.Option<HeldCustomer>, ConnectorError>
  /**
   * Customers whose field equals `value` as the system compares, a few at most;
   * the caller compares again. Fails closed: where the field cannot be searched
   * for, that is a failure and not "none".
   */
  search(field: CustomerSearch, value: string): Effect.Effect<ReadonlyArray<HeldCustomer>, ConnectorError>
  /**
   * Creates a customer and gives it as read back. Fails with `Rejected` and the
   * system's own reason, and with `OutcomeUnknown` when it may be there: then
   * `search` by what identifies it decides, never a second creation.
   */
  create(change: CustomerChange): Effect.Effect<HeldCustomer, ConnectorError>
  /**
   * Writes the change if the customer is still as `held`, and gives it as read
   * back. Fails with `Rejected`, code `changed-meanwhile`, when it is not: read
   * and decide again. After `OutcomeUnknown` reading it says what became of it.
   */
  update(held: HeldCustomer, change: CustomerChange): Effect.Effect<HeldCustomer, ConnectorError>
}

/** A sink, configured and closed. */
export interface CustomerSink {
  readonly open: Effect.Effect<OpenCustomerSink, ConnectorError | SecretMissing, StageServices>
  /** Fields that the system has a place for; others are not written and not compared. */
  readonly fields: ReadonlySet<CustomerField>
  /** Whether it has addresses that can be written. */
  readonly hasAddresses: boolean
  /** Where `search` can look. */
  readonly searches: ReadonlySet<CustomerSearch>
  /** Fields without which it creates no customer. */
  readonly required: ReadonlyArray<CustomerField | "address">
  /** Checks, reading only, what the settings name, for `ping`; what the connection needs is for the connector's own probe. */
  readonly probe: Probe
}

/** A declared sink of customers. Its `type` is that of the source of the customers that it writes. */
export type CustomerSinkDefinition<Connection> = SinkDefinition<Connection, CustomerSink>
