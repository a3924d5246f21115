import { expect } from 'vitest'
import { CODE } from '../../../../host-link/wire/tms/codes.ts'
import { sealEnvelope } from '../../../../host-link/wire/tms/envelope.ts'
import {
  encodeParameterSet,
  PARAMETER_SET_BYTES_MAX,
  type ParameterSet,
} from '../../../../host-link/wire/tms/parameter-set.ts'
import { encodeRelease } from '../../../../host-link/wire/tms/release.ts'
import { filled, NOW, person, releaseOf, setOf, sha256 } from '../../../host-link/wire/tms/samples.ts'
import { attacksOn, codeOf, crew, greet, makeTerminal, nameOf, sealedRoot, type Terminal } from './bench.ts'
import { commonAttacks, good, refused, type Subject } from './common.ts'

const parameters = attacksOn('parameters')
const { attack, elsewhere } = parameters

const subject: Subject = {
  role: 'parameters',
  payload: (over = {}) => encodeParameterSet(setOf(over)),
  signers: crew.parameters.slice(0, 1),
  terminal: (fast) => greet(makeTerminal({ fast: fast ?? false })),
  offer: (terminal, bytes) => terminal.trust.acceptParameters(bytes, sha256(bytes.subarray(0, 65_536))),
  bytesMax: PARAMETER_SET_BYTES_MAX,
}
commonAttacks(subject, parameters)

const sealed = (over: Partial<ParameterSet> = {}, signers = crew.parameters.slice(0, 1)): Uint8Array =>
  sealEnvelope('parameters', encodeParameterSet(setOf(over)), signers)
const given = (
  terminal: Terminal,
  over: Partial<ParameterSet> = {},
  signers = crew.parameters.slice(0, 1),
): string => nameOf(codeOf(subject.offer(terminal, sealed(over, signers))))
const at = (): Terminal => greet(makeTerminal())
function after(seq: number): Terminal {
  const terminal = at()
  expect(terminal.trust.confirmParameters(seq)).toBe(true)
  return terminal
}

attack(
  'T04',
  'the highest number, by a key that is then replaced with all others of the role',
  'numbers begin anew',
  () => {
    const terminal = after(2 ** 48 - 1)
    expect(given(terminal)).toBe('seqLow')
    const fresh = [person(71), person(72)]
    expect(terminal.trust.acceptRoots([sealedRoot({ seq: 2 }, { ...crew, parameters: fresh })])).toBe(CODE.ok)
    expect(given(terminal)).toBe('signature')
    expect(given(terminal, {}, fresh.slice(0, 1))).toBe('ok')
  },
)
attack('T04', 'a key replaced while one stays', 'the number stays', () => {
  const terminal = after(12)
  const people = { ...crew, parameters: [...crew.parameters.slice(0, 1), person(72)] }
  expect(terminal.trust.acceptRoots([sealedRoot({ seq: 2 }, people)])).toBe(CODE.ok)
  expect([given(terminal, { seq: 11 }), given(terminal, { seq: 12 })]).toEqual(['seqLow', 'ok'])
})
attack(
  'T05',
  'a lower number than that of the set in force',
  'seqLow; the same and a higher one are taken',
  () => {
    const terminal = after(12)
    expect([given(terminal, { seq: 11 }), given(terminal), given(terminal, { seq: 13 })]).toEqual([
      'seqLow',
      'ok',
      'ok',
    ])
    expect(given(greet(terminal.restarted()), { seq: 11 })).toBe('seqLow')
  },
)
attack('T05', 'sets for later in any order', 'taken: nothing rises before one is in force', () => {
  const terminal = at()
  expect([given(terminal, { seq: 14 }), given(terminal, { seq: 13 })]).toEqual(['ok', 'ok'])
})
attack('T06', 'a set that is over at the time of the order', 'expired', () => {
  expect([given(at(), { expires: NOW }), given(at(), { expires: NOW + 1 })]).toEqual(['expired', 'ok'])
})
attack('T07', 'a mirror that gives another genuine set than the one ordered', 'blockWrong', () => {
  const terminal = at()
  expect(codeOf(terminal.trust.acceptParameters(sealed({ seq: 13 }), sha256(sealed())))).toBe(CODE.blockWrong)
})
attack(
  'T08',
  'the same set with the signature of the other rightful signer',
  'blockWrong: not the object ordered',
  () => {
    const bytes = sealed({}, crew.parameters.slice(1))
    expect(codeOf(subject.offer(at(), bytes))).toBe(CODE.ok)
    expect(codeOf(at().trust.acceptParameters(bytes, sha256(sealed())))).toBe(CODE.blockWrong)
  },
)
attack('T12', 'an old key after the root took it away', 'signature', () => {
  const terminal = at()
  const fresh = [person(71), person(72)]
  expect(given(terminal, {}, fresh.slice(0, 1))).toBe('signature')
  expect(terminal.trust.acceptRoots([sealedRoot({ seq: 2 }, { ...crew, parameters: fresh })])).toBe(CODE.ok)
  expect(given(terminal)).toBe('signature')
})
attack('T13', 'a set for another serial number, or for one that begins alike', 'notForMe', () => {
  for (const serial of ['SK-000002', 'SK-0000011', 'SK-00000', 'sk-000001'])
    refused(subject, sealed({ serial }), CODE.notForMe)
})
attack('T20', 'a set of 16 KiB', 'taken; one byte more → malformed', () => {
  const texts = (last: number): ParameterSet['values'] =>
    new Map(Array.from({ length: 8 }, (_, number) => [number, 'x'.repeat(number === 7 ? last : 2_020)]))
  const spare = PARAMETER_SET_BYTES_MAX - sealed({ values: texts(1_000) }).length
  expect(sealed({ values: texts(1_000 + spare) })).toHaveLength(PARAMETER_SET_BYTES_MAX)
  expect(given(at(), { values: texts(1_000 + spare) })).toBe('ok')
  refused(subject, sealed({ values: texts(1_000 + spare + 1) }), CODE.malformed)
})
attack('T21', 'a manifest under the signature of the parameters role', 'malformed', () => {
  refused(subject, sealEnvelope('parameters', encodeRelease(releaseOf()), crew.parameters), CODE.malformed)
})
attack('T03', 'a good set that nobody ordered', 'blockWrong', () => {
  expect(codeOf(at().trust.acceptParameters(good(subject), filled(32, 0)))).toBe(CODE.blockWrong)
})
elsewhere(
  'T09',
  'a parameter that this program does not know or refuses: `parameters.ts` holds each against its table',
)
elsewhere('T10', 'the fetcher, as for programs')
elsewhere('T14', 'the nonce stands in the order, which names the set by its SHA-256')
