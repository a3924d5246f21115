import { describe, expect, test } from 'vitest'
import { makeCharset } from '../../../emulator/device/charset.ts'
import { macInput } from '../../../host-link/wire/dialect.ts'
import type { Dialect, Message } from '../../../host-link/wire/message.ts'
import { equalBytes } from '../../../keys/equal-bytes.ts'
import { type MacAlgorithm, macOf } from '../../../keys/mac.ts'
import { storedParameters } from '../../../terminal/parameter/store.ts'
import { balanceOf, codeOf, makeRig, OPENING } from '../../host-link/host/rig.ts'
import { type AuditedTill, journalOf } from '../../rig/audit.ts'
import { fates, nextSale, readyTill } from '../../rig/failure.ts'
import { altered, opened, typeOf, workingKeys } from '../../rig/frames.ts'
import type { Fate, Passing } from '../../rig/network.ts'
import { loadedStore } from '../store/loaded.ts'
import { asHex, hex, text, vector } from '../vectors.ts'

// The attacker sits on the plain line between a running terminal and its host, or has an account at the host himself.

const DIALECTS: readonly Dialect[] = ['cup', 'cbor']
const FAILED = /签到失败|无应答|通讯失败/

async function signOnAgain(till: AuditedTill, end: RegExp): Promise<void> {
  await till.press('4', '1')
  await till.see(end, 90_000)
  await till.toIdle()
}
const answersIn = (till: AuditedTill) =>
  till.network.passed.flatMap(({ direction, body }) =>
    direction === 'toTerminal' && typeOf(body) === '0810' ? [body] : [],
  )
/** What the attacker sends in place of an answer, fitted to the request that waits. */
const instead =
  (make: (now: Message['fields']) => Uint8Array) =>
  ({ body }: Passing): Fate => ({ kind: 'replace', body: make(opened(body).message.fields) })

function blockIn(body: Uint8Array): Uint8Array {
  const block = opened(body).message.fields[62]
  if (!(block instanceof Uint8Array)) throw new Error('no key block')
  return block
}

describe.each(DIALECTS)('A10 replay of sign-in, dialect %s', (dialect) => {
  test('A10 replay of sign-in: an old answer with its trace, time and batch made to fit, also with its keys in another order → refused, the keys in use stay, sales go on', async () => {
    const till = await readyTill({ setup: { dialect } })
    await nextSale(till)
    await signOnAgain(till, /签到成功/)
    await nextSale(till)
    const slot = workingKeys(till).length
    const [old] = answersIn(till)
    if (old === undefined) throw new Error('no answer')
    const block = blockIn(old)
    const swapped = Uint8Array.of(...block.subarray(20), ...block.subarray(0, 20))
    for (const given of [block, swapped])
      for (const whole of [true, false]) {
        const forged = instead((now) => {
          const { 11: trace, 12: time, 13: date, 60: batch } = now
          const fitted = { 11: trace, 12: time, 13: date, 60: batch, 62: given } as {
            [n: number]: string | Uint8Array
          }
          return altered(old, whole ? { ...fitted, 37: String(now[37]) } : fitted)
        })
        fates(till, ['0810', forged])
        await signOnAgain(till, FAILED)
      }
    expect(workingKeys(till).length).toBeGreaterThanOrEqual(slot)
    await nextSale(till)
    await nextSale(till)
  })

  test('A10 reply to another terminal, or one that nobody asked for → passed over, the keys stay', async () => {
    const till = await readyTill({ setup: { dialect } })
    await nextSale(till)
    const [own] = answersIn(till)
    if (own === undefined) throw new Error('no answer')
    till.network.inject(own) // nobody waits: no line is open
    await nextSale(till)
    fates(till, ['0810', instead((now) => altered(own, { 11: String(now[11]), 41: '10000002' }))])
    await signOnAgain(till, FAILED)
    fates(till, [
      '0210',
      ({ body }) => ({ kind: 'also', body: altered(own, { 11: String(opened(body).message.fields[11]) }) }),
    ])
    await nextSale(till)
    await nextSale(till)
    expect(till.host.alarms().badMac ?? 0).toBe(0)
  })
})

/** A sale whose field 64 is what `change` makes of the right one. */
async function saleWithMac(dialect: Dialect, change: (mac: Uint8Array) => Uint8Array) {
  const rig = makeRig()
  const terminal = rig.terminal('10000001', dialect)
  await terminal.signOn()
  const message = terminal.saleMessage()
  const mac = message.fields[64]
  if (!(mac instanceof Uint8Array)) throw new Error('no MAC')
  const fields = { ...message.fields, 64: change(mac) }
  const code = await codeOf(terminal, { mti: message.mti, fields }).catch(() => 'no answer')
  return { code, balance: await balanceOf(rig), alarms: rig.host.alarms() }
}

describe('A11 MAC truncation, ambiguity, reordering', () => {
  test('A11 MAC truncation: half of it with zeros, blanks or noughts, its lower case, one bit, zeros → A0 or no answer, nothing booked', async () => {
    const changes: readonly (readonly [string, Dialect, (mac: Uint8Array) => Uint8Array])[] =
      DIALECTS.flatMap((dialect) => [
        ['last half zeros', dialect, (mac) => Uint8Array.of(...mac.subarray(0, 4), 0, 0, 0, 0)],
        ['last half blanks', dialect, (mac) => Uint8Array.of(...mac.subarray(0, 4), 32, 32, 32, 32)],
        ['last half noughts', dialect, (mac) => Uint8Array.of(...mac.subarray(0, 4), 48, 48, 48, 48)],
        ['last bit', dialect, (mac) => mac.map((byte, at) => (at === 7 ? byte ^ 1 : byte))],
        ['zeros', dialect, () => new Uint8Array(8)],
      ])
    const lower = (mac: Uint8Array) => mac.map((byte) => (byte >= 0x41 && byte <= 0x46 ? byte | 0x20 : byte))
    for (const [what, dialect, change] of [...changes, ['lower case', 'cup', lower] as const]) {
      const { code, balance, alarms } = await saleWithMac(dialect, change)
      expect(['A0', 'no answer'], `${what}, ${dialect}`).toContain(code)
      expect([balance, alarms.badMac ?? alarms.badMessage], `${what}, ${dialect}`).toEqual([OPENING, 1])
    }
    expect((await saleWithMac('cup', (mac) => mac)).code).toBe('00')
  })

  test('A11 MAC truncation in the terminal: 0 to 7 and 9 bytes, lower case, any bit → mac', () => {
    const store = loadedStore()
    const slot = { usage: 'MAK', number: 1 } as const
    const data = hex('00112233445566778899AABBCCDDEEFF0011')
    const made = store.mac(slot, 'cup-ecb', data)
    const mac = made.kind === 'ok' ? made.mac : new Uint8Array()
    const wrong = [
      ...Array.from({ length: 8 }, (_, length) => mac.slice(0, length)),
      Uint8Array.of(...mac, 0),
      mac.map((byte) => (byte >= 0x41 ? byte | 0x20 : byte ^ 0x10)),
      ...Array.from({ length: 64 }, (_, bit) =>
        mac.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)),
      ),
    ]
    for (const each of wrong)
      expect(store.verifyMac(slot, 'cup-ecb', data, each)).toEqual({ kind: 'refused', why: 'mac' })
    expect(store.verifyMac(slot, 'cup-ecb', data, mac).kind).toBe('ok')
  })

  test('A11 residual, block reordering: two 8-byte blocks of a UnionPay MAC’s message exchanged → the same MAC; under CMAC, X9.19 and CBC-MAC another', () => {
    const forgery = vector('cup-ecb-mac-block-swap-forgery')
    const [one, two] = [hex(text(forgery, 'mabOriginal')), hex(text(forgery, 'mabSwapped'))]
    const under = (algorithm: MacAlgorithm, key: string) =>
      [one, two].map((bytes) => asHex(macOf(algorithm, hex(key), bytes)))
    const short = text(forgery, 'mak')
    expect(new Set(under('cup-ecb', short)).size).toBe(1)
    for (const algorithm of ['cmac', 'x9.19', 'cbc-mac'] as const)
      expect(new Set(under(algorithm, '0123456789ABCDEFFEDCBA9876543210')).size, algorithm).toBe(2)
    expect(new Set(under('x9.9', short)).size).toBe(2)
  })

  test('A11 residual, padding 1: zeros after the end keep a UnionPay, X9.9, X9.19 or CBC MAC, not a CMAC; the length that the message itself tells is bound', () => {
    const pair = vector('mac-pad1-zero-extension')
    const body = new Uint8Array(16).fill(0x31)
    const [a, b] = ['dataA', 'dataB'].map((name) => Uint8Array.of(...body, ...hex(text(pair, name))))
    const key = hex(text(pair, 'key'))
    const same = (algorithm: MacAlgorithm, mak: Uint8Array) =>
      equalBytes(macOf(algorithm, mak, a ?? body), macOf(algorithm, mak, b ?? body))
    expect([
      same('cup-ecb', key),
      same('x9.9', key.slice(0, 8)),
      same('x9.19', key),
      same('cbc-mac', key),
    ]).toEqual(Array(4).fill(true))
    expect(same('cmac', key)).toBe(false)
  })

  test('A11 residual, the fold on a running line: a bit of the amount and the bit 8n bytes from it changed together → the same UnionPay MAC, the host books another amount; in our own dialect A0', async () => {
    expect((await folded('cup')).some((fen) => fen > 0 && fen !== 8880)).toBe(true)
    expect(await folded('cbor')).toEqual([])
  })
})

/** Sends a sale with pairs of bits changed, one of them in the amount, and says what each that was approved cost. */
async function folded(dialect: Dialect): Promise<readonly number[]> {
  const booked: number[] = []
  for (const bit of [0, 1, 2, 3]) {
    const rig = makeRig()
    const terminal = rig.terminal('10000001', dialect)
    await terminal.signOn()
    for (let distance = 8; distance < 160; distance += 8) {
      const frame = terminal.frame(terminal.saleMessage({ amount: 8880 }))
      const amount = Buffer.from(frame).indexOf(
        dialect === 'cup' ? Buffer.from('000000008880', 'hex') : Buffer.from('000000008880'),
      )
      const last = amount + (dialect === 'cup' ? 5 : 11)
      const forged = frame.map((byte, at) =>
        at === last || at === last + distance ? byte ^ (1 << bit) : byte,
      )
      const before = await balanceOf(rig)
      await rig.host.connection().receive(forged)
      const cost = (before ?? 0) - ((await balanceOf(rig)) ?? 0)
      if (amount > 0 && cost !== 0) booked.push(cost)
    }
  }
  return booked
}

/** Bytes that count how often they are looked at. */
function counted(bytes: Uint8Array): { readonly seen: { reads: number }; readonly bytes: Uint8Array } {
  const seen = { reads: 0 }
  const watched = new Proxy(bytes, {
    get(target, name) {
      if (typeof name === 'string' && /^\d+$/.test(name)) seen.reads++
      return Reflect.get(target, name, target)
    },
  })
  return { seen, bytes: watched }
}

describe('A12 timing oracle on a MAC', () => {
  test('A12 timing oracle: a MAC that is wrong in its first byte, its last, or not at all → every byte of it is looked at as often', () => {
    const mac = hex('0123456789ABCDEF')
    const reads = [undefined, 0, 3, 7].map((wrong) => {
      const watched = counted(mac.map((byte, at) => (at === wrong ? byte ^ 0x80 : byte)))
      expect(equalBytes(watched.bytes, mac)).toBe(wrong === undefined)
      return watched.seen.reads
    })
    expect(new Set(reads).size).toBe(1)

    const store = loadedStore()
    const slot = { usage: 'MAK', number: 1 } as const
    const made = store.mac(slot, 'cmac', mac)
    const right = made.kind === 'ok' ? made.mac : mac
    const looks = [0, 3, 7].map((wrong) => {
      const watched = counted(right.map((byte, at) => (at === wrong ? byte ^ 0x80 : byte)))
      expect(store.verifyMac(slot, 'cmac', mac, watched.bytes).kind).toBe('refused')
      return watched.seen.reads
    })
    expect([new Set(looks).size, (looks[0] ?? 0) >= 8]).toEqual([1, true])
  })

  test('A12 one terminal’s keys under another’s number, as in the account theft of 2015 → A0, nothing booked, alarm', async () => {
    for (const dialect of DIALECTS) {
      const rig = makeRig()
      const thief = rig.terminal('10000001', dialect)
      const victim = rig.terminal('10000002', dialect)
      await thief.signOn()
      await victim.signOn()
      const message = thief.saleMessage()
      const stolen = thief.signed({ mti: message.mti, fields: { ...message.fields, 41: '10000002' } })
      expect(await codeOf(thief, stolen), dialect).toBe('A0')
      expect([await balanceOf(rig), rig.host.alarms().badMac]).toEqual([OPENING, 1])
      expect(await codeOf(victim, victim.saleMessage())).toBe('00')
    }
  })
})

const charset = makeCharset((bytes) => new TextDecoder('gbk').decode(bytes))
const gbk = (words: string) => String.fromCharCode(...charset.encodeGbk(words))
const isDownload = (message: Message) => String(message.fields[60]).endsWith('360')
const stored = (till: AuditedTill) => storedParameters(journalOf(till))

describe.each(DIALECTS)('A16 A17 parameters over the line, dialect %s', (dialect) => {
  async function downloading(answerTimeoutS: number) {
    const till = await readyTill({
      gbk,
      setup: { dialect },
      acquirer: { download: { answerTimeoutS, merchantName: 'New' } },
    })
    return till
  }
  /** 管理 → 更多 → 参数下载. */
  async function download(till: AuditedTill, end: RegExp): Promise<void> {
    await till.press('4', '9', '3')
    await till.see(end, 90_000)
    await till.toIdle()
  }

  /** Every download's answer is the `old` one from now on, as it was or with the time of now. */
  function replaying(till: AuditedTill, old: Uint8Array, fitted: boolean): void {
    till.network.fate = ({ body, direction }) => {
      const { message } = opened(body)
      if (direction === 'toHost' || message.mti !== '0810' || !isDownload(message)) return { kind: 'deliver' }
      const { 12: time, 13: date } = message.fields
      return { kind: 'replace', body: fitted ? altered(old, { 12: String(time), 13: String(date) }) : old }
    }
  }
  async function downloadedOnce() {
    const till = await downloading(30)
    await download(till, /参数已更新/)
    const old = answersIn(till).find((body) => isDownload(opened(body).message))
    if (old === undefined) throw new Error('no download')
    expect(stored(till)).toMatchObject({ answerTimeoutSeconds: 30 })
    return { till, old }
  }

  test('A16 rollback of parameters: an older answer with the time of now, or one from under the keys of an earlier sign-on → not taken', async () => {
    const { till, old } = await downloadedOnce()
    await till.time.advance(5_000)
    replaying(till, old, true)
    await download(till, /MAC/)
    till.network.fate = () => ({ kind: 'deliver' })
    await signOnAgain(till, /签到成功/)
    await nextSale(till)
    replaying(till, old, false)
    await download(till, /MAC/)
    expect(stored(till)).toMatchObject({ answerTimeoutSeconds: 30 })
    expect(till.stops).toEqual([])
  })

  test('A16 residual, rollback of parameters: an older answer as it was, under the working keys of the same sign-on → taken, for 0800/360 has no trace; a version and a floor come with signed downloads', async () => {
    const { till, old } = await downloadedOnce()
    replaying(till, old, false)
    await till.time.advance(600_000)
    await download(till, /参数已更新/)
    expect(opened(old).message.fields[11]).toBeUndefined()
  })

  test('A17 unsigned parameters: each byte of the table changed, or the table of one who has not the keys → refused, the old values stay', async () => {
    const till = await downloading(30)
    let table: Uint8Array | undefined
    let at = 0
    let tried = 0
    till.network.fate = ({ body, direction }) => {
      const { message } = opened(body)
      if (direction === 'toHost' || message.mti !== '0810' || !isDownload(message)) return { kind: 'deliver' }
      table = blockIn(body)
      tried++
      return {
        kind: 'replace',
        body: altered(body, { 62: table.map((byte, index) => (index === at ? byte ^ 0x01 : byte)) }),
      }
    }
    do {
      await download(till, /MAC|参数有误|报文|无应答|通讯失败|超时/)
      expect(stored(till), `byte ${at}`).toEqual({})
      at += 3
    } while (table !== undefined && at < table.length)
    expect(tried).toBeGreaterThan(10)
    till.network.fate = () => ({ kind: 'deliver' })
    await download(till, /参数已更新/)
    expect(stored(till)).toMatchObject({ answerTimeoutSeconds: 30 })
  })
})

test('A11 the MAC covers every field that the host acts on: any one changed → A0 or no answer', async () => {
  const rig = makeRig()
  const terminal = rig.terminal('10000001', 'cbor')
  await terminal.signOn()
  const { mti, fields } = terminal.saleMessage()
  expect(macInput({ mti, fields }, 'cbor').length).toBeGreaterThan(100)
  for (const [element, value] of Object.entries(fields)) {
    if (element === '64') continue
    const other =
      value instanceof Uint8Array
        ? value.map((byte, at) => (at === 0 ? byte ^ 1 : byte))
        : String(value).replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 1) % 10))
    const code = await codeOf(terminal, { mti, fields: { ...fields, [element]: other } }).catch(
      () => 'no answer',
    )
    expect(['A0', 'no answer', '03', '97'], `field ${element}: ${code}`).toContain(code)
  }
  expect(await balanceOf(rig)).toBe(OPENING)
})
