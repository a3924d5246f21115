import type { Device } from './device.ts'

/**
 * The device contract once more, as data: which calls there are and which of them wait. A runtime (QuickJS in
 * WebAssembly, C) walks this table to install `device`; the conformance suite walks it to know that nothing is
 * missing. `test/terminal/device/contract.test.ts` holds it against the interfaces.
 */
export type CallKind = 'instant' | 'waits'

// biome-ignore format: one row a peripheral
export const contract = {
  display: { size: 'instant', clear: 'instant', draw: 'instant', icons: 'instant' },
  keypad:  { next: 'waits', cancel: 'instant', flush: 'instant' },
  reader:  { wait: 'waits', cancel: 'instant' },
  secure:  { enterPin: 'waits', changePin: 'waits', inject: 'waits', renewMaster: 'waits', cancel: 'instant',
             mac: 'instant', verifyMac: 'instant', encryptTrack: 'instant', loadWorkingKeys: 'instant', slot: 'instant', random: 'instant', deviceTag: 'instant',
             hash: 'instant', verify: 'instant', sign: 'instant', reportKey: 'instant', floor: 'instant', raiseFloor: 'instant' },
  printer: { columns: 'instant', paper: 'instant', print: 'waits' },
  flash:   { geometry: 'instant', read: 'instant', program: 'instant', erase: 'instant' },
  slots:   { geometry: 'instant', read: 'instant', program: 'instant', erase: 'instant', hash: 'instant', running: 'instant',
             factory: 'instant', readFactory: 'instant' },
  link:    { open: 'waits', send: 'waits', receive: 'waits', cancel: 'instant', close: 'instant', quality: 'instant',
             security: 'instant' },
  inbox:   { state: 'instant', publish: 'instant', next: 'waits', cancel: 'instant', fetch: 'waits' },
  clock:   { now: 'instant', set: 'instant', monotonicMs: 'instant', sleep: 'waits' },
  charset: { encodeGbk: 'instant', decodeGbk: 'instant' },
  info:    { identity: 'instant', setup: 'instant', restart: 'instant' },
} as const satisfies Contract

type Contract = { [P in keyof Device]: { [M in keyof Device[P]]: KindOf<Device[P][M]> } }
type KindOf<F> = F extends (...args: never[]) => infer R
  ? R extends Promise<unknown>
    ? 'waits'
    : 'instant'
  : never
