import { expect, test } from 'vitest'
import type { LoadOver } from '../../../keys/load/loader.ts'
import { decodeLoadMessage } from '../../../keys/load/message.ts'
import { KeyStore } from '../../../keys/store/key-store.ts'
import { kcv, OTHER_TMK, STAGED, sm4Kcv, TMK } from '../store/loaded.ts'
import { asHex } from '../vectors.ts'
import { Book, type Line, signsOn, Terminal, talk } from './rig.ts'
import { agree, first, flipped, inForce, injected, MESSAGES, oldOrNew, remote } from './sides.ts'

const over: LoadOver = { kind: 'loaded', slot: 1, checkValue: kcv(STAGED).slice(0, 3) }

test.each([
  ['an injection over an old key', injected],
  ['a first injection', first],
  ['密钥远程下载 a remote loading', remote],
])('%s: six messages, then both ends have the new key in force', async (_, make) => {
  const { terminal, book } = make()
  const outcome = await talk(terminal, book)
  expect(outcome.sent.map((message) => decodeLoadMessage(message).kind)).toEqual([
    ...['state', 'load', 'proof', 'commit', 'done', 'bye'],
  ])
  expect(outcome).toMatchObject({ terminal: over, giver: 'confirmed' })
  expect(book.page).toEqual({ current: STAGED, pending: undefined, failures: [] })
  expect(inForce(terminal)).toBe(STAGED)
  expect(await talk(terminal, book)).toMatchObject({
    terminal: { kind: 'refused', code: 'alreadyLoaded' },
    giver: 'refused',
  })
})

test('an SM4 master is loaded the same way, and its sign-on is kind 006', async () => {
  const [terminal, book] = [new Terminal(new KeyStore()), new Book(OTHER_TMK, undefined, 'SM4')]
  const outcome = await talk(terminal, book)
  const checkValue = sm4Kcv(OTHER_TMK).slice(0, 3)
  expect(outcome.terminal).toEqual({ kind: 'loaded', slot: 1, checkValue })
  expect(terminal.store.slots()[0]?.master).toMatchObject({ algorithm: 'SM4', checkValue, keyVersion: '01' })
  expect(signsOn(terminal, OTHER_TMK, 'SM4')).toBe(true)
})

const cuts: readonly Line[] = Array.from(
  { length: MESSAGES },
  (_, at) => (message, n) => (n < at ? [message] : []),
)

test.each([
  ['J05 an injection', injected],
  ['a remote loading', remote],
])(
  '%s cut at each message: old or new key, and after a whole session both sides have the new one',
  async (_, make) => {
    for (const [at, line] of cuts.entries()) {
      for (const used of [false, true]) {
        const { terminal, book } = make()
        await talk(terminal, book, line)
        terminal.reboot()
        if (used) oldOrNew(terminal, book, `cut at message ${at}`)
        expect(await agree(terminal, book, `cut at message ${at}`)).toBe(STAGED)
      }
    }
  },
)

test('J01 a first injection cut at each message: no key and no service, or the new key; repeatable', async () => {
  for (const [at, line] of cuts.entries()) {
    const { terminal, book } = first()
    await talk(terminal, book, line)
    terminal.reboot()
    expect([undefined, STAGED], `cut at message ${at}`).toContain(inForce(terminal))
    expect(await agree(terminal, book, `cut at message ${at}`)).toBe(STAGED)
  }
})

test.each([
  ['J01 power of the terminal', (made: ReturnType<typeof first>) => made.terminal],
  ['power of the giver', (made: ReturnType<typeof first>) => made.book],
])(
  '%s cut before and after each write: old or new, and both sides agree after a whole session',
  async (_, side) => {
    for (const make of [injected, remote, first]) {
      const whole = make()
      await talk(whole.terminal, whole.book)
      const { writes } = side(whole)
      expect(writes).toBeGreaterThan(1)
      for (let write = 0; write < writes; write++) {
        for (const when of ['before', 'after', 'fails'] as const) {
          const made = make()
          side(made).fault = { write, when }
          await talk(made.terminal, made.book)
          const what = `${make.name}, write ${write}, ${when}`
          made.terminal.reboot()
          expect([TMK, STAGED, undefined], what).toContain(inForce(made.terminal))
          if (make === remote) oldOrNew(made.terminal, made.book, what)
          expect(await agree(made.terminal, made.book, what)).toBe(STAGED)
        }
      }
    }
  },
)

test('a second cut in the session that resumes: both sides agree after a third', async () => {
  for (const cutFirst of cuts) {
    for (const [at, cutSecond] of cuts.entries()) {
      const { terminal, book } = remote()
      await talk(terminal, book, cutFirst)
      terminal.reboot()
      await talk(terminal, book, cutSecond)
      expect(await agree(terminal, book, `second cut at ${at}`)).toBe(STAGED)
    }
  }
})

test.each(Array.from({ length: MESSAGES - 1 }, (_, n) => n))(
  'message %i repeated: the session ends or goes on, nothing is half loaded, a whole session loads',
  async (at) => {
    const { terminal, book } = injected()
    await talk(terminal, book, (message, n) => (n === at ? [message, message] : [message]))
    oldOrNew(terminal, book, `message ${at}`)
    expect(await agree(terminal, book, `message ${at}`)).toBe(STAGED)
  },
)

test('messages exchanged in order: the session ends, nothing is half loaded', async () => {
  for (let at = 0; at < MESSAGES; at++) {
    const { terminal, book } = injected()
    let held: Uint8Array | undefined
    await talk(terminal, book, (message, n) => {
      if (n !== at) return held && n > at ? [message, ...(held ? [held] : [])] : [message]
      held = message
      return []
    })
    oldOrNew(terminal, book, `message ${at}`)
    expect(await agree(terminal, book, `message ${at}`)).toBe(STAGED)
  }
})

test('every truncation and every bit of every message flipped: never a wrong key, and a whole session loads', async () => {
  const whole = await talk(injected().terminal, injected().book)
  for (let at = 0; at < MESSAGES; at++) {
    const length = whole.sent[at]?.length ?? 0
    const damages: ((message: Uint8Array) => Uint8Array)[] = []
    const step = at === 1 ? 7 : 1
    for (let cut = 0; cut < length; cut += step) damages.push((message) => message.slice(0, cut))
    for (let bit = at; bit < 8 * length; bit += 5 * step) damages.push((message) => flipped(message, bit))
    for (const damage of damages) {
      const { terminal, book } = injected()
      await talk(terminal, book, (message, n) => [n === at ? damage(message) : message])
      const report = terminal.store.slots()[0]
      expect([kcv(TMK), kcv(STAGED)].map((value) => asHex(value.slice(0, 3)))).toContain(
        asHex(report?.master?.checkValue ?? new Uint8Array()),
      )
      terminal.reboot()
      const outcome = await talk(terminal, book)
      expect(['confirmed', 'refused']).toContain(outcome.giver)
      expect(terminal.store.slots()[0]?.master?.checkValue).toEqual(kcv(STAGED).slice(0, 3))
    }
  }
})
