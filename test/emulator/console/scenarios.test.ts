import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { playHeadless } from '../../../emulator/console/headless.ts'
import type { TerminalSetup } from '../../../emulator/console/worker-words.ts'
import { readCards, readProvision } from '../../../scripts/provision.ts'
import { makeTerminalSetup } from '../../../scripts/terminal-setup.ts'

const path = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url))
const cards = readCards(path('scripts/demo/cards.json'))

function demo(file: string, device: 'compact' | 'standard', dialect: 'cup' | 'cbor' = 'cup'): TerminalSetup {
  const provision = readProvision(path(`scripts/demo/${file.includes('shop') ? 'shop' : 'mall'}.json`))
  // Only the scenario about messages has a host that sends some: they come by themselves.
  const acquirer = file.includes('service-info') ? { acquirer: path('scripts/demo/acquirer.json') } : {}
  const options = { ...acquirer, dialect, device, locale: 'zh', engine: 'v8', bundle: '' } as const
  return makeTerminalSetup(provision, cards, options)
}

/** Undefined when all went as written, else the report of the failure. */
async function failureOf(setup: TerminalSetup, text: string, file: string): Promise<string | undefined> {
  const report = await playHeadless(setup, text, file)
  return report.passed ? undefined : report.text
}

const files = readdirSync(path('test/scenario')).filter((file) => file.endsWith('.txt'))
const textOf = (file: string): string => readFileSync(path(`test/scenario/${file}`), 'utf8')

test('scenario files → each in both languages', () => {
  const others: { readonly [file: string]: string } = { 'sale-mall.txt': 'english.txt' }
  const chinese = files.filter((file) => !/-en\.txt$/.test(file) && file !== 'english.txt')
  const english = (file: string): string => others[file] ?? file.replace(/\.txt$/, '-en.txt')
  expect(chinese.filter((file) => !files.includes(english(file)))).toEqual([])
})

describe('scenario files: on the standard device', () => {
  test.each(files)('%s → passes', async (file) => {
    expect(await failureOf(demo(file, 'standard'), textOf(file), file)).toBeUndefined()
  })
})

describe('scenario files: on the compact device', () => {
  test.each(files)('%s → passes', async (file) => {
    expect(await failureOf(demo(file, 'compact'), textOf(file), file)).toBeUndefined()
  })
})

describe('a scenario that fails', () => {
  const sale = textOf('sale-mall.txt').replace('expect screen 交易成功', 'wait 1\nexpect screen 没有这个')

  test('→ line, reason, screen, receipt and frames, without card number, PIN or key', async () => {
    const text = await failureOf(demo('mall', 'standard'), sale, 'sale.txt')
    expect(text).toMatch(
      /^sale\.txt:13: expect screen 没有这个\n {2}the screen did not show it in 10 s\nscreen:\n/,
    )
    expect(text).toMatch(/receipt:\n {4}签购单/)
    expect(text).toMatch(/0200 .*消费 sale/)
    expect(text).not.toContain('6222600001234567890')
    expect(text).not.toContain('123456')
    const { keys } = readProvision(path('scripts/demo/mall.json'))
    expect(keys).toHaveLength(1)
    for (const { key } of keys)
      expect(text?.toUpperCase()).not.toContain(Buffer.from(key).toString('hex').toUpperCase())
  })
  test('at a pin or swipe step → the step is shown without its digits', async () => {
    const pin = await failureOf(demo('mall', 'standard'), 'pin 123456', 'x.txt')
    expect(pin).toMatch(/^x\.txt:1: pin …\n/)
    expect(pin).not.toContain('123456')
  })
  test('because the application ended → says why', async () => {
    const setup = {
      ...demo('mall', 'standard'),
      engine: 'quickjs' as const,
      bundle: 'throw new Error("on purpose")',
    }
    const text = await failureOf(setup, 'expect screen 消费', 'x.txt')
    expect(text).toMatch(/the application stopped: .*on purpose/)
  })
})

test('wait 3600 with the embedded host → no real time, and the device’s clock has moved', async () => {
  const text = 'expect screen 请刷卡\nwait 3600\nexpect screen 请刷卡'
  expect(await failureOf(demo('mall', 'standard'), text, 'x.txt')).toBeUndefined()
})

test('the same file twice → the same frames', async () => {
  const report = async (): Promise<string> => {
    const text = await failureOf(demo('mall', 'standard'), 'press 4\npress 3\nexpect screen NO', 'x.txt')
    return (text ?? '').replace(/.*(local|reference|working keys|time|\d\d:\d\d).*/gi, '')
  }
  expect(await report()).toBe(await report())
})
