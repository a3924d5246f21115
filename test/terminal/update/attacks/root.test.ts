import { describe, expect, it } from 'vitest'
import { CODE, type Code } from '../../../../host-link/wire/tms/codes.ts'
import { sealEnvelope } from '../../../../host-link/wire/tms/envelope.ts'
import { encodeRoot, ROOT_BYTES_MAX } from '../../../../host-link/wire/tms/root.ts'
import { FLOOR } from '../../../../terminal/boot/floor.ts'
import { TRUST_BYTES_MAX } from '../../../../terminal/update/root-chain.ts'
import { makeTrust } from '../../../../terminal/update/trust.ts'
import {
  filled,
  hexOf,
  MODEL,
  NOW,
  type Person,
  person,
  SERIAL,
  sha256,
  TENANT,
} from '../../../host-link/wire/tms/samples.ts'
import {
  attacksOn,
  type Circumstances,
  type Crew,
  codeOf,
  crew,
  FACTORY,
  makeTerminal,
  NONCE,
  nameOf,
  rawEnvelope,
  rootDocument,
  SMALL_ORDER_KEY,
  SMALL_ORDER_SIGNATURE,
  sealedOrder,
  sealedRoot,
  signatureOf,
  type Terminal,
} from './bench.ts'
import { byKid, commonAttacks, refused, type Subject } from './common.ts'

const root = attacksOn('root')
const { attack, elsewhere } = root

/** Root 2, with one new key in the root role; signed by two who are in both. */
const next: Crew = { ...crew, root: [...crew.root.slice(0, 2), person(4)] }
const subject: Subject = {
  role: 'root',
  payload: (over = {}) => encodeRoot(rootDocument({ seq: 2, ...over }, next)),
  signers: crew.root.slice(0, 2),
  terminal: (fast) => makeTerminal({ fast: fast ?? false }),
  offer: (terminal, bytes) => terminal.trust.acceptRoots([bytes]),
  bytesMax: ROOT_BYTES_MAX,
}
commonAttacks({ ...subject, payload: (over = {}) => subject.payload({ ...over, seq: 2 }) }, root)

const fresh = [5, 6, 7].map(person)
/** Everybody of the root role is another. */
const others: Crew = { ...crew, root: fresh }
const step = (seq: number, people: Crew, signers: readonly Person[]): Uint8Array =>
  sealedRoot({ seq }, people, signers)
const taken = (terminal: Terminal, ...roots: Uint8Array[]): string =>
  nameOf(terminal.trust.acceptRoots(roots))
const [old1 = person(1), old2 = person(2), old3 = person(3)] = crew.root
const [new1 = person(5), new2 = person(6), new3 = person(7)] = fresh

attack('T04', 'the highest version by stolen keys is no next one', 'requiredVersion', () => {
  refused(subject, step(2 ** 48 - 1, crew, [old1, old2]), CODE.requiredVersion)
})
attack('T05', 'an earlier root, the same one again', 'seqLow', () => {
  const terminal = makeTerminal()
  expect(taken(terminal, step(2, crew, [old1, old2]), step(3, crew, [old1, old2]))).toBe('ok')
  const before = terminal.lasting()
  expect(taken(terminal, FACTORY)).toBe('seqLow')
  expect(taken(terminal, step(2, crew, [old1, old2]))).toBe('seqLow')
  expect(taken(terminal, step(3, crew, [old1, old2]))).toBe('seqLow')
  expect([terminal.trust.rootVersion(), terminal.lasting() === before]).toEqual([3, true])
})
attack(
  'T05',
  'an earlier store of the roots put back, or none',
  'seqLow for every document until the roots came again',
  () => {
    const terminal = makeTerminal()
    expect(taken(terminal, step(2, crew, [old1, old2]))).toBe('ok')
    const early = terminal.stored()
    expect(taken(terminal, step(3, crew, [old1, old2]))).toBe('ok')
    for (const [stored, version] of [
      [early, 2],
      [undefined, 1],
    ] as const) {
      const again = makeTrust({
        ...{ secure: terminal.secure, serial: SERIAL, model: MODEL, stored, keep: () => true },
        update: { tenant: TENANT, root: FACTORY },
      })
      if (again === undefined) throw new Error('the factory root is good')
      expect(again.rootVersion()).toBe(version)
      expect(codeOf(again.acceptOrder(sealedOrder(), NONCE, 0))).toBe(CODE.seqLow)
      const roots = [step(2, crew, [old1, old2]), step(3, crew, [old1, old2])].slice(version - 1)
      expect(again.acceptRoots(roots)).toBe(CODE.ok)
      expect(codeOf(again.acceptOrder(sealedOrder(), NONCE, 0))).toBe(CODE.ok)
    }
  },
)
attack('T05', 'a counter floor that falls', 'counterLow', () => {
  const terminal = makeTerminal({ factory: sealedRoot({ counterFloor: 5 }) })
  expect(nameOf(terminal.trust.acceptRoots([sealedRoot({ seq: 2, counterFloor: 4 })]))).toBe('counterLow')
  expect(nameOf(terminal.trust.acceptRoots([sealedRoot({ seq: 2, counterFloor: 5 })]))).toBe('ok')
})
attack('T06', 'a newer root held back until this one is over', 'no order is taken', () => {
  const terminal = makeTerminal({ factory: sealedRoot({ expires: NOW }) })
  expect(codeOf(terminal.trust.acceptOrder(sealedOrder(), NONCE, 0))).toBe(CODE.expired)
  expect(taken(terminal, step(2, crew, [old1, old2]))).toBe('ok')
  expect(codeOf(terminal.trust.acceptOrder(sealedOrder(), NONCE, 0))).toBe(CODE.ok)
})
attack('T06', 'a step that is over, with newer ones behind it', 'taken: only the last one must hold', () => {
  const terminal = makeTerminal({ factory: sealedRoot({ expires: 5 }) })
  expect(taken(terminal, sealedRoot({ seq: 2, expires: 6 }), step(3, crew, [old1, old2]))).toBe('ok')
  expect(codeOf(terminal.trust.acceptOrder(sealedOrder(), NONCE, 0))).toBe(CODE.ok)
})
attack('T07', 'a good step, then rubbish', 'malformed, and the good step stays', () => {
  const terminal = makeTerminal()
  expect(taken(terminal, step(2, crew, [old1, old2]), filled(100, 0))).toBe('malformed')
  expect([terminal.trust.rootVersion(), terminal.restarted().trust.rootVersion()]).toEqual([2, 2])
})
attack('T08', 'roots of two histories', 'the second one does not follow', () => {
  const terminal = makeTerminal()
  const left = step(2, others, [old1, old2, new1, new2])
  const right = step(3, crew, [old1, old2])
  expect(taken(terminal, left, right)).toBe('signature')
  expect(terminal.trust.rootVersion()).toBe(2)
})
attack('T12', 'all keys replaced, signed by thresholds of both', 'taken, also over a restart', () => {
  const terminal = makeTerminal()
  expect(taken(terminal, step(2, others, [old1, old3, new1, new3]))).toBe('ok')
  expect(terminal.restarted().trust.rootVersion()).toBe(2)
  expect(taken(terminal.restarted(), step(3, others, [new2, new3]))).toBe('ok')
})
// biome-ignore format: one row a set of signers
const wrongSigners: readonly [string, Person[]][] = [
  ['only by the old ones', [old1, old2, old3]],
  ['only by the new ones', [new1, new2, new3]],
  ['one fewer of the old ones than the threshold', [old1, new1, new2, new3]],
  ['one fewer of the new ones than the threshold', [old1, old2, old3, new1]],
]
for (const [who, signers] of wrongSigners)
  attack('T12', `all keys replaced, signed ${who}`, 'signature', () => {
    refused(subject, step(2, others, signers), CODE.signature)
  })
attack('T12', 'a threshold that rises counts for the root itself', 'signature', () => {
  const strict = rootDocument({ seq: 2 }).roles.map((role) =>
    role.role === 1 ? { ...role, threshold: 3 } : role,
  )
  refused(subject, sealedRoot({ seq: 2, roles: strict }, crew, [old1, old2]), CODE.signature)
  expect(taken(makeTerminal(), sealedRoot({ seq: 2, roles: strict }, crew, [old1, old2, old3]))).toBe('ok')
})
attack('T12', 'an intermediate root left out, though rightly signed', 'requiredVersion', () => {
  refused(subject, step(3, crew, [old1, old2]), CODE.requiredVersion)
  const terminal = makeTerminal()
  expect(taken(terminal, step(2, crew, [old1, old2]), step(4, crew, [old1, old2]))).toBe('requiredVersion')
  expect(terminal.trust.rootVersion()).toBe(2)
})
attack('T12', 'an intermediate root twice, or two the wrong way round', 'seqLow, requiredVersion', () => {
  const [two, three] = [step(2, crew, [old1, old2]), step(3, crew, [old1, old2])]
  const terminal = makeTerminal()
  expect(taken(terminal, three, two)).toBe('requiredVersion')
  expect(taken(terminal, two, two, three)).toBe('seqLow')
  expect(taken(terminal, three)).toBe('ok')
})
attack('T12', 'sixteen steps in one message, seventeen', 'taken, malformed', () => {
  const steps = Array.from({ length: 17 }, (_, at) => step(at + 2, crew, [old1, old2]))
  const terminal = makeTerminal({ fast: true })
  expect(taken(terminal, ...steps)).toBe('malformed')
  expect(terminal.trust.rootVersion()).toBe(1)
  expect(taken(terminal, ...steps.slice(0, 16))).toBe('ok')
  expect(taken(terminal, ...steps.slice(16))).toBe('ok')
  expect(terminal.restarted().trust.rootVersion()).toBe(18)
})
attack('T16', 'a key of small order in the root role, and its signature of everything', 'signature', () => {
  const weak = { key: SMALL_ORDER_KEY, kid: sha256(SMALL_ORDER_KEY).slice(0, 8) }
  const small: Person = { ...old1, ...weak, sign: () => SMALL_ORDER_SIGNATURE }
  const factory = sealedRoot({}, { ...crew, root: [old1, old2, small] }, [old1, old2])
  const terminal = makeTerminal({ factory })
  const payload = encodeRoot(rootDocument({ seq: 2 }, crew))
  const signatures = [signatureOf('root', payload, old1), { kid: weak.kid, signature: SMALL_ORDER_SIGNATURE }]
  expect(codeOf(terminal.trust.acceptRoots([rawEnvelope(payload, signatures.sort(byKid))]))).toBe(
    CODE.signature,
  )
})
attack(
  'T18',
  'a root that has one key under two ids',
  'malformed; under an id that is not of the key → signature',
  () => {
    const document = rootDocument({ seq: 2 })
    const foreign = person(8)
    const keys = document.keys.map((entry) =>
      hexOf(entry.kid) === hexOf(old3.kid) ? { ...entry, key: foreign.key } : entry,
    )
    refused(subject, sealEnvelope('root', encodeRoot({ ...document, keys }), [old1, old2]), CODE.signature)
  },
)
attack(
  'T20',
  'seventeen steps, and steps of more than 64 KiB together',
  'malformed before any is read',
  () => {
    const terminal = makeTerminal()
    const before = terminal.verified()
    const roots = Array.from({ length: 16 }, () => filled(4_097, 0x84))
    expect(nameOf(terminal.trust.acceptRoots(roots))).toBe('malformed')
    expect(terminal.verified()).toBe(before)
  },
)
elsewhere('T09', 'a root is for a tenant, not for a model: row T21 of another tenant')
elsewhere('T10', 'the updater: roots come with the order, in one message')
elsewhere('T13', 'a root is for all terminals of a tenant')
elsewhere('T14', 'a root needs no nonce: its version rises by one')

describe('what is kept of the roots', () => {
  const stepped = (at: Circumstances = {}): Terminal => {
    const terminal = makeTerminal(at)
    expect(taken(terminal, step(2, crew, [old1, old2]))).toBe('ok')
    return terminal
  }

  it('cut or changed anywhere → counts for nothing, and the factory root stands again', () => {
    const terminal = stepped()
    const stored = terminal.stored() ?? filled(1, 0)
    const version = (bytes: Uint8Array): number | undefined =>
      makeTrust({
        ...{ secure: terminal.secure, serial: SERIAL, model: MODEL, stored: bytes, keep: () => true },
        update: { tenant: TENANT, root: FACTORY },
      })?.rootVersion()
    expect(version(stored)).toBe(2)
    expect(stored.length).toBeLessThanOrEqual(TRUST_BYTES_MAX)
    for (let at = 0; at < stored.length; at += 151) {
      const wrong = stored.slice()
      wrong[at] = (wrong[at] ?? 0) ^ 1
      expect(version(wrong), `byte ${at}`).toBe(1)
      expect(version(stored.slice(0, at)), `cut at ${at}`).toBe(1)
    }
  }, 20_000)

  it('of this device, but in a form that this program does not read → counts for nothing', () => {
    const { secure } = makeTerminal()
    const stored = (...parts: Uint8Array[]): Uint8Array => {
      const body = Buffer.concat([Uint8Array.of(0, parts[0]?.length ?? 0), ...parts])
      const tag = secure.deviceTag(
        Buffer.concat([Buffer.from('shuaka trust 1'), sha256(FACTORY), sha256(body)]),
      )
      return new Uint8Array(Buffer.concat([tag, body]))
    }
    const [two] = [step(2, crew, [old1, old2])]
    const short = filled(3, 0x80)
    expect(makeTerminal({ stored: stored(short, two) }).trust.rootVersion()).toBe(1)
    expect(makeTerminal({ stored: stored(short, short) }).trust.rootVersion()).toBe(1)
    expect(makeTerminal({ stored: stored(new Uint8Array(0)) }).trust.rootVersion()).toBe(1)
  })

  it('that of another device, or of another factory root → counts for nothing', () => {
    const stored = stepped().stored() ?? filled(1, 0)
    expect(makeTerminal({ stored }).trust.rootVersion()).toBe(2)
    expect(makeTerminal({ stored, serial: 'SK-000002' }).trust.rootVersion()).toBe(1)
    expect(makeTerminal({ stored, factory: sealedRoot({ created: NOW }) }).trust.rootVersion()).toBe(1)
  })

  it('not kept → flashFault, and the old root stands', () => {
    const broken = { now: true }
    const terminal = makeTerminal({ keepFails: () => broken.now })
    expect(taken(terminal, step(2, crew, [old1, old2]))).toBe('flashFault')
    expect(terminal.trust.rootVersion()).toBe(1)
    broken.now = false
    expect(taken(terminal, step(2, crew, [old1, old2]))).toBe('ok')
  })

  it('power lost after it was kept and before the floors were brought over → brought over at the next start', () => {
    const broken = { now: false }
    const terminal = makeTerminal({ saveFails: () => broken.now })
    const [kept = person(31)] = crew.director
    const people = { ...crew, director: [kept, person(42)] }
    const order = (seq: number, trust = terminal.trust): Code =>
      codeOf(trust.acceptOrder(sealedOrder({ seq }), NONCE, 0))
    expect(order(41)).toBe(CODE.ok)
    broken.now = true
    expect(taken(terminal, sealedRoot({ seq: 2 }, people))).toBe('flashFault')
    expect(order(42)).toBe(CODE.flashFault)
    broken.now = false
    const { trust } = terminal.restarted()
    expect(trust.rootVersion()).toBe(2)
    expect([order(40, trust), order(41, trust)]).toEqual([CODE.seqLow, CODE.ok])
  })

  it('a floor that cannot be saved → the order is not taken', () => {
    const broken = { now: false }
    const terminal = makeTerminal({ saveFails: () => broken.now })
    broken.now = true
    expect(nameOf(codeOf(terminal.trust.acceptOrder(sealedOrder(), NONCE, 0)))).toBe('flashFault')
    expect(terminal.trust.time(0)).toBe(undefined)
    expect(terminal.trust.confirmRelease({ seq: 1, counter: 1 })).toBe(false)
    expect(terminal.trust.confirmParameters(1)).toBe(false)
  })

  it('a factory root that is none, of another tenant, or not signed by itself → no trust at all', () => {
    const trust = (factory: Uint8Array, tenant = TENANT): unknown =>
      makeTrust({
        ...{
          secure: makeTerminal().secure,
          serial: SERIAL,
          model: MODEL,
          stored: undefined,
          keep: () => true,
        },
        update: { tenant, root: factory },
      })
    expect(trust(FACTORY)).toBeDefined()
    expect(trust(filled(10, 0))).toBe(undefined)
    expect(trust(FACTORY, 'other')).toBe(undefined)
    expect(trust(sealedRoot({}, crew, [old1]))).toBe(undefined)
  })

  it('the floors have their numbers, which the secure element keeps', () => {
    expect(FLOOR).toEqual({ root: 1, program: 2, parameters: 3, order: 4, epoch: 5, time: 6 })
  })
})
