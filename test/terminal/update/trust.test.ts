import { describe, expect, it } from 'vitest'
import { CODE } from '../../../host-link/wire/tms/codes.ts'
import { sealEnvelope } from '../../../host-link/wire/tms/envelope.ts'
import { encodeParameterSet } from '../../../host-link/wire/tms/parameter-set.ts'
import { encodeRelease } from '../../../host-link/wire/tms/release.ts'
import { encodeRoot } from '../../../host-link/wire/tms/root.ts'
import { decodeWant, encodeWant } from '../../../host-link/wire/tms/talk.ts'
import { filled, NOW, orderOf, person, releaseOf, setOf, sha256 } from '../../host-link/wire/tms/samples.ts'
import {
  codeOf,
  crew,
  greet,
  makeTerminal,
  mallory,
  NONCE,
  rawEnvelope,
  rootDocument,
  sealedOrder,
  sealedRoot,
  signatureOf,
} from './attacks/bench.ts'

const manifest = sealEnvelope('program', encodeRelease(releaseOf()), crew.program.slice(1))
const set = sealEnvelope('parameters', encodeParameterSet(setOf()), crew.parameters.slice(1))
const program = { hash: sha256(manifest), size: manifest.length, order: 5 }
const parameterSets = [{ hash: sha256(set), size: set.length }]

describe('信任 trust', () => {
  it('an update cycle: roots and order in one message, the manifest and the set that it names → each as signed', () => {
    const people = { ...crew, director: [person(41), person(42)] }
    const order = sealedOrder({ program, parameterSets }, people.director.slice(0, 1))
    const message = encodeWant({ roots: [sealedRoot({ seq: 2 }, people)], order })
    const { trust } = makeTerminal()
    const want = decodeWant(message)
    expect(codeOf(trust.acceptOrder(want.order ?? filled(1, 0), NONCE, 0))).toBe(CODE.signature)
    expect(trust.acceptRoots(want.roots)).toBe(CODE.ok)
    expect(trust.acceptOrder(want.order ?? filled(1, 0), NONCE, 0)).toEqual(
      orderOf({ nonce: NONCE, program, parameterSets }),
    )
    expect(trust.acceptRelease(manifest, program.hash)).toEqual(releaseOf())
    expect(trust.acceptParameters(set, parameterSets[0]?.hash ?? filled(1, 0))).toEqual(setOf())
    expect(trust.confirmRelease(releaseOf())).toBe(true)
    expect(trust.confirmParameters(setOf().seq)).toBe(true)
    expect(codeOf(trust.acceptRelease(manifest, program.hash)), 'what is confirmed is still good').toBe(
      CODE.ok,
    )
  })

  it('no roots to take → in order, nothing written', () => {
    const terminal = makeTerminal()
    const before = terminal.lasting()
    expect(terminal.trust.acceptRoots([])).toBe(CODE.ok)
    expect([terminal.lasting() === before, terminal.stored(), terminal.trust.rootVersion()]).toEqual([
      true,
      undefined,
      1,
    ])
  })

  it('rubbish as payload: nobody has signed it → signature, for it is not read; signed → malformed', () => {
    const { trust } = makeTerminal()
    const rubbish = filled(40, 0xff)
    const unsigned = rawEnvelope(rubbish, [signatureOf('director', rubbish, mallory[0] ?? person(91))])
    expect(codeOf(trust.acceptOrder(unsigned, NONCE, 0))).toBe(CODE.signature)
    const signed = sealEnvelope('director', rubbish, crew.director.slice(0, 1))
    expect(codeOf(trust.acceptOrder(signed, NONCE, 0))).toBe(CODE.malformed)
  })

  it('signatures beyond the threshold cost one verification each, at most one for each key of the role', () => {
    const terminal = greet(makeTerminal())
    const before = terminal.verified()
    const many = sealEnvelope('program', encodeRelease(releaseOf()), [
      ...crew.program,
      ...mallory,
      ...crew.root,
    ])
    expect(codeOf(terminal.trust.acceptRelease(many, sha256(many)))).toBe(CODE.ok)
    expect(terminal.verified() - before).toBe(crew.program.length)
  })

  it('the time: none before the first order, then the order’s and the seconds since by the monotonic clock', () => {
    const { trust } = makeTerminal()
    expect(trust.time(5_000)).toBe(undefined)
    expect(codeOf(trust.acceptOrder(sealedOrder(), NONCE, 5_000))).toBe(CODE.ok)
    expect([trust.time(5_000), trust.time(5_999), trust.time(65_000)]).toEqual([NOW, NOW, NOW + 60])
    expect(codeOf(trust.acceptOrder(sealedOrder({ seq: 42, created: NOW + 90 }), NONCE, 65_000))).toBe(
      CODE.ok,
    )
    expect(trust.time(65_000)).toBe(NOW + 90)
  })

  it('a refused order changes neither the time nor the numbers', () => {
    const terminal = greet(makeTerminal())
    const before = terminal.lasting()
    for (const wrong of [{ serial: 'other' }, { nonce: filled(8, 0) }, { tenant: 'other' }, { expires: NOW }])
      expect(
        codeOf(terminal.trust.acceptOrder(sealedOrder({ seq: 99, created: NOW + 9, ...wrong }), NONCE, 0)),
      ).not.toBe(CODE.ok)
    expect([terminal.trust.time(0), terminal.lasting() === before]).toEqual([NOW, true])
  })

  it('the same order again within the hour → taken without a write', () => {
    const terminal = greet(makeTerminal())
    const before = terminal.lasting()
    greet(terminal)
    greet(terminal, { created: NOW + 3_599 })
    expect(terminal.lasting()).toBe(before)
    greet(terminal, { created: NOW + 3_600 })
    expect(terminal.lasting()).not.toBe(before)
  })

  it('a root signed by more than its thresholds, by strangers too → taken', () => {
    const { trust } = makeTerminal()
    const root = sealEnvelope('root', encodeRoot(rootDocument({ seq: 2 })), [...crew.root, ...mallory])
    expect(trust.acceptRoots([root])).toBe(CODE.ok)
  })
})
