import { hostTerminal, type Provision } from '../../../../host-link/host/provision.ts'
import type { HostTerminal } from '../../../../host-link/host/registry.ts'
import { readProvision } from '../../../../scripts/provision.ts'

/** Terminals that a fleet of hosts knows, made like the demonstration's: numbers and master keys differ. */
export function fleet(count: number): readonly Provision[] {
  const first = readProvision(new URL('../../../../scripts/demo/mall.json', import.meta.url).pathname)
  return Array.from({ length: count }, (_, at) => {
    const [key, ...more] = first.keys
    if (key === undefined) throw new Error('the demonstration has a key')
    const changed = { ...key, key: key.key.map((byte, place) => (place === 3 ? byte ^ (2 * at) : byte)) }
    const terminalId = String(10_000_001 + at)
    return {
      ...first,
      terminal: { ...first.terminal, terminalId, serial: `SK${terminalId}` },
      keys: [changed, ...more],
    }
  })
}

export function fleetTerminals(count: number): readonly HostTerminal[] {
  return fleet(count).map(hostTerminal)
}
