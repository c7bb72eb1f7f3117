/**
 * doors: the event doors of a shop.
 */
import type { EventDoor, EventDoors } from "../../../pipeline/EventDoor.ts"
import type { DoorConfig } from "./DoorConfig.ts"
import { hmacDoor } from "./hmacDoor.ts"
import { ioEventsDoor } from "./ioEventsDoor.ts"
import { resources } from "./Topic.ts"
import { webhooksDoor } from "./webhooksDoor.ts"

const doorOf = (door: DoorConfig): EventDoor => {
  switch (door.family) {
    case "hmac":
      return hmacDoor(door)
    case "commerce-webhooks":
      return webhooksDoor(door)
    case "io-events":
      return ioEventsDoor(door)
  }
}

/** What a shop reports, and where. */
export const doors: EventDoors<{ readonly events: ReadonlyArray<DoorConfig> }> = {
  resources,
  doors: ({ connection }) => connection.events.map(doorOf)
}
