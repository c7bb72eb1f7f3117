/**
 * addressKind: where an IP address leads.
 *
 * A host name says nothing about that, and whoever owns a name may point it
 * anywhere, so it is the addresses that are judged, after they were looked up.
 *
 * Source: the IANA special-purpose address registries for IPv4 and IPv6.
 */
import { BlockList, isIP } from "node:net"

/**
 * `public`: the internet. `private`: a network of a house, a cloud or a
 * provider. `loopback`: this machine. `never`: an address that no business
 * system stands at, link-local ones with the credentials of a cloud machine
 * among them.
 */
export type AddressKind = "public" | "private" | "loopback" | "never"

const listOf = (...ranges: ReadonlyArray<string>): BlockList => {
  const list = new BlockList()
  for (const range of ranges) {
    const [network = "", prefix = "32"] = range.split("/")
    list.addSubnet(network, Number(prefix), network.includes(":") ? "ipv6" : "ipv4")
  }
  return list
}

const loopback = listOf("127.0.0.0/8", "::1/128")
const privately = listOf(
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  // Shared between a provider and its customers, and used by overlay networks.
  "100.64.0.0/10",
  "fc00::/7",
  "64:ff9b:1::/48"
)
const never = listOf(
  "0.0.0.0/8",
  "169.254.0.0/16",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  // Where clouds answer with credentials of the machine, outside of link-local addresses.
  "100.100.100.200/32",
  "168.63.129.16/32",
  "fd00:ec2::254/128",
  "fd20:ce::254/128",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20"
)
/** All that is given out of IPv6; what lies outside is local, or has no meaning. */
const globalSix = listOf("2000::/3")

/** The eight groups of an IPv6 address in whatever way it is written. */
const groupsOf = (address: string): ReadonlyArray<number> => {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/u.exec(address)
  const hex =
    dotted === null
      ? address
      : `${dotted[1]}${[2, 4]
          .map((at) => (Number(dotted[at]) * 256 + Number(dotted[at + 1])).toString(16))
          .join(":")}`
  const [head = "", tail] = hex.split("::")
  const groups = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number(`0x${group}`)))
  if (tail === undefined) return groups(head)
  const [first, last] = [groups(head), groups(tail)]
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last]
}

/** The IPv4 address that an IPv6 address stands for: v4-mapped, or behind a NAT64 gateway. */
const embedded = (groups: ReadonlyArray<number>): string | undefined => {
  const [high = 0, low = 0] = groups.slice(6)
  const before = groups.slice(0, 6).join(",")
  return before === "0,0,0,0,0,65535" || before === "100,65435,0,0,0,0"
    ? [high >> 8, high & 255, low >> 8, low & 255].join(".")
    : undefined
}

/** The kind of an address as `dns.lookup` or a URL gives it, without brackets; `never` for what is no address. */
export const addressKind = (address: string): AddressKind => {
  // A zone (fe80::1%eth0) only makes sense for addresses that are local to a link.
  const version = address.includes("%") ? 0 : isIP(address)
  if (version === 0) return "never"
  const inner = version === 6 ? embedded(groupsOf(address)) : undefined
  if (inner !== undefined) return addressKind(inner)
  const family = version === 4 ? "ipv4" : "ipv6"
  if (never.check(address, family)) return "never"
  if (loopback.check(address, family)) return "loopback"
  if (privately.check(address, family)) return "private"
  return version === 4 || globalSix.check(address, family) ? "public" : "never"
}
