import { expect, test } from 'vitest'
import { makeGiver } from '../../../keys/load/giver.ts'
import { type LoadOver, makeLoader } from '../../../keys/load/loader.ts'
import { wrapMaster } from '../../../keys/load/master-block.ts'
import { decodeLoadMessage, encodeLoadMessage, type LoadMessage } from '../../../keys/load/message.ts'
import { keyProof } from '../../../keys/load/proof.ts'
import { keySlot } from '../../../keys/store/key-slot.ts'
import { kcv, loadedStore, OTHER_TMK, STAGED, TMK, transaction } from '../store/loaded.ts'
import { asHex, hex } from '../vectors.ts'
import { Book, session, source, Terminal, talk } from './rig.ts'
import { agree, flipped, inForce, injected, MESSAGES, remote } from './sides.ts'

test('J04 each message of an earlier session in its place in another: rejected, nothing half loaded', async () => {
  const earlier = await talk(injected().terminal, injected().book)
  for (let at = 1; at < MESSAGES - 1; at++) {
    const { terminal, book } = { terminal: new Terminal(loadedStore()), book: new Book(OTHER_TMK, TMK) }
    await talk(terminal, book, (message, n) => [n === at ? (earlier.sent[at] ?? message) : message])
    expect([TMK, OTHER_TMK]).toContain(inForce(terminal))
  }
})

test('J04 a recorded giver against a fresh terminal: its key block opens in no other session', async () => {
  const recorded = await talk(injected().terminal, injected().book)
  const terminal = new Terminal(loadedStore())
  const loader = makeLoader(session(), terminal.loads())
  loader.start()
  expect(loader.receive(recorded.sent[1] ?? new Uint8Array()).over).toEqual({
    kind: 'failed',
    code: 'keyBlock',
  })
  expect(terminal.writes).toBe(0)
})

const shared = session()
const block = (key: string) =>
  wrapMaster(shared.exportKey, { algorithm: 'TDES', bytes: hex(key), keyVersion: '00' }, source(5))
const load = (more: object = {}): LoadMessage => ({
  ...{ kind: 'load', transaction: transaction(1), slot: 1, keyBlock: block(STAGED) },
  ...{ checkValue: kcv(STAGED).slice(0, 3), ...more },
})

// biome-ignore format: one row a fault
test.each<[string, LoadMessage, LoadOver]>([
  ['J02 a block under another transport key', load({ keyBlock: wrapMaster(source(8)(32), { algorithm: 'TDES', bytes: hex(STAGED), keyVersion: '00' }, source(5)) }), { kind: 'failed', code: 'keyBlock' }],
  ['J02 a wrong check value',                 load({ checkValue: kcv(TMK).slice(0, 3) }),                              { kind: 'failed', code: 'checkValue' }],
  ['a weak key',                              load({ keyBlock: block('01'.repeat(16)), checkValue: kcv('01'.repeat(16)).slice(0, 3) }), { kind: 'failed', code: 'weakKey' }],
  ['the key in force',                        load({ keyBlock: block(TMK), checkValue: kcv(TMK).slice(0, 3) }),        { kind: 'failed', code: 'duplicateKey' }],
  ['commit of nothing staged',                { kind: 'commit', transaction: transaction(1) },                        { kind: 'ended' }],
  ['a refusal',                               { kind: 'refuse', code: 'notNow' },                                     { kind: 'refused', code: 'notNow' }],
  ['bye',                                     { kind: 'bye' },                                                        { kind: 'ended' }],
  ['what only a terminal says',               { kind: 'done', transaction: transaction(1) },                          { kind: 'ended' }],
])('%s → the terminal ends, and nothing is stored', (_, message, result) => {
  const terminal = new Terminal(loadedStore())
  const before = terminal.store.serialize()
  const loader = makeLoader(shared, terminal.loads())
  expect(decodeLoadMessage(loader.start()).kind).toBe('state')
  expect(loader.receive(encodeLoadMessage(message)).over).toEqual(result)
  expect(terminal.store.serialize()).toEqual(before)
  expect(terminal.writes).toBe(0)
  expect(loader.receive(encodeLoadMessage(load()))).toEqual({ over: { kind: 'ended' } }) // nothing is taken any more
})

test('a remote loading of another slot than was asked for → slot, nothing stored', () => {
  const terminal = new Terminal(loadedStore(), 2)
  const loader = makeLoader(shared, terminal.loads())
  const step = loader.receive(encodeLoadMessage(load()))
  expect(step.over).toEqual({ kind: 'failed', code: 'slot' })
  expect(terminal.writes).toBe(0)
})

test('a commit for another transaction than the proof → ended, even one that is staged elsewhere; nothing in force', () => {
  const store = loadedStore()
  const other = { algorithm: 'TDES', bytes: hex(OTHER_TMK), keyVersion: '00' } as const
  store.stageMaster(keySlot('TMK', 2), other, { transaction: transaction(2), remote: false })
  const terminal = new Terminal(store)
  const loader = makeLoader(shared, terminal.loads())
  expect(loader.receive(encodeLoadMessage(load())).over).toBeUndefined()
  const step = loader.receive(encodeLoadMessage({ kind: 'commit', transaction: transaction(2) }))
  expect(step).toEqual({ over: { kind: 'ended' } })
  expect(inForce(terminal)).toBe(TMK)
  const staged = terminal.store.slots().map((report) => report.staged?.transaction)
  expect(staged).toEqual([transaction(1), transaction(2)])
})

test('a second load in one session → ended', () => {
  const loader = makeLoader(shared, new Terminal(loadedStore()).loads())
  loader.receive(encodeLoadMessage(load()))
  expect(loader.receive(encodeLoadMessage(load({ transaction: transaction(3) })))).toEqual({
    over: { kind: 'ended' },
  })
})

test('storage that fails while staging → failed storage, old key; while committing → still staged, and committed next time', async () => {
  for (const write of [0, 1]) {
    const { terminal, book } = injected()
    terminal.fault = { write, when: 'fails' }
    expect(await talk(terminal, book)).toMatchObject({
      terminal: { kind: 'failed', code: 'storage' },
      giver: 'failed',
    })
    expect(book.page.failures).toEqual(write === 0 ? ['storage'] : [])
    expect(inForce(terminal)).toBe(TMK)
    expect(await agree(terminal, book, `write ${write}`)).toBe(STAGED)
  }
})

test('a proof with any bit wrong, or over another handshake → refused, the book never has it proven', async () => {
  const right = await talk(injected().terminal, injected().book)
  const proof = decodeLoadMessage(right.sent[2] ?? new Uint8Array())
  if (proof.kind !== 'proof') expect.fail(proof.kind)
  for (let bit = 0; bit < 128; bit += 3) {
    const { terminal, book } = injected()
    const outcome = await talk(terminal, book, (message, n) => {
      if (n !== 2) return [message]
      const said = decodeLoadMessage(message)
      return said.kind === 'proof' ? [encodeLoadMessage({ ...said, mac: flipped(said.mac, bit) })] : [message]
    })
    expect(outcome).toMatchObject({ terminal: { kind: 'refused', code: 'keyFault' }, giver: 'failed' })
    expect(book.page).toMatchObject({ current: TMK, failures: ['wrongProof'] })
  }
  const here = session()
  expect(keyProof(hex(STAGED), proof.transaction, here.handshakeHash)).not.toEqual(proof.mac)
})

test('a giver that hears the state twice, a proof too early, or its own messages ends', async () => {
  // biome-ignore format: one row a case
  const cases: readonly LoadMessage[][] = [
    [{ kind: 'proof', transaction: transaction(1), mac: new Uint8Array(16) }],
    [{ kind: 'done', transaction: transaction(1) }],
    [load()],
    [{ kind: 'commit', transaction: transaction(1) }],
    [{ kind: 'state', slots: [] }, { kind: 'state', slots: [] }],
    [{ kind: 'state', slots: [] }, { kind: 'done', transaction: transaction(1) }],
    [{ kind: 'bye' }],
  ]
  for (const messages of cases) {
    const book = new Book(STAGED, TMK)
    const giver = makeGiver(shared, 'SN1', book, source(3))
    let last: unknown
    for (const message of messages) last = (await giver.receive(encodeLoadMessage(message))).over
    expect(last).toBe('ended')
    expect(book.page.current).toBe(TMK)
    expect((await giver.receive(encodeLoadMessage({ kind: 'state', slots: [] }))).over).toBe('ended')
  }
})

test('a terminal that lost what it had proved: the book hears lost, and gives the key anew', async () => {
  const { terminal, book } = remote()
  await talk(terminal, book, (message, n) => (n < 3 ? [message] : [])) // the commit is lost
  terminal.store = loadedStore()
  const offered = { ...book, open: async () => ({ kind: 'commit', transaction: transaction(4) }) as const }
  const failures: string[] = []
  const giver = makeGiver(
    session(),
    'SN1',
    {
      ...offered,
      proven: async () => {},
      confirmed: async () => {},
      failed: async (_, __, code) => {
        failures.push(code)
      },
    },
    source(3),
  )
  expect((await giver.receive(encodeLoadMessage({ kind: 'state', slots: [] }))).over).toBe('failed')
  expect(failures).toEqual(['lost'])
  expect(await agree(terminal, book, 'lost')).toBe(STAGED)
})

test('messages that come at once are worked off in order, also while the book writes', async () => {
  const { terminal, book } = injected()
  const slow = new Proxy(book, {
    get(target, name: keyof Book) {
      const value = target[name]
      if (typeof value !== 'function') return value
      return async (...args: unknown[]) => {
        await new Promise((then) => setImmediate(then))
        return Reflect.apply(value, target, args)
      }
    },
  })
  const here = session()
  const giver = makeGiver(here, 'SN1', slow, source(11))
  const loader = makeLoader(here, terminal.loads())
  const opened = giver.receive(loader.start())
  const twice = giver.receive(encodeLoadMessage({ kind: 'state', slots: [] }))
  expect(decodeLoadMessage((await opened).send ?? new Uint8Array()).kind).toBe('load')
  expect(await twice).toEqual({ over: 'ended' })
})

test('memory: the giver wipes the key of its book, the loader wipes what it unwrapped', async () => {
  const key = hex(STAGED)
  const book = {
    open: async () =>
      ({
        kind: 'load',
        transaction: transaction(1),
        slot: 1,
        algorithm: 'TDES',
        key,
        keyVersion: '00',
      }) as const,
    proven: async () => {},
    confirmed: async () => {},
    failed: async () => {},
  }
  expect((await talk(new Terminal(loadedStore()), book)).giver).toBe('confirmed')
  expect(key).toEqual(new Uint8Array(16))
})

test('the random source of the giver gives zeros → it throws, and nothing was sent', async () => {
  const giver = makeGiver(shared, 'SN1', new Book(STAGED, TMK), (bytes) => new Uint8Array(bytes))
  await expect(giver.receive(encodeLoadMessage({ kind: 'state', slots: [] }))).rejects.toThrow(RangeError)
  expect((await giver.receive(encodeLoadMessage({ kind: 'state', slots: [] }))).over).toBe('ended')
})

test('J06 no message holds the key, a half of it, its parity-free form or four bytes of its check value', async () => {
  const { terminal, book } = injected()
  const { sent } = await talk(terminal, book)
  const wire =
    sent.map(asHex).join(' ') + sent.map((message) => Buffer.from(message).toString('latin1')).join(' ')
  const even = asHex(hex(STAGED).map((byte) => byte & 0xfe))
  for (const secret of [STAGED.slice(0, 16), STAGED.slice(16), even.slice(0, 16), asHex(kcv(STAGED))])
    expect(wire.includes(secret), secret).toBe(false)
})

test('done or failed for another transaction than the commit → ended, neither confirmed nor failed', async () => {
  for (const other of [
    { kind: 'done', transaction: transaction(9) },
    { kind: 'failed', transaction: transaction(9), code: 'storage' },
  ] as const) {
    const { terminal, book } = injected()
    const outcome = await talk(terminal, book, (message, n) => [n === 4 ? encodeLoadMessage(other) : message])
    expect(outcome.giver).toBe('ended')
    expect(book.page).toMatchObject({ current: STAGED, pending: { proven: true }, failures: [] })
    expect(await agree(terminal, book, other.kind)).toBe(STAGED)
  }
})
