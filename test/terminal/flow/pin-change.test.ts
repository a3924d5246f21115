import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../../host-link/wire/frame.ts'
import { toHex } from '../../../keys/hex.ts'
import { heal, statesOf } from '../../rig/audit.ts'
import { APPROVED, fates, lose, sentFields } from '../../rig/failure.ts'
import { messageOf, requests, typeOf } from '../../rig/frames.ts'
import {
  changePin,
  choose,
  disagreements,
  MEMBER,
  type MemberTill,
  readyMemberTill,
} from '../../rig/member-till.ts'
import type { TillOptions } from '../../rig/till.ts'

const OLD = MEMBER.pin ?? ''
const NEW = '271828'

/** Whether a sale with this PIN is approved: no more than one try is spent. */
async function opens(till: MemberTill, pin: string): Promise<boolean> {
  await till.toIdle()
  await till.order({ card: MEMBER, amount: '1', pin })
  await till.see(/交易成功|密码错/)
  const good = APPROVED.test(till.screen())
  await till.toIdle(good ? 'enter' : 'cancel')
  return good
}
/** Only `pin` opens the card, and its wrong tries in a row are as many. */
async function expectPin(till: MemberTill, pin: string, other: string): Promise<void> {
  expect(await opens(till, other)).toBe(false)
  expect(await opens(till, pin)).toBe(true)
  expect(await disagreements(till)).toEqual([])
}
const tries = (till: MemberTill): Promise<number> =>
  till.store.transact((books) => ({ result: books.account('member')?.wrongPins ?? -1 }))
const seen = (till: MemberTill): string => till.screens.join('\n')

describe('PIN change 修改密码', () => {
  it('old, new, new again → changed, a slip without amount, only the new PIN opens the card', async () => {
    const till = await readyMemberTill()
    const from = till.network.passed.length
    await changePin(till)
    await till.see(APPROVED)
    expect(till.screen()).toMatch(/密码已修改/)
    await till.toIdle()
    expect(requests(till, from)).toEqual(['0100'])
    const [request] = sentFields(till, '0100')
    expect(request).toMatchObject({ 3: '311000', 26: '12', 53: '2600000000000000' })
    expect(request?.[4]).toBeUndefined()
    expect([request?.[52], request?.[62]].map((block) => (block as Uint8Array).length)).toEqual([8, 8])
    const slip = till.paper.map(({ text }) => text).join('\n')
    expect(slip).toMatch(/修改密码/)
    expect(slip).not.toMatch(/RMB|金额/)
    await expectPin(till, NEW, OLD)
  })

  it('a wrong old PIN (55) → the whole is asked again, three times at most; the third tells why', async () => {
    const till = await readyMemberTill()
    await changePin(till, '000000')
    await till.see(/原密码错/)
    for (const digits of ['000001', NEW, NEW]) await till.pin(digits)
    await till.see(/原密码错/)
    for (const digits of [OLD, NEW, NEW]) await till.pin(digits)
    await till.see(APPROVED)
    await till.toIdle()
    expect(statesOf(till).map((state) => state.split(' ')[1])).toEqual(['declined', 'declined', 'approved'])
    expect(new Set(sentFields(till, '0100').map((fields) => fields[11])).size).toBe(3)
    await expectPin(till, NEW, OLD)
  })

  it('new PINs that differ three times → nothing sent, said', async () => {
    const till = await readyMemberTill()
    await changePin(till, OLD, NEW, '999999')
    await till.see(/两次不一致/)
    for (const digits of [NEW, '999999', NEW, '999999']) await till.pin(digits)
    await till.see(/新密码三次不一致[\s\S]*密码未修改/)
    await till.toIdle()
    expect(sentFields(till, '0100')).toEqual([])
    await expectPin(till, OLD, NEW)
  })

  it.each([0, 1, 2])(
    'cancelled after %i PINs, or left alone → nothing sent, nothing kept',
    async (entered) => {
      for (const end of ['cancel', 'time'] as const) {
        const till = await readyMemberTill()
        await choose(till, '4')
        await till.swipe(MEMBER)
        for (const digits of [OLD, NEW].slice(0, entered)) await till.pin(digits)
        await till.type('271')
        if (end === 'cancel') await till.press('cancel')
        else await till.see(/操作超时[\s\S]*密码未修改/, 200_000)
        await till.toIdle()
        expect(sentFields(till, '0100')).toEqual([])
        expect(statesOf(till)).toEqual([])
        await expectPin(till, OLD, NEW)
      }
    },
  )

  it('declined (no such card: 14) → 密码未修改, not 未扣款', async () => {
    const till = await readyMemberTill()
    await choose(till, '4')
    await till.swipe(';9901100000000000991=35121010000000000?')
    for (const digits of [OLD, NEW, NEW]) await till.pin(digits)
    await till.see(/交易失败[\s\S]*密码未修改/)
    await till.toIdle()
    expect(seen(till)).not.toMatch(/未扣款|密码已修改/)
  })
})

describe('PIN change failures (rows N01–N07)', () => {
  it('N01 request lost → 未确认, then not done: the old PIN stays', async () => {
    const till = await readyMemberTill()
    till.network.fate = ({ direction }) => (direction === 'toHost' ? { kind: 'lose' } : { kind: 'deliver' })
    await changePin(till)
    await till.see(/未确认,自动核实/, 200_000)
    expect(seen(till)).not.toMatch(/或已扣款|已冲正|密码已修改/)
    expect(statesOf(till)).toEqual(['2 owed'])
    await heal(till)
    expect(seen(till)).toMatch(/未完成/)
    expect(statesOf(till)).toEqual(['2 declined'])
    expect(requests(till)).not.toContain('0400')
    await expectPin(till, OLD, NEW)
  })

  it('N01 request lost, the line good again → the inquiry says at once that it is not done', async () => {
    const till = await readyMemberTill()
    fates(till, ['0100', lose])
    await changePin(till)
    await till.see(/主机无应答[\s\S]*未完成/, 100_000)
    await till.toIdle()
    expect(statesOf(till)).toEqual(['2 declined'])
    await expectPin(till, OLD, NEW)
  })

  it('N02 answer lost → the inquiry with the same key says done: the new PIN, changed once', async () => {
    const till = await readyMemberTill()
    fates(till, ['0110', lose])
    await changePin(till)
    await till.see(/主机核实:已成功/, 100_000)
    await till.toIdle()
    expect(statesOf(till)).toEqual(['2 approved'])
    expect(sentFields(till, '0820').map((fields) => fields[61])).toEqual(['000001000002'])
    expect(await till.count('pinChange')).toBe(1)
    await expectPin(till, NEW, OLD)
  })

  it('N02 answer lost and the power cut → the next start inquires by itself', async () => {
    const till = await readyMemberTill()
    fates(till, ['0110', lose])
    await changePin(till)
    await till.time.advance(1_000)
    till.machine.powerOff()
    expect(statesOf(till)).toEqual(['2 owed'])
    await heal(till)
    expect(statesOf(till)).toEqual(['2 approved'])
    await expectPin(till, NEW, OLD)
  })

  it('N03 the request is duplicated → one change, one slip', async () => {
    const till = await readyMemberTill()
    fates(till, ['0100', { kind: 'repeat', times: 3 }])
    await changePin(till)
    await till.see(APPROVED)
    await till.toIdle()
    expect(await till.count('pinChange')).toBe(1)
    expect(till.paper.filter(({ text }) => text.includes('商户存根')).length).toBe(1)
    await expectPin(till, NEW, OLD)
  })

  it('N04 a wrong old PIN, duplicated → one try counted', async () => {
    const till = await readyMemberTill()
    fates(till, ['0100', { kind: 'repeat', times: 3 }])
    await changePin(till, '000000')
    await till.see(/原密码错/)
    expect(await tries(till)).toBe(1)
    await till.press('cancel')
    await till.toIdle()
    await expectPin(till, OLD, NEW)
  })

  it('N05 the power cut between the two entries of the new PIN → nothing sent, no digit in flash or secure storage', async () => {
    const till = await readyMemberTill()
    await choose(till, '4')
    await till.swipe(MEMBER)
    await till.pin(OLD)
    await till.pin(NEW)
    await till.type(NEW.slice(0, 3))
    till.machine.powerOff()
    const image = toHex(till.chip.image())
    for (const digits of [OLD, NEW])
      for (const hex of [
        digits,
        Buffer.from(digits).toString('hex'),
        [...digits].map((digit) => `0${digit}`).join(''),
      ])
        expect(image.includes(hex.toUpperCase())).toBe(false)
    expect(sentFields(till, '0100')).toEqual([])
    await heal(till)
    expect(statesOf(till)).toEqual([])
    await expectPin(till, OLD, NEW)
  })

  it('N06 the answer comes late, after the inquiry → passed over; what the host committed counts', async () => {
    const till = await readyMemberTill()
    fates(till, ['0110', { kind: 'delay', ms: 75_000 }])
    await changePin(till)
    await till.see(/主机核实:已成功/, 100_000)
    await till.time.advance(60_000)
    await till.toIdle()
    expect(statesOf(till)).toEqual(['2 approved'])
    await expectPin(till, NEW, OLD)
  })

  it('N06 the request comes late, after the inquiry has said unknown → the host has promised: old PIN', async () => {
    const till = await readyMemberTill()
    fates(till, ['0100', { kind: 'delay', ms: 75_000 }])
    await changePin(till)
    await till.see(/未完成/, 100_000)
    await till.time.advance(60_000)
    await till.toIdle()
    expect(statesOf(till)).toEqual(['2 declined'])
    await expectPin(till, OLD, NEW)
  })

  it('N07 the recorded frame again, also after a sign-on and with another trace → unchanged', async () => {
    const till = await readyMemberTill()
    await changePin(till)
    await till.see(APPROVED)
    await till.toIdle()
    const recorded = till.network.passed.find(({ body }) => typeOf(body) === '0100')?.body ?? new Uint8Array()
    await changePin(till, NEW, OLD)
    await till.see(APPROVED)
    await till.toIdle()
    const replay = till.host.connection()
    await replay.receive(encodeFrame(recorded))
    await till.press('4', '1') // another sign-on: other keys
    await till.toIdle()
    await till.host.connection().receive(encodeFrame(recorded))
    await expectPin(till, OLD, NEW)
  })
})

/** Everything that a day of PIN changes writes down. */
async function day(options: TillOptions): Promise<MemberTill> {
  const till = await readyMemberTill(options)
  await changePin(till, '000000')
  await till.see(/原密码错/)
  for (const digits of [OLD, NEW, NEW]) await till.pin(digits)
  await till.see(APPROVED)
  await till.toIdle()
  fates(till, ['0110', lose])
  await changePin(till, NEW, '314159', '314158')
  for (const digits of ['314159', '314159']) await till.pin(digits)
  await till.time.advance(200_000)
  await till.toIdle()
  return till
}

it.each<TillOptions>([{}, { model: 'compact', setup: { dialect: 'cbor' } }])(
  'leak search over a day of PIN changes %#: no PIN typed on screens, slips, frames, flash',
  async (options) => {
    const till = await day(options)
    const read = [...till.screens, ...till.paper.map(({ text }) => text), ...till.stops].join('\n')
    const frames = till.network.passed.map(({ body }) => toHex(body)).join('\n')
    const flash = toHex(till.chip.image())
    for (const pin of ['000000', OLD, NEW, '314159', '314158']) {
      expect(new RegExp(`(?<!\\d)${pin}(?!\\d)`).test(read), pin).toBe(false)
      if (pin === '000000') continue // as common in frames as zeros are
      const ascii = Buffer.from(pin).toString('hex').toUpperCase()
      const values = [...pin].map((digit) => `0${digit}`).join('')
      for (const hex of [ascii, values]) {
        expect(frames.includes(hex), `${pin} on the line`).toBe(false)
        expect(flash.includes(hex), `${pin} in the flash`).toBe(false)
      }
    }
    for (const { fields } of till.network.passed.flatMap(({ body }) => messageOf(body) ?? []))
      for (const element of [52, 62] as const) {
        const block = fields[element]
        if (block instanceof Uint8Array && block.length === 8)
          expect(flash.includes(toHex(block))).toBe(false)
      }
    expect(await disagreements(till)).toEqual([])
  },
)
