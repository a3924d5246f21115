import { describe, expect, it } from 'vitest'
import type { Device } from '../../../terminal/device/device.ts'
import type { SlotState } from '../../../terminal/device/secure.ts'
import { type FateRow, fates } from '../../rig/failure.ts'
import { makeUpdateTill, manifestOf, POLICY, type UpdateTill } from '../../rig/update-faces.ts'

const OPEN = { policy: { ...POLICY, allowOpenBatch: true }, manifest: manifestOf({}) }

/** Puts `program` in with one sale in the batch, and waits until something was told. */
async function tried(
  program: string,
  options: Parameters<typeof makeUpdateTill>[0] = {},
  before: (till: UpdateTill) => void = () => undefined,
): Promise<UpdateTill> {
  const till = makeUpdateTill(options)
  till.machine.powerOn()
  await till.order()
  await till.see(/交易成功/)
  await till.toIdle()
  till.ready(program, OPEN)
  before(till)
  await till.see(/已升级到|升级未成功/, 1_200_000)
  return till
}
const told = (till: UpdateTill) => till.screen().replace(/\s+/g, ' ')

/** The device as a program sees it that has lost something of it. */
const without =
  (change: (device: Device) => Partial<Device>) =>
  (program: string, device: Device): Device =>
    program === 'factory' ? device : { ...device, ...change(device) }
const slotOf = (change: Partial<SlotState>) =>
  without(({ secure }) => ({
    secure: { ...secure, slot: (slot) => ({ ...secure.slot(slot), ...change }) },
  }))

/** The next sale works, and its batch is settled whole. */
async function worksOn(till: UpdateTill): Promise<void> {
  await till.toIdle()
  await till.order()
  await till.see(/交易成功/)
  await till.toIdle()
  await till.press('9')
  await till.see(/借记 2/)
  await till.press('enter')
  await till.see(/对账平|平/, 60_000)
}

describe('how a trial ends 试运行', () => {
  it('G04 a program that crashes → three tries, then the one before, named on screen and paper; the batch as it was', async () => {
    const till = await tried('crash 0.2.0')
    expect(till.starts).toEqual(['factory', 'crash 0.2.0', 'crash 0.2.0', 'crash 0.2.0', 'factory'])
    expect(told(till)).toMatch(/升级未成功 继续使用 0\.1\.0 代码 17/)
    expect(till.paper.map(({ text }) => text).join('\n')).toMatch(/升级未成功\s*继续使用 0\.1\.0\s*代码 17/)
    await worksOn(till)
  })

  it('a program that hangs → the watchdog three times, then the one before (code 18)', async () => {
    const till = await tried('hang 0.2.0')
    expect(till.starts.filter((name) => name.startsWith('hang'))).toHaveLength(3)
    expect(told(till)).toMatch(/升级未成功 继续使用 0\.1\.0 代码 18/)
  })

  // biome-ignore format: one row a fault
  const faults: readonly (readonly [string, number, ReturnType<typeof without>])[] = [
    ['keys are gone',                    20, slotOf({ masterKey: 'FFFFFF' })],
    ['a working key has another value',  20, slotOf({ macKey: '000000' })],
    ['the case was opened',              20, slotOf({ tampered: true })],
    ['the printer does not answer',      22, without(({ printer }) => ({ printer: { ...printer, columns: () => 0 } }))],
    ['the reader does not answer',       22, without(({ reader }) => ({ reader: { ...reader, wait: async () => ({ kind: 'busy' }) } }))],
    ['Chinese text comes out wrong',     22, without(({ charset }) => ({ charset: { ...charset, decodeGbk: () => '?' } }))],
    ['the journal reads as empty',       23, without(({ flash }) => ({ flash: { ...flash, read: (_address, length) => new Uint8Array(length), program: () => 'failed', erase: () => 'failed' } }))],
    ['the set-up cannot be read',        21, without(({ info }) => ({ info: { ...info, setup: () => ({ ...info.setup(), parameters: { unheardOf: 1 } }) } }))],
    ['the profile is not known',         21, without(({ info }) => ({ info: { ...info, setup: () => ({ ...info.setup(), profile: 'none' }) } }))],
  ]
  for (const [name, code, seenBy] of faults)
    it(`in trial ${name} → back at once, without a second try, code ${code}`, async () => {
      const till = await tried('0.2.0', { seenBy })
      expect(till.starts).toEqual(['factory', '0.2.0', 'factory'])
      expect(told(till)).toMatch(new RegExp(`升级未成功 继续使用 0\\.1\\.0 代码 ${code}`))
      await worksOn(till)
    })

  it('story: true version after fallback, on the screen: what the boot record says runs, and the end that it says', async () => {
    const till = await tried('crash 0.2.0')
    await till.press('enter')
    await till.press('4', '9', '9')
    await till.see(/版本 0\.1\.0 F/)
    expect(till.starts.at(-1)).toBe('factory')
  })

  it('no line in the trial → confirmed all the same: being offline reverts nothing', async () => {
    const till = await tried('0.2.0', {}, ({ machine }) => machine.operator.cable(false))
    expect(told(till)).toMatch(/已升级到 0\.2\.0/)
    expect(till.starts).toEqual(['factory', '0.2.0'])
  })

  it('a host that does not answer in the trial → confirmed all the same', async () => {
    const till = await tried('0.2.0', {}, (one) => {
      one.network.fate = () => ({ kind: 'lose' })
    })
    expect(told(till)).toMatch(/已升级到 0\.2\.0/)
  })

  it('a host that answered before says what the new program cannot read, twice → back (code 33)', async () => {
    const garbled: FateRow[] = [1, 2].map(() => [
      '0830',
      { kind: 'replace', body: new Uint8Array([1, 2, 3]) },
    ])
    const till = await tried('0.2.0', {}, (one) => fates(one, ['0830', { kind: 'deliver' }], ...garbled))
    expect(told(till)).toMatch(/升级未成功 继续使用 0\.1\.0 代码 33/)
  })

  it('a host that was not heard before the update says what nobody can read → confirmed: the program is not to blame', async () => {
    const garbled: FateRow[] = [1, 2, 3].map(() => [
      '0830',
      { kind: 'replace', body: new Uint8Array([1, 2, 3]) },
    ])
    const till = await tried('0.2.0', {}, (one) => fates(one, ...garbled))
    expect(told(till)).toMatch(/已升级到 0\.2\.0/)
  })

  it('the counter rises with the confirmation and not before: a program that went back raised nothing', async () => {
    const counters: number[] = []
    const look = (_program: string, device: Device): Device => {
      counters.push(device.secure.floor(0, new Uint8Array(4)))
      return device
    }
    const back = makeUpdateTill({ seenBy: look })
    back.ready('crash 0.2.0', { counter: 7 })
    back.machine.powerOn()
    await back.see(/升级未成功/, 1_200_000)
    expect(counters.every((counter) => counter <= 1)).toBe(true)
    const till = makeUpdateTill({ seenBy: look })
    till.ready('0.2.0', { counter: 7 })
    till.machine.powerOn()
    await till.see(/已升级到/, 300_000)
    till.machine.powerOff()
    till.machine.powerOn()
    await till.toIdle()
    expect(counters.at(-1)).toBe(7)
  })

  it('no paper, and the power went while it stood on the screen → told again at the next start', async () => {
    const till = makeUpdateTill()
    till.ready('0.2.0')
    till.machine.operator.paperOut()
    till.machine.powerOn()
    for (let start = 0; start < 2; start++) {
      await till.see(/已升级到 0\.2\.0/, 100_000)
      till.machine.powerOff()
      till.machine.powerOn()
    }
    await till.see(/已升级到 0\.2\.0/, 60_000)
    await till.press('enter')
    await till.see(/1 消费/)
    till.machine.powerOff()
    till.machine.powerOn()
    await till.toIdle()
    expect(till.screens.filter((screen) => /已升级到/.test(screen))).toHaveLength(3)
  })
})
