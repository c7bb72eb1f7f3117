import { assert, describe, it } from "@effect/vitest"
import { addressKind } from "../../src/http/addressKind.ts"

describe("addressKind", () => {
  it.each([
    ["8.8.8.8", "public"],
    ["172.15.255.255", "public"],
    ["172.32.0.1", "public"],
    ["2606:4700::1111", "public"],
    ["::ffff:8.8.8.8", "public"],
    ["64:ff9b::808:808", "public"],
    ["10.0.0.1", "private"],
    ["172.16.0.1", "private"],
    ["172.31.255.255", "private"],
    ["192.168.1.1", "private"],
    ["100.64.0.1", "private"],
    ["fd12:3456::1", "private"],
    ["64:ff9b:1::a00:1", "private"],
    ["::ffff:10.0.0.1", "private"],
    ["::ffff:a00:1", "private"],
    ["64:ff9b::10.0.0.1", "private"],
    ["127.0.0.1", "loopback"],
    ["127.255.255.254", "loopback"],
    ["::1", "loopback"],
    ["0:0:0:0:0:0:0:1", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["64:ff9b::7f00:1", "loopback"],
    ["169.254.169.254", "never"],
    ["::ffff:169.254.169.254", "never"],
    ["64:ff9b::a9fe:a9fe", "never"],
    ["100.100.100.200", "never"],
    ["168.63.129.16", "never"],
    ["fd00:ec2::254", "never"],
    ["fe80::1", "never"],
    ["fe80::1%eth0", "never"],
    ["0.0.0.0", "never"],
    ["::", "never"],
    ["::7f00:1", "never"],
    ["224.0.0.1", "never"],
    ["255.255.255.255", "never"],
    ["ff02::1", "never"],
    ["2002:7f00:1::", "never"],
    ["2001:0:7f00:1::", "never"],
    ["192.0.2.1", "never"],
    ["198.18.0.1", "never"],
    ["0177.0.0.1", "never"],
    ["2130706433", "never"],
    ["example.com", "never"],
    ["", "never"]
  ])("%s: %s", (address, kind) => {
    assert.strictEqual(addressKind(address), kind)
  })
})
