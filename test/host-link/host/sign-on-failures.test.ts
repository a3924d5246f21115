import { describe, expect, it } from 'vitest'
import { checkOf } from '../../../host-link/host/master-keys.ts'
import { bytesOfHex } from '../../../host-link/wire/bytes.ts'
import type { Dialect } from '../../../host-link/wire/message.ts'
import type { AuditedTill } from '../../rig/audit.ts'
import {
  APPROVED,
  expectAgreement,
  fates,
  flipped,
  lose,
  nextSale,
  readyTill,
  sentFields,
} from '../../rig/failure.ts'
import { altered, messageOf, opened, requests, typeOf, workingKeys } from '../../rig/frames.ts'
import type { Fate, Passing } from '../../rig/network.ts'
import { MASTER_KEY, makeTill } from '../../rig/till.ts'

const DIALECTS: readonly Dialect[] = ['cup', 'cbor']
const VERIFIED = /签到成功|Signed on/
const FAILED = /签到失败|Sign-on failed|无应答|No answer|通讯失败/

/** 管理 → 签到. */
async function signOnAgain(till: AuditedTill, end: RegExp): Promise<void> {
  await till.press('4', '1')
  await till.see(end, 90_000)
  await till.toIdle()
}

const ready = (dialect: Dialect) => readyTill({ setup: { dialect } })
const answers = (till: AuditedTill, mti: string) =>
  till.network.passed.filter(({ direction, body }) => direction === 'toTerminal' && typeOf(body) === mti)
const replace =
  (change: (body: Uint8Array) => Uint8Array) =>
  (frame: Passing): Fate => ({
    kind: 'replace',
    body: change(frame.body),
  })

describe.each(DIALECTS)('sign-on failures, a real terminal and a real host, dialect %s', (dialect) => {
  it('K01 the sign-on is lost → the old keys on both sides, and they sell', async () => {
    const till = await ready(dialect)
    fates(till, ['0800', lose])
    await signOnAgain(till, FAILED)
    expect(workingKeys(till)).toHaveLength(1)
    fates(till, ['0800', lose])
    await nextSale(till)
    await nextSale(till)
  })

  it('K02 its answer is lost, also twice → the terminal goes on under its old keys, the host takes them; a repeat gives new ones', async () => {
    const till = await ready(dialect)
    await nextSale(till)
    fates(till, ['0810', lose], ['0810', lose])
    await signOnAgain(till, FAILED)
    await nextSale(till)
    await signOnAgain(till, FAILED)
    await nextSale(till)
    await signOnAgain(till, VERIFIED)
    await nextSale(till)
    expect(till.host.alarms()).toEqual({})
  })

  it('K03 the answer is garbled in its key block, or two keys are swapped with their check values → nothing of it is used', async () => {
    const till = await ready(dialect)
    await nextSale(till)
    const block = (body: Uint8Array): Uint8Array => {
      const field = opened(body).message.fields[62]
      if (!(field instanceof Uint8Array)) throw new Error('no key block')
      return field
    }
    for (const at of [0, 15, 16, 19, 20, 39]) {
      fates(till, ['0810', replace((body) => altered(body, { 62: flipped(block(body), at) }))])
      await signOnAgain(till, FAILED)
    }
    await nextSale(till)
    if (dialect === 'cbor') {
      // The proof: under `cup` nobody but the check values looks, and those travel with the keys.
      const swapped = (field: Uint8Array) => Uint8Array.of(...field.subarray(20), ...field.subarray(0, 20))
      fates(till, ['0810', replace((body) => altered(body, { 62: swapped(block(body)) }))])
      await signOnAgain(till, FAILED)
      await nextSale(till)
    }
    await expectAgreement(till)
  })

  it('K04 the power goes while the new keys are saved, before or after they are, or the storage refuses them → old or new, and a sale works', async () => {
    for (const fault of ['refuses', 'cutBefore', 'cutAfter'] as const) {
      let saved: Uint8Array | undefined
      let armed = false
      const till = await readyTill({
        setup: { dialect },
        device: {
          secureStorage: {
            load: () => saved,
            save(bytes) {
              const now = armed
              armed = false
              if (now && fault === 'refuses') return false
              if (!now || fault === 'cutAfter') saved = bytes.slice()
              if (now) till.machine.powerOff()
              return true
            },
          },
        },
      })
      await nextSale(till)
      till.network.fate = ({ body }) => {
        armed ||= typeOf(body) === '0810'
        return { kind: 'deliver' }
      }
      await till.press('4', '1')
      if (fault === 'refuses') await till.see(FAILED, 90_000)
      else expect(await till.time.runUntil(() => till.machine.state === 'off', 90_000), fault).toBe(true)
      till.network.fate = () => ({ kind: 'deliver' })
      if (till.machine.state === 'off') till.machine.powerOn()
      await till.toIdle()
      await nextSale(till)
    }
  })

  it('K05 an older answer comes for a new sign-on, its trace made to fit → refused, the keys in use stay', async () => {
    const till = await ready(dialect)
    await nextSale(till)
    await signOnAgain(till, VERIFIED)
    await nextSale(till)
    const [first] = answers(till, '0810')
    if (!first) throw new Error('no answer')
    const again = (frame: Passing): Fate => ({
      kind: 'replace',
      body: altered(first.body, { 11: messageOf(frame.body)?.fields[11] }),
    })
    fates(till, ['0810', again])
    await signOnAgain(till, FAILED)
    await nextSale(till)
    await signOnAgain(till, VERIFIED)
    await nextSale(till)
    expect(requests(till)).not.toContain('0400')
  })

  it('K05 in our own dialect the answer is signed under its own new MAK; a byte of anything in it, or none → refused', async () => {
    const till = await ready('cbor')
    const [answer] = answers(till, '0810')
    expect(answer && opened(answer.body).message.fields[64]).toHaveLength(8)
    await nextSale(till)
    for (const change of [{ 60: '00000009003' }, { 12: '000000' }, { 64: undefined }]) {
      fates(till, ['0810', replace((body) => altered(body, change))])
      await signOnAgain(till, FAILED)
    }
    await nextSale(till)
  })

  it('K06 the host makes new keys while a sale is in flight → its answer is verified by the keys of its request', async () => {
    const till = await ready(dialect)
    await nextSale(till)
    const signOn = till.network.passed.find(({ body }) => typeOf(body) === '0800')
    if (!signOn) throw new Error('no sign-on')
    // Somebody asks in the terminal's name while its sale is on the way, before and after it is booked.
    till.network.fate = ({ body }) =>
      typeOf(body) === '0200'
        ? { kind: 'also', body: altered(signOn.body, { 11: '000900' }) }
        : typeOf(body) === '0810'
          ? { kind: 'lose' }
          : { kind: 'deliver' }
    await till.order()
    await till.see(APPROVED, 70_000)
    await till.toIdle()
    till.network.fate = () => ({ kind: 'deliver' })
    expect(requests(till)).not.toContain('0400')
    await nextSale(till)
  })

  it('K07 a sign-on while a reversal is owed → the keys change, and the reversal is taken under the new ones', async () => {
    const till = await ready(dialect)
    till.network.fate = ({ body }) =>
      ['0210', '0410'].includes(typeOf(body)) ? { kind: 'lose' } : { kind: 'deliver' }
    await till.order()
    await till.toIdle('cancel')
    till.network.fate = ({ body }) => (typeOf(body) === '0400' ? { kind: 'lose' } : { kind: 'deliver' })
    const before = workingKeys(till).length
    await till.press('4', '1')
    await till.toIdle()
    expect(workingKeys(till).length).toBeGreaterThan(before)
    till.network.fate = () => ({ kind: 'deliver' })
    await till.press('4', '2')
    await till.toIdle()
    expect(sentFields(till, '0410').at(-1)?.[39]).toBe('00')
    expect(await till.balance('member')).toBe(10_000_000)
    await nextSale(till)
  })

  it('K08 MACs of the host wrong again and again → a sign-on each time, no sale goes through, what is owed stays owed', async () => {
    const till = await ready(dialect)
    till.network.fate = ({ body }) => {
      const mac = messageOf(body)?.fields[64]
      const spoilt = ['0210', '0410'].includes(typeOf(body)) && mac instanceof Uint8Array
      return spoilt ? { kind: 'replace', body: altered(body, { 64: flipped(mac, 0) }) } : { kind: 'deliver' }
    }
    const signOns = () => requests(till).filter((mti) => mti === '0800').length
    const before = signOns()
    await till.order()
    await till.toIdle('cancel')
    for (let round = 0; round < 3; round++) {
      await till.press('4', '2')
      await till.toIdle('cancel')
    }
    expect(signOns()).toBeGreaterThan(before + 1)
    expect(till.screens.join('\n')).not.toMatch(APPROVED)
    expect(till.screen()).toMatch(/待冲正/)
    till.network.fate = () => ({ kind: 'deliver' })
    await till.press('4', '2')
    await till.toIdle()
    expect(await till.balance('member')).toBe(10_000_000)
    await nextSale(till)
  })

  it('K09 a clone signs on with the same terminal number → refused with an alarm; the first goes on without a new sign-on', async () => {
    const till = await ready(dialect)
    await nextSale(till)
    const clone = makeTill({
      ...{ host: till.host, store: till.store, setup: { dialect } },
      device: { identity: { maker: 'Shuaka', model: 'test', serial: 'CLONE001', runtime: 'test' } },
    })
    clone.machine.powerOn()
    await clone.see(/97/, 90_000)
    expect(till.host.alarms().foreignSerial).toBeGreaterThan(0)
    const signOns = requests(till).filter((mti) => mti === '0800').length
    await nextSale(till)
    expect(requests(till).filter((mti) => mti === '0800')).toHaveLength(signOns)
  })

  it('K09 a clone that gives the first one’s serial number but has not its key → learns nothing, and the first goes on', async () => {
    const till = await ready(dialect)
    await nextSale(till)
    const other = bytesOfHex(MASTER_KEY.replace(/^7CA2/, '7CA4'))
    const clone = makeTill({
      ...{ host: till.host, store: till.store, setup: { dialect } },
      device: {
        masterKeys: [{ slot: 1, key: other, checkValue: checkOf('TDES', other) }],
      },
    })
    clone.machine.powerOn()
    await clone.see(FAILED, 90_000)
    const signOns = requests(till).filter((mti) => mti === '0800').length
    await nextSale(till)
    expect(requests(till).filter((mti) => mti === '0800')).toHaveLength(signOns)
    expect(till.host.alarms()).toEqual({})
  })
})
