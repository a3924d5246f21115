import { expect } from 'vitest'
import { CODE } from '../../../../host-link/wire/tms/codes.ts'
import { sealEnvelope } from '../../../../host-link/wire/tms/envelope.ts'
import { encodeOrder, ORDER_BYTES_MAX, type Order } from '../../../../host-link/wire/tms/order.ts'
import { DAY, filled, hexOf, NOW, orderOf, person, SERIAL } from '../../../host-link/wire/tms/samples.ts'
import {
  attacksOn,
  codeOf,
  crew,
  makeTerminal,
  NONCE,
  nameOf,
  sealedOrder,
  sealedRoot,
  type Terminal,
} from './bench.ts'
import { commonAttacks, refused, type Subject } from './common.ts'

const director = attacksOn('director')
const { attack, elsewhere } = director

const subject: Subject = {
  role: 'director',
  payload: (over = {}) => encodeOrder(orderOf({ nonce: NONCE, ...over })),
  signers: crew.director.slice(0, 1),
  terminal: (fast) => makeTerminal({ fast: fast ?? false }),
  offer: (terminal, bytes) => terminal.trust.acceptOrder(bytes, NONCE, 0),
  bytesMax: ORDER_BYTES_MAX,
}
commonAttacks(subject, director)

/** What comes of an order, `ms` after the start. */
const given = (
  terminal: Terminal,
  over: Partial<Order> = {},
  ms = 0,
  signers = crew.director.slice(0, 1),
): string => nameOf(codeOf(terminal.trust.acceptOrder(sealedOrder(over, signers), over.nonce ?? NONCE, ms)))

attack(
  'T04',
  'the highest number, by a key that is then replaced with all others of the role',
  'numbers begin anew',
  () => {
    const terminal = makeTerminal()
    expect(
      given(terminal, { seq: 2 ** 48 - 1, created: NOW + 5_000 * DAY, expires: NOW + 5_001 * DAY }),
    ).toBe('expired')
    expect(given(terminal, { seq: 2 ** 48 - 1, created: NOW + 300 * DAY, expires: NOW + 301 * DAY })).toBe(
      'ok',
    )
    expect(given(terminal, { seq: 42 })).toBe('seqLow')
    const fresh = [person(41), person(42)]
    const root = sealedRoot({ seq: 2 }, { ...crew, director: fresh }, crew.root.slice(0, 2))
    expect(terminal.trust.acceptRoots([root])).toBe(CODE.ok)
    const restarted = terminal.restarted()
    expect(given(restarted, { seq: 42 })).toBe('signature')
    expect(given(restarted, { seq: 42 }, 0, fresh.slice(0, 1))).toBe('ok')
  },
)
attack('T04', 'the highest number that can be written', 'taken, and kept without a fault', () => {
  const terminal = makeTerminal({ factory: sealedRoot({ expires: 2 ** 48 - 1 }) })
  const highest = { seq: 2 ** 48 - 1, created: 2 ** 48 - 2, expires: 2 ** 48 - 1 }
  expect(given(terminal, highest)).toBe('ok')
  expect(given(terminal.restarted(), { ...highest, seq: 2 ** 48 - 2 })).toBe('seqLow')
})
attack('T05', 'a lower number than the newest, also after a restart', 'seqLow', () => {
  const terminal = makeTerminal()
  expect([given(terminal, { seq: 41 }), given(terminal, { seq: 40 }), given(terminal, { seq: 41 })]).toEqual([
    ...['ok', 'seqLow', 'ok'],
  ])
  expect(given(terminal.restarted(), { seq: 40 })).toBe('seqLow')
  expect(given(terminal.restarted(), { seq: 42 })).toBe('ok')
})
attack('T05', 'a lower number after one key of two was replaced', 'seqLow', () => {
  const terminal = makeTerminal()
  expect(given(terminal, { seq: 41 })).toBe('ok')
  const [kept = person(31)] = crew.director
  const root = sealedRoot({ seq: 2 }, { ...crew, director: [kept, person(42)] }, crew.root.slice(0, 2))
  expect(terminal.trust.acceptRoots([root])).toBe(CODE.ok)
  expect(given(terminal, { seq: 40 })).toBe('seqLow')
  expect(given(terminal.restarted(), { seq: 40 })).toBe('seqLow')
  expect(given(terminal.restarted(), { seq: 41 })).toBe('ok')
})
attack(
  'T06',
  'an order that is over when it is made, or came too late by the monotonic clock',
  'expired',
  () => {
    const terminal = makeTerminal()
    expect(given(terminal, { expires: NOW })).toBe('expired')
    expect(given(terminal, { expires: NOW + 1 })).toBe('ok')
    expect(given(terminal, { seq: 42, expires: NOW + 60 }, 59_999)).toBe('ok')
    expect(makeTerminalAfter(60_000, { seq: 42, expires: NOW + 60 })).toBe('expired')
  },
)
attack(
  'T06',
  'an older time than the newest seen, also after a restart by more than an hour',
  'expired',
  () => {
    const terminal = makeTerminal()
    expect(given(terminal)).toBe('ok')
    expect(given(terminal, { seq: 42, created: NOW - 1 })).toBe('expired')
    expect(given(terminal, { seq: 42, created: NOW, expires: NOW + 10 })).toBe('ok')
    expect(given(terminal.restarted(), { seq: 43, created: NOW - 1 })).toBe('expired')
    expect(given(terminal.restarted(), { seq: 43, created: NOW })).toBe('ok')
  },
)
attack('T06', 'an order under a root that is over', 'expired', () => {
  const factory = sealedRoot({ expires: NOW })
  expect(given(makeTerminal({ factory }), {})).toBe('expired')
  expect(given(makeTerminal({ factory: sealedRoot({ expires: NOW + 1 }) }), {})).toBe('ok')
})
function makeTerminalAfter(ms: number, over: Partial<Order>): string {
  const terminal = makeTerminal()
  expect(given(terminal)).toBe('ok')
  return given(terminal, over, ms)
}
attack('T07', 'a mirror that answers with an order it has kept', 'expired: it answers another hello', () => {
  const terminal = makeTerminal()
  const kept = sealedOrder()
  expect(codeOf(terminal.trust.acceptOrder(kept, NONCE, 0))).toBe(CODE.ok)
  expect(codeOf(terminal.trust.acceptOrder(kept, filled(8, 0x6f), 0))).toBe(CODE.expired)
  expect(
    codeOf(terminal.trust.acceptOrder(sealedOrder({ nonce: filled(8, 0x6f) }), filled(8, 0x6f), 0)),
  ).toBe(CODE.ok)
})
attack('T08', 'an order names its manifest and sets by their SHA-256', 'each comes back as signed', () => {
  const order = makeTerminal().trust.acceptOrder(sealedOrder(), NONCE, 0)
  if (typeof order === 'number') throw new Error(nameOf(order))
  expect(hexOf(order.program?.hash ?? filled(1, 0))).toBe(hexOf(orderOf().program?.hash ?? filled(1, 1)))
  expect(order.parameterSets).toEqual(orderOf().parameterSets)
})
attack('T12', 'an old key of the director after the root took it away', 'signature', () => {
  const terminal = makeTerminal()
  const fresh = [person(41), person(42)]
  const root = sealedRoot({ seq: 2 }, { ...crew, director: fresh }, crew.root.slice(0, 2))
  expect(given(terminal)).toBe('ok')
  expect(terminal.trust.acceptRoots([root])).toBe(CODE.ok)
  expect(given(terminal, { seq: 42 })).toBe('signature')
  expect(given(terminal, { seq: 42 }, 0, fresh.slice(1))).toBe('ok')
})
attack('T13', 'an order for another serial number', 'notForMe', () => {
  refused(subject, sealedOrder({ serial: 'SK-000002' }), CODE.notForMe)
  expect(codeOf(makeTerminal({ serial: 'SK-000002' }).trust.acceptOrder(sealedOrder(), NONCE, 0))).toBe(
    CODE.notForMe,
  )
  expect(SERIAL).not.toBe('SK-000002')
})
attack('T14', 'another nonce, any bit of it', 'expired', () => {
  const terminal = makeTerminal({ fast: true })
  const before = terminal.lasting()
  for (let bit = 0; bit < 64; bit++) {
    const nonce = NONCE.slice()
    nonce[bit >> 3] = (nonce[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(codeOf(terminal.trust.acceptOrder(sealedOrder({ nonce }), NONCE, 0)), `bit ${bit}`).toBe(
      CODE.expired,
    )
  }
  expect(terminal.lasting()).toBe(before)
})
attack('T20', 'an order of 8 KiB that is all argument', 'taken; one byte more → malformed', () => {
  const commands = Array.from({ length: 7 }, (_, id) => ({ id, kind: 1, argument: filled(1_024, 0) }))
  const spare =
    ORDER_BYTES_MAX -
    sealedOrder({ commands: [...commands, { id: 9, kind: 1, argument: filled(256, 0) }] }).length
  const last = (length: number): Order['commands'] => [
    ...commands,
    { id: 9, kind: 1, argument: filled(256 + length, 0) },
  ]
  const terminal = makeTerminal()
  const bytes = sealedOrder({ commands: last(spare) })
  expect(bytes).toHaveLength(ORDER_BYTES_MAX)
  const longer = orderOf({ nonce: NONCE, commands: last(spare + 1) })
  const over = sealEnvelope('director', encodeOrder(longer), crew.director.slice(0, 1))
  expect(codeOf(terminal.trust.acceptOrder(over, NONCE, 0))).toBe(CODE.malformed)
  expect(codeOf(terminal.trust.acceptOrder(bytes, NONCE, 0))).toBe(CODE.ok)
})
elsewhere('T09', 'an order names an object; what it is for stands in the object, which is checked there')
elsewhere('T10', 'the updater: an order that does not come leaves all as it is, and hello is said again')
