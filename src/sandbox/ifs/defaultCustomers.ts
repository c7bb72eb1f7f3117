/**
 * defaultCustomers: two customers for a local IFS Cloud that people try things with.
 */
import { Effect } from "effect"
import {
  addressType,
  communicationMethodType,
  type CustomerRegister,
  customerType
} from "./CustomerRegister.ts"

/** Enters a company with address and e-mail, and one with neither. */
export const defaultCustomers = (register: CustomerRegister): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (const [CustomerId, Name] of [
      ["1001", "Nordlicht Handels GmbH"],
      ["1002", "Møller & Sønner A/S"]
    ] as const) {
      yield* register.insert(customerType, {
        CustomerId,
        Name,
        Country: CustomerId === "1001" ? "DE" : "DK",
        CountryCode: CustomerId === "1001" ? "DE" : "DK",
        DefaultLanguage: CustomerId === "1001" ? "de" : "da",
        CustomerCategory: "Customer",
        PartyType: "Customer",
        DefaultDomain: true
      })
    }
    yield* register.insert(addressType, {
      CustomerId: "1002",
      AddressId: "1",
      Name: "Møller & Sønner A/S",
      Address1: "Havnegade 1",
      ZipCode: "1058",
      City: "København",
      Country: "DK",
      PartyType: "Customer",
      DefaultDomain: true
    })
    yield* register.insert(communicationMethodType, {
      CustomerId: "1002",
      MethodId: "EMail",
      Value: "regning@moeller.example",
      MethodDefault: true
    })
  }).pipe(Effect.orDie)
