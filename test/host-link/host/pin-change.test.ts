import { describe, expect, test } from 'vitest'
import { hexOf } from '../../../host-link/wire/bytes.ts'
import { same, type TestTerminal } from './rig.ts'
import {
  accountOf,
  balance,
  code,
  pinChange,
  request,
  SERVICE_PIN,
  serviceRig,
  signedOn,
} from './service-rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()
const NEW = '4711'
const enquiry = (terminal: TestTerminal, pin: string) =>
  request(terminal, 'balanceEnquiry', { card: 'anna', pin })

describe.each(STORE_KINDS)('PIN change 修改密码, %s books', (kind) => {
  const setUp = async () => {
    const rig = serviceRig(fresh(kind))
    return { rig, terminal: await signedOn(rig) }
  }

  test('the new PIN is taken from then on, the old one is not; also after a restart of the host', async () => {
    const { rig, terminal } = await setUp()
    expect(await code(terminal, pinChange(terminal, 'anna', SERVICE_PIN, NEW))).toBe('00')
    expect(await code(terminal, enquiry(terminal, NEW))).toBe('00')
    expect(await code(terminal, enquiry(terminal, SERVICE_PIN))).toBe('55')
    const again = await signedOn(rig.restarted(), '10000002')
    expect(await code(again, enquiry(again, NEW))).toBe('00')
    expect(await code(again, pinChange(again, 'anna', NEW, '000000'))).toBe('00')
    expect(await code(again, enquiry(again, '000000'))).toBe('00')
    expect(await balance(rig, 'anna')).toBe(20_000)
  })

  test('what the books keep shows no digit: neither as digits, nor as characters, nor as a block', async () => {
    const { rig, terminal } = await setUp()
    const pin = '908172635449'
    expect(await code(terminal, pinChange(terminal, 'anna', SERVICE_PIN, pin))).toBe('00')
    const { sealedPin } = await accountOf(rig, 'anna')
    const kept = hexOf(sealedPin ?? new Uint8Array())
    expect(kept.length).toBeGreaterThan(24)
    for (const shape of [
      pin,
      hexOf(Uint8Array.from(pin, Number)),
      hexOf(Uint8Array.from(pin, (d) => d.charCodeAt(0))),
    ])
      expect(kept).not.toContain(shape.slice(0, 8))
  })

  test('N01 the request lost: the old PIN stays; the inquiry says unknown, and the change, late, is declined', async () => {
    const { terminal } = await setUp()
    const lost = pinChange(terminal, 'anna', SERVICE_PIN, NEW)
    expect(await code(terminal, terminal.inquiryMessage(1, Number(lost.fields[11])))).toBe('25')
    expect(await code(terminal, lost)).toBe('68') // N06
    expect(await code(terminal, enquiry(terminal, SERVICE_PIN))).toBe('00')
  })

  test('N02 the answer lost: the inquiry says booked, the new PIN is in place', async () => {
    const { terminal } = await setUp()
    const change = pinChange(terminal, 'anna', SERVICE_PIN, NEW)
    await terminal.ask(change)
    expect(await code(terminal, terminal.inquiryMessage(1, Number(change.fields[11])))).toBe('00')
    expect(await code(terminal, enquiry(terminal, NEW))).toBe('00')
  })

  test('the inquiry about a declined change says unknown', async () => {
    const { terminal } = await setUp()
    const change = pinChange(terminal, 'anna', '888889', NEW)
    expect(await code(terminal, change)).toBe('55')
    expect(await code(terminal, terminal.inquiryMessage(1, Number(change.fields[11])))).toBe('25')
  })

  test('N03 duplicated: one result, one change, one row', async () => {
    const { rig, terminal } = await setUp()
    const change = pinChange(terminal, 'anna', SERVICE_PIN, NEW)
    const [first] = await terminal.exchange(change)
    const { sealedPin } = await accountOf(rig, 'anna')
    const [again] = await terminal.exchange(change)
    expect(first && again && same(first, again)).toBe(true)
    expect((await accountOf(rig, 'anna')).sealedPin).toEqual(sealedPin)
    const trace = Number(change.fields[11])
    expect(await rig.books((books) => books.underTrace('10000001', 1, trace))).toHaveLength(1)
  })

  test('N04 a wrong old PIN, duplicated: one failure, one try counted; the third → 75', async () => {
    const { rig, terminal } = await setUp()
    const wrong = pinChange(terminal, 'anna', '888889', NEW)
    expect(await code(terminal, wrong)).toBe('55')
    expect(await code(terminal, wrong)).toBe('55')
    expect((await accountOf(rig, 'anna')).wrongPins).toBe(1)
    expect(await code(terminal, pinChange(terminal, 'anna', '888887', NEW))).toBe('55')
    expect(await code(terminal, pinChange(terminal, 'anna', '888886', NEW))).toBe('75')
    expect(await code(terminal, pinChange(terminal, 'anna', SERVICE_PIN, NEW))).toBe('75')
    expect((await accountOf(rig, 'anna')).sealedPin).toBeUndefined()
  })

  test('a right old PIN sets the count of wrong ones back', async () => {
    const { rig, terminal } = await setUp()
    await terminal.ask(pinChange(terminal, 'anna', '888889', NEW))
    expect(await code(terminal, pinChange(terminal, 'anna', SERVICE_PIN, NEW))).toBe('00')
    expect((await accountOf(rig, 'anna')).wrongPins).toBe(0)
  })

  test('N07 a recorded frame again, after a further change: the stored answer, nothing changes; after a sign-on: A0', async () => {
    const { rig, terminal } = await setUp()
    const first = pinChange(terminal, 'anna', SERVICE_PIN, NEW)
    const recorded = terminal.frame(first)
    await rig.host.connection().receive(recorded)
    expect(await code(terminal, pinChange(terminal, 'anna', NEW, SERVICE_PIN))).toBe('00')
    const { sealedPin } = await accountOf(rig, 'anna')
    await rig.host.connection().receive(recorded)
    expect((await accountOf(rig, 'anna')).sealedPin).toEqual(sealedPin)
    await terminal.signOn()
    await terminal.ask(enquiry(terminal, SERVICE_PIN)) // under the new keys: the old are gone
    const [answer] = await rig.host.connection().receive(recorded)
    expect(answer && terminal.opened(answer).message.fields[39]).toBe('A0')
    expect((await accountOf(rig, 'anna')).sealedPin).toEqual(sealedPin)
  })

  test('same key, another new PIN → 94, unchanged', async () => {
    const { terminal } = await setUp()
    const change = pinChange(terminal, 'anna', SERVICE_PIN, NEW)
    expect(await code(terminal, change)).toBe('00')
    const other = pinChange(terminal, 'anna', SERVICE_PIN, '1234', { trace: Number(change.fields[11]) })
    expect(await code(terminal, other)).toBe('94')
    expect(await code(terminal, enquiry(terminal, NEW))).toBe('00')
  })

  test('the new block: of another card, too short or missing → declined, old PIN good; no PIN sent 55; a card without PIN 57', async () => {
    const { terminal } = await setUp()
    const change = (block: Uint8Array) =>
      pinChange(terminal, 'anna', SERVICE_PIN, NEW, { more: { 62: block } })
    expect(await code(terminal, change(terminal.pinBlock(NEW, '9901100000000099925')))).toBe('99')
    expect(await code(terminal, change(new Uint8Array(8)))).toBe('99')
    expect(await code(terminal, change(new Uint8Array(7)))).toBe('30')
    const { 62: _62, ...without } = change(new Uint8Array(8)).fields
    expect(await code(terminal, terminal.signed({ mti: '0100', fields: without }))).toBe('30')
    const noPin = request(terminal, 'pinChange', {
      card: 'anna',
      more: { 62: terminal.pinBlock(NEW, '9901100000000000017') },
    })
    expect(await code(terminal, noPin)).toBe('55')
    expect(await code(terminal, pinChange(terminal, 'signs', SERVICE_PIN, NEW))).toBe('57')
    expect(await code(terminal, enquiry(terminal, SERVICE_PIN))).toBe('00')
  })
})

test('a changed PIN that does not open, under another secret of the host: neither PIN is taken (96), no try is counted', async () => {
  const rig = serviceRig()
  const before = await signedOn(rig)
  expect(await code(before, pinChange(before, 'anna', SERVICE_PIN, NEW))).toBe('00')
  const alarms: string[] = []
  const other = serviceRig(rig.store, {
    secret: new Uint8Array(32).fill(8),
    alarm: (alarm) => alarms.push(alarm),
  })
  const terminal = await signedOn(other, '10000002')
  expect(await code(terminal, enquiry(terminal, SERVICE_PIN))).toBe('96')
  expect(await code(terminal, enquiry(terminal, NEW))).toBe('96')
  expect(alarms).toContain('badKeys')
  expect((await accountOf(other, 'anna')).wrongPins).toBe(0)
})
