import { expect } from 'vitest'
import { CODE } from '../../../../host-link/wire/tms/codes.ts'
import { sealEnvelope } from '../../../../host-link/wire/tms/envelope.ts'
import { encodeParameterSet } from '../../../../host-link/wire/tms/parameter-set.ts'
import {
  encodeRelease,
  MANIFEST_BYTES_MAX,
  type ReleaseManifest,
} from '../../../../host-link/wire/tms/release.ts'
import type { RootRole } from '../../../../host-link/wire/tms/root.ts'
import { COUNTER_FLOOR, NO_SCOPE } from '../../../../terminal/boot/floor.ts'
import {
  DAY,
  filled,
  MODEL,
  NOW,
  person,
  releaseOf,
  setOf,
  sha256,
} from '../../../host-link/wire/tms/samples.ts'
import {
  attacksOn,
  type Circumstances,
  codeOf,
  crew,
  greet,
  makeTerminal,
  nameOf,
  rootDocument,
  sealedRoot,
  type Terminal,
} from './bench.ts'
import { commonAttacks, good, refused, type Subject } from './common.ts'

const program = attacksOn('program')
const { attack, elsewhere } = program

const subject: Subject = {
  role: 'program',
  payload: (over = {}) => encodeRelease(releaseOf(over)),
  signers: crew.program.slice(0, 2),
  terminal: (fast) => greet(makeTerminal({ fast: fast ?? false })),
  offer: (terminal, bytes) => terminal.trust.acceptRelease(bytes, sha256(bytes.subarray(0, 65_536))),
  bytesMax: MANIFEST_BYTES_MAX,
}
commonAttacks(subject, program)

const sealed = (over: Partial<ReleaseManifest> = {}, signers = crew.program.slice(0, 2)): Uint8Array =>
  sealEnvelope('program', encodeRelease(releaseOf(over)), signers)
const given = (
  terminal: Terminal,
  over: Partial<ReleaseManifest> = {},
  signers = crew.program.slice(0, 2),
): string => nameOf(codeOf(subject.offer(terminal, sealed(over, signers))))
const at = (circumstances: Circumstances = {}): Terminal => greet(makeTerminal(circumstances))
/** After a release of this seq and counter was confirmed. */
function after(seq: number, counter = 0, circumstances: Circumstances = {}): Terminal {
  const terminal = at(circumstances)
  expect(terminal.trust.confirmRelease({ seq, counter })).toBe(true)
  return terminal
}

attack('T04', 'the highest number, by keys of which too many are then replaced', 'numbers begin anew', () => {
  const terminal = after(2 ** 48 - 1)
  expect(given(terminal)).toBe('seqLow')
  const [kept = person(11)] = crew.program
  const people = { ...crew, program: [kept, person(51), person(52)] }
  expect(terminal.trust.acceptRoots([sealedRoot({ seq: 2 }, people)])).toBe(CODE.ok)
  expect(given(terminal)).toBe('signature')
  expect(given(terminal, {}, [kept, person(51)])).toBe('ok')
  expect(given(greet(terminal.restarted()), {}, [person(52), person(51)])).toBe('ok')
})
attack('T04', 'the highest number, by keys of which two of three stay', 'the number stays', () => {
  const terminal = after(100)
  const people = { ...crew, program: [...crew.program.slice(0, 2), person(51)] }
  expect(terminal.trust.acceptRoots([sealedRoot({ seq: 2 }, people)])).toBe(CODE.ok)
  expect(given(terminal)).toBe('seqLow')
  expect(given(greet(terminal.restarted()))).toBe('seqLow')
  expect(given(terminal, { seq: 100 })).toBe('ok')
})
attack(
  'T05',
  'a lower number than that of the release confirmed',
  'seqLow; the same and a higher one are taken',
  () => {
    const terminal = after(7)
    expect([given(terminal, { seq: 6 }), given(terminal, { seq: 7 }), given(terminal, { seq: 8 })]).toEqual([
      ...['seqLow', 'ok', 'ok'],
    ])
    expect(given(greet(terminal.restarted()), { seq: 6 })).toBe('seqLow')
  },
)
attack(
  'T05',
  'a lower number than one that was only received',
  'taken: nothing rises before a confirmation',
  () => {
    const terminal = at()
    expect([given(terminal, { seq: 8 }), given(terminal, { seq: 7 })]).toEqual(['ok', 'ok'])
  },
)
attack('T05', 'a lower security counter than that of the release confirmed', 'counterLow', () => {
  const terminal = after(7, 3)
  expect([given(terminal, { counter: 2 }), given(terminal, { counter: 3 })]).toEqual(['counterLow', 'ok'])
  expect(given(greet(terminal.restarted()), { counter: 2 })).toBe('counterLow')
  expect(terminal.secure.floor(COUNTER_FLOOR, NO_SCOPE)).toBe(3)
})
attack('T05', 'a counter below the floor of the root, also where that floor came later', 'counterLow', () => {
  expect(given(at({ factory: sealedRoot({ counterFloor: 4 }) }))).toBe('counterLow')
  const terminal = at()
  expect(given(terminal)).toBe('ok')
  expect(terminal.trust.acceptRoots([sealedRoot({ seq: 2, counterFloor: 4 })])).toBe(CODE.ok)
  expect([given(terminal), given(terminal, { counter: 4 })]).toEqual(['counterLow', 'ok'])
})
attack('T06', 'a manifest that is over at the time of the order', 'expired', () => {
  expect([given(at(), { expires: NOW }), given(at(), { expires: NOW + 1 })]).toEqual(['expired', 'ok'])
})
attack(
  'T06',
  'a manifest that is over at the newest time seen, before any order of this start',
  'expired',
  () => {
    const terminal = at().restarted()
    expect([given(terminal, { expires: NOW }), given(terminal, { expires: NOW + 1 })]).toEqual([
      'expired',
      'ok',
    ])
  },
)
attack('T07', 'a mirror that gives another genuine manifest than the one ordered', 'blockWrong', () => {
  const terminal = at()
  const [wanted, other] = [sealed(), sealed({ seq: 8 })]
  const before = terminal.verified()
  expect(codeOf(terminal.trust.acceptRelease(other, sha256(wanted)))).toBe(CODE.blockWrong)
  expect(terminal.verified()).toBe(before)
})
attack('T08', 'two signers of one manifest and the payload of another', 'signature', () => {
  const [first = person(11), second = person(12)] = crew.program
  const signed = sealed({}, [first, second])
  const other = encodeRelease(releaseOf({ seq: 8 }))
  const signatures = (bytes: Uint8Array): Uint8Array => bytes.slice(bytes.length - 2 * 82 - 1)
  const moved = Uint8Array.of(
    ...sealEnvelope('program', other, [first, second]).slice(0, -165),
    ...signatures(signed),
  )
  refused(subject, moved, CODE.signature)
})
attack(
  'T08',
  'the same manifest with the signatures of other rightful signers',
  'blockWrong: not the object ordered',
  () => {
    const terminal = at()
    const bytes = sealed({}, crew.program.slice(1))
    expect(codeOf(subject.offer(terminal, bytes))).toBe(CODE.ok)
    expect(codeOf(terminal.trust.acceptRelease(bytes, sha256(sealed())))).toBe(CODE.blockWrong)
  },
)
attack('T09', 'a manifest for other models', 'wrongModel', () => {
  refused(subject, sealed({ models: ['SK-100', 'SK-2000'] }), CODE.wrongModel)
  expect(given(at({ model: 'SK-300' }))).toBe('wrongModel')
})
attack('T09', "a vendor's keys for a model that does not begin with its prefix", 'signature', () => {
  const vendor = [person(61), person(62)]
  const all = rootDocument({}, { ...crew, program: [...crew.program, ...vendor] })
  const kids = (people: typeof vendor): Uint8Array[] =>
    people.map(({ kid }) => kid).sort((a, b) => Buffer.compare(a, b))
  const programs: readonly RootRole[] = [
    { role: 2, threshold: 2, kids: kids(crew.program), prefixes: ['SK-2', 'SK-3'] },
    { role: 2, threshold: 1, kids: kids(vendor), prefixes: ['OM-'] },
  ]
  const roles = [...all.roles.filter(({ role }) => role !== 2), ...programs]
  const factory = sealedRoot({ keys: all.keys, roles })
  const models = [MODEL, 'OM-5']
  expect(given(at({ factory }), { models }, vendor.slice(0, 1))).toBe('signature')
  expect(given(at({ factory }), { models })).toBe('ok')
  expect(given(at({ factory, model: 'OM-5' }), { models }, vendor.slice(0, 1))).toBe('ok')
  expect(given(at({ factory, model: 'OM-5' }), { models })).toBe('signature')
  expect(given(at({ factory, model: 'SK-5' }), { models: ['SK-5'] })).toBe('signature')
})
attack('T12', 'old keys after the root took them away, new ones before it came', 'signature', () => {
  const people = { ...crew, program: [person(51), person(52), person(53)] }
  const terminal = at()
  expect(given(terminal, {}, people.program.slice(0, 2))).toBe('signature')
  expect(terminal.trust.acceptRoots([sealedRoot({ seq: 2 }, people)])).toBe(CODE.ok)
  expect(given(terminal)).toBe('signature')
  expect(given(terminal, {}, people.program.slice(0, 2))).toBe('ok')
})
attack('T20', 'a manifest of 32 KiB', 'taken; one byte more → malformed', () => {
  const component = (name: string) => ({ name, length: 1, hash: filled(32, 0) })
  const components = Array.from({ length: 200 }, () => component('n'.repeat(80)))
  const payloads = Array.from({ length: 32 }, () => ({ base: filled(32, 1), size: 1, index: filled(32, 2) }))
  const bytes = sealed({ components, payloads })
  expect(bytes.length).toBeLessThan(MANIFEST_BYTES_MAX)
  expect(codeOf(subject.offer(at(), bytes))).toBe(CODE.ok)
  refused(subject, filled(MANIFEST_BYTES_MAX + 1, 0), CODE.malformed)
})
attack('T21', 'a parameter set under the signatures of the program role', 'malformed', () => {
  refused(
    subject,
    sealEnvelope('program', encodeParameterSet(setOf()), crew.program.slice(0, 2)),
    CODE.malformed,
  )
})
attack('T03', 'a good manifest that nobody ordered', 'blockWrong', () => {
  const terminal = at()
  expect(codeOf(terminal.trust.acceptRelease(good(subject), filled(32, 0)))).toBe(CODE.blockWrong)
  expect(DAY).toBeGreaterThan(0)
})
elsewhere('T10', 'the fetcher: a window that is not answered is halved, then the other source, then a wait')
elsewhere('T13', 'a release is for models; the order that names it is for one terminal')
elsewhere('T14', 'the nonce stands in the order, which names the release by its SHA-256')
