import { isIP } from 'node:net'
import type { Provision } from '../host-link/host/provision.ts'
import { hexOf } from '../host-link/wire/bytes.ts'

/**
 * One line when two terminals have the same master key: who reads it out of one has the working keys of the other.
 * It names terminals, never a key. To be asked before the host takes the keys, as it wipes them.
 */
export function sharedKeyWarning(provisions: readonly Provision[]): string | undefined {
  const owners = new Map<string, string[]>()
  for (const { keys, terminal } of provisions)
    for (const key of new Set(keys.map((one) => withoutParity(one.key))))
      owners.set(key, [...(owners.get(key) ?? []), terminal.terminalId])
  const shared = new Set([...owners.values()].filter((terminals) => terminals.length > 1).flat())
  if (shared.size === 0) return undefined
  return `warning: terminals ${[...shared].join(', ')} have the same master key; each should have its own`
}

/** The lowest bit of a DES key's byte is its parity: keys that differ there alone are one (FIPS 46-3). */
function withoutParity(key: Uint8Array): string {
  return hexOf(key.map((byte) => byte & 0xfe))
}

/**
 * One line for the demonstration's keys on an address (`tcp://H:P` or `H:P`) that other machines reach. What is no
 * address has none: nobody listens there.
 */
export function publicKeysWarning(listen: string): string | undefined {
  const match = /^(?:tcp:\/\/)?(?:\[([^\]]+)\]|([^\s:/[\]]+)):\d+$/.exec(listen)
  const host = match?.[1] ?? match?.[2]
  if (host === undefined || isLoopback(host)) return undefined
  return `warning: ${listen} is no loopback address, and the keys of the demonstration are public; give --provision`
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
