import type { Mutant } from './mutant.ts'

const cable = 'test/keys/attacks/cable.test.ts'
const element = 'test/keys/attacks/element.test.ts'
const leak = 'test/keys/attacks/leak.test.ts'
const loading = 'test/keys/attacks/loading.test.ts'
const memory = 'test/keys/attacks/memory.test.ts'
const random = 'test/keys/attacks/random.test.ts'
const tamper = 'test/keys/attacks/tamper.test.ts'
const wire = 'test/keys/attacks/wire.test.ts'

/** Doors opened on purpose: the attack that each lets in is a test of docs/threats.md. */
export const attacks: readonly Mutant[] = [
  {
    id: 'attack-compare-ends-early',
    rule: 'A12 timing',
    file: 'keys/equal-bytes.ts',
    find: '  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)\n',
    replace:
      '  for (let i = 0; i < a.length && difference === 0; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)\n',
    tests: [wire],
    does: 'Stops at the first byte of a MAC that is wrong.',
  },
  {
    id: 'attack-pin-guesses-are-free',
    rule: 'A02 guessing',
    file: 'emulator/device/pin-limit.ts',
    find: '      credit = Math.max(0, current() - blocks * PIN_COST_MS)\n',
    replace: '      credit = Math.max(0, current() - blocks)\n',
    tests: [element],
    does: 'Encrypts as many PINs as somebody types.',
  },
  {
    id: 'attack-pin-key-as-master',
    rule: 'A04 key type confusion',
    file: 'keys/load/master-block.ts',
    find: '    usage === header.usage &&\n',
    replace: '',
    tests: [loading],
    does: 'Takes a key block that wraps a protection key for a master key.',
  },
  {
    id: 'attack-component-as-key',
    rule: 'A03 related key parts',
    file: 'keys/load/master-block.ts',
    find: "    !keyVersion.startsWith('c') && // a component is no key\n",
    replace: '',
    tests: [loading],
    does: 'Loads one component as if it were the key.',
  },
  {
    id: 'attack-tamper-keeps-keys',
    rule: 'A18 tamper',
    file: 'emulator/device/secure.ts',
    find: '      store.tamper()\n',
    replace: '',
    tests: [tamper],
    does: 'Keeps the keys of a device whose case was opened.',
  },
  {
    id: 'attack-parameters-unsigned',
    rule: 'A17 unsigned parameters',
    file: 'terminal/flow/download.ts',
    find: '{ authenticated: true, cancellable: true }',
    replace: '{ authenticated: false, cancellable: true }',
    tests: [wire],
    does: 'Takes parameters from whoever is on the line.',
  },
  {
    id: 'attack-injection-without-end',
    rule: 'A21 injection mode',
    file: 'emulator/device/injection.ts',
    find: 'bus.after(TOTAL_MS, late)',
    replace: 'bus.after(TOTAL_MS * 9, late)',
    tests: [cable],
    does: 'Stays in injection for as long as somebody presses keys.',
  },
  {
    id: 'attack-ephemeral-of-zeros',
    rule: 'A23 random source',
    file: 'host-link/channel/end-core.ts',
    find: 'secret.length === 32 && secret.some((byte) => byte !== secret[0])',
    replace: 'secret.length === 32',
    tests: [random],
    does: 'Opens a channel with an ephemeral key that everybody knows.',
  },
  {
    id: 'attack-station-of-any-role',
    rule: 'A14 rogue station',
    file: 'host-link/channel/certificate.ts',
    find: '    certificate.role === wanted.role &&\n',
    replace: '',
    tests: [cable],
    does: 'Lets another terminal be the station.',
  },
  {
    id: 'attack-component-in-the-audit',
    rule: 'A19 log leaks',
    file: 'keys/station/ceremony.ts',
    find: "    core.record('component', { person: name, usage: 'ZMK', algorithm: making.algorithm, checkValue })\n",
    replace:
      "    core.record('component', { person: name, usage: 'ZMK', algorithm: making.algorithm, checkValue, detail: hexOf(bytes) })\n",
    tests: [leak],
    does: 'Writes a component to the ceremony’s record.',
  },
  {
    id: 'attack-typed-digits-stay',
    rule: 'A20 memory',
    file: 'keys/component.ts',
    find: '  wipe(digits)\n',
    replace: '',
    tests: [memory],
    does: 'Leaves the digits of a component where they were typed.',
  },
]
