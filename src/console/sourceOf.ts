/**
 * sourceOf: who sent a request, behind proxies that we know.
 */
import { BlockList, isIP } from "node:net"
import { Option, Result } from "effect"

/** Addresses and networks, such as 10.0.0.0/8, of proxies whose word counts; none when the text is empty. */
export const trustedProxies = (text: string): Option.Option<BlockList> => {
  const list = new BlockList()
  for (const entry of text.split(/[\s,]+/u).filter((part) => part !== "")) {
    const [address = "", bits] = entry.split("/")
    const family = isIP(address) === 6 ? "ipv6" : "ipv4"
    const added = Result.try(() =>
      bits === undefined ? list.addAddress(address, family) : list.addSubnet(address, Number(bits), family)
    )
    if (isIP(address) === 0 || Result.isFailure(added)) return Option.none()
  }
  return Option.some(list)
}

const plainAddress = (address: string) => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/u, "")

const isIn = (list: BlockList, address: string) => list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4")

/** Whoever has one address of version 6 has the whole network of it. */
const groupOf = (address: string) =>
  isIP(address) === 6
    ? new URL(`http://[${address}]`).hostname.slice(1, -1).split(":").slice(0, 4).join(":")
    : address

/**
 * The address that knocks. `forwarded` is what X-Forwarded-For says, and counts
 * from the right as far as it was written by trusted proxies; what stands further
 * left anybody may have written.
 */
export const sourceOf = (options: {
  readonly peer: string
  readonly forwarded: string
  readonly proxies: BlockList
}): string => {
  const peer = plainAddress(options.peer)
  const { proxies } = options
  if (isIP(peer) === 0 || !isIn(proxies, peer)) return groupOf(peer)
  const claimed = options.forwarded.split(",").map((part) => plainAddress(part.trim()))
  const source = claimed.findLast((address) => isIP(address) === 0 || !isIn(proxies, address))
  return source === undefined || isIP(source) === 0 ? groupOf(peer) : groupOf(source)
}
