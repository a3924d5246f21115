import { describe, expect, it } from 'vitest'
import { makeFlashChip } from '../../../emulator/device/flash.ts'
import { encodeFrame } from '../../../host-link/wire/frame.ts'
import { entriesOf, slipsOf, statesOf } from '../../rig/audit.ts'
import { readyTill } from '../../rig/failure.ts'
import { messageOf, typeOf } from '../../rig/frames.ts'
import { makeTill, TERMINAL, type Till } from '../../rig/till.ts'

const MEMBER = ';6222600001234567890=30122010000000000?'

async function cash(till: Till, amount: string): Promise<void> {
  await till.press('8', '1')
  await till.see(/门店编号/)
  await till.type('0012')
  await till.press('enter')
  await till.see(/请输入金额/)
  await till.type(amount)
  await till.press('enter')
}

async function cashBooked(till: Till): Promise<void> {
  await cash(till, '8880')
  await till.see(/应收/)
  await till.press('enter')
  await till.see(/找零/)
  await till.press('enter')
}

const settledCash = (till: Till, trace: number) =>
  till.store.transact((books) => ({
    result: books.entry({ terminalId: TERMINAL, batch: 1, trace, kind: 'cashSale' })?.settleFen,
  }))

describe('cash 现金', () => {
  it('C02: power cut after it was answered, before anybody saw it → the slip is offered at start, booked once', async () => {
    const till = makeTill()
    till.machine.powerOn()
    await till.toIdle()
    let answered = -1
    till.network.fate = ({ body }) => {
      if (typeOf(body) === '0230') answered = till.chip.operations()
      return { kind: 'deliver' }
    }
    const cut = (): void => {
      // The first flash operation after the answer is its OUTCOME: the supply goes right behind it.
      if (answered >= 0 && till.chip.operations() > answered + 1) till.machine.powerOff()
    }
    await cash(till, '8880')
    await till.see(/应收/)
    await till.press('enter')
    await till.see(/找零/)
    till.machine.operator.press('enter')
    await till.time.runUntil(() => {
      cut()
      return till.machine.state === 'off'
    }, 10_000)
    expect(till.machine.state).toBe('off')
    till.network.fate = () => ({ kind: 'deliver' })
    till.machine.powerOn()
    await till.see(/上笔签购单未打完|请刷卡或选功能/, 30_000)
    await till.toIdle()
    expect(statesOf(till)).toEqual(['2 approved'])
    expect(await settledCash(till, 2)).toBe(8880)
    expect(slipsOf(till).some((slip) => slip.startsWith('商户 2'))).toBe(true)
  })

  it('C03: a slip printed again is marked DUPLICATE; nothing is booked by it', async () => {
    const till = makeTill()
    till.machine.powerOn()
    await till.toIdle()
    await cashBooked(till)
    await till.see(/交易成功/)
    await till.toIdle()
    const frames = till.network.passed.length
    await till.press('3', '1')
    await till.time.advance(5_000)
    await till.toIdle()
    expect(slipsOf(till)).toEqual(['商户 2', '持卡人 2', '商户 2 again', '持卡人 2 again'])
    expect(till.network.passed.length).toBe(frames)
  })

  it('C05: the limit that is in force now is applied, before anything is written', async () => {
    const parameters = { storeNumberRequired: true, 'cashSale.limitFen': 5_000 }
    const till = makeTill({ setup: { parameters } })
    till.machine.powerOn()
    await till.toIdle()
    await cash(till, '5001')
    await till.see(/金额超限/)
    await till.press('cancel')
    await till.toIdle()
    expect(entriesOf(till)).toEqual([])
    await cash(till, '5000')
    await till.see(/应收/)
  })
})

describe('cross-cutting', () => {
  it('L21: the request of a reversed sale arrives after its batch was settled → declined, nothing moves', async () => {
    const till = makeTill()
    till.machine.powerOn()
    await till.toIdle()
    let held = 0
    till.network.fate = ({ body }) =>
      typeOf(body) === '0200' && held++ === 0 ? { kind: 'delay', ms: 900_000 } : { kind: 'deliver' }
    await till.order()
    await till.see(/已冲正,未扣款/, 120_000)
    await till.toIdle()
    await till.order({ amount: '100' })
    await till.see(/交易成功/)
    await till.toIdle()
    await till.press('9')
    await till.see(/净额/)
    await till.press('enter')
    await till.see(/结算完成/, 60_000)
    await till.toIdle()
    const before = await till.balance('member')
    await till.time.advance(900_000)
    expect(await till.balance('member')).toBe(before)
    expect(before).toBe(10_000_000 - 100)
  })

  it('X07: an old image of the flash is put back → the host refuses the used trace and rings, no sale is doubled', async () => {
    const till = makeTill()
    till.machine.powerOn()
    await till.toIdle()
    const old = till.chip.image()
    for (let sale = 0; sale < 3; sale++) {
      await till.order()
      await till.see(/交易成功/)
      await till.toIdle()
    }
    till.machine.powerOff()
    const { host, store } = till
    const again = makeTill({ host, store, image: old, time: till.time })
    again.machine.powerOn()
    await again.toIdle()
    await again.order({ amount: '5000' })
    await again.time.advance(20_000)
    await again.toIdle()
    expect(again.host.alarms().conflict ?? 0).toBeGreaterThan(0)
    await again.order({ amount: '700' })
    await again.see(/交易成功/, 20_000)
    await again.toIdle()
    expect(await again.balance('member')).toBe(10_000_000 - 3 * 8880 - 700)
    expect(makeFlashChip({ image: old }).image()).toEqual(old)
  })

  it('X09: mute card, PIN pad left alone, key stuck, no paper → idle again, nothing owed unless it was sent', async () => {
    const till = await readyTill()
    await till.press('1')
    await till.type('0012')
    await till.press('enter')
    await till.type('100')
    await till.press('enter')
    await till.see(/请刷卡/)
    for (let swipe = 0; swipe < 3; swipe++) {
      till.machine.operator.swipeBadly()
      await till.time.advance(500)
    }
    await till.toIdle()
    await till.press('1')
    await till.type('0012')
    await till.press('enter')
    await till.type('100')
    await till.press('enter')
    await till.swipe(MEMBER)
    await till.time.advance(120_000) // nobody types a PIN
    await till.toIdle()
    for (let key = 0; key < 200; key++) till.machine.operator.press('5')
    await till.time.advance(180_000)
    await till.toIdle('cancel')
    expect(entriesOf(till)).toEqual([])
    till.machine.operator.paperOut()
    await till.order()
    await till.time.advance(400_000)
    await till.toIdle('cancel')
    expect(statesOf(till).every((state) => /approved|undone/.test(state))).toBe(true)
    expect(till.stops).toEqual([])
  })

  it('X10: a byte at a time, or the answer behind a hundred others in one read → the same sale', async () => {
    const trickled = await readyTill()
    trickled.network.fate = () => ({ kind: 'trickle' })
    await trickled.order()
    await trickled.see(/交易成功/, 120_000)
    expect(statesOf(trickled)).toEqual(['2 approved'])

    const flooded = await readyTill()
    flooded.network.fate = ({ body, direction }) => {
      if (direction === 'toHost' && typeOf(body) === '0200') {
        const echo = flooded.network.passed.find((frame) => frame.direction === 'toTerminal')
        if (echo) {
          const one = encodeFrame(echo.body)
          const many = new Uint8Array(one.length * 100)
          for (let at = 0; at < 100; at++) many.set(one, at * one.length)
          flooded.network.injectBytes(many)
        }
      }
      return { kind: 'deliver' }
    }
    await flooded.order()
    await flooded.see(/交易成功/, 120_000)
    expect(statesOf(flooded)).toEqual(['2 approved'])
    expect(messageOf(flooded.network.passed[0]?.body ?? new Uint8Array())?.mti).toBe('0800')
  })
})
