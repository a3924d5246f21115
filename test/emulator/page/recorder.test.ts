import { expect, test } from 'vitest'
import type { Picture } from '../../../emulator/device/ports.ts'
import { makeRecorder } from '../../../emulator/page/recorder.ts'
import { formatStep, parseScenario } from '../../../emulator/scenario/scenario.ts'

const card = {
  name: 'bank',
  label: '银行卡',
  pan: '6222600001234567890',
  track2: '6222600001234567890=30122010000000000',
  pin: '123456',
  balanceFen: 100,
}

function picture(text: string, secure = false): Picture {
  const icons = { signedOn: true, owed: false, paperOut: false }
  return { columns: 24, rows: [{ text, runs: [] }], icons, quality: 4, secure, lit: true }
}

test('recorder: a sale becomes a scenario that parses; PIN digits come from the card, not from the keys', () => {
  const recorder = makeRecorder('zh')
  recorder.seen(picture('  1 消费'))
  recorder.key('1')
  recorder.seen(picture('请输入门店编号'))
  for (const key of ['0', '0', '1', '2', 'enter'] as const) recorder.key(key)
  recorder.seen(picture('请刷卡'))
  recorder.swipe(card)
  recorder.seen(picture('请输入密码', true))
  for (const key of ['9', '8', '7', '6', 'enter'] as const) recorder.key(key)
  recorder.seen(picture('交易成功'))
  const file = recorder.finish('a sale')
  expect(file.split('\n')).toEqual([
    '# a sale',
    'locale zh',
    'expect screen 1 消费',
    'type 1',
    'expect screen 请输入门店编号',
    'type 0012',
    'press enter',
    'expect screen 请刷卡',
    'swipe bank',
    'pin 123456',
    'expect screen 交易成功',
    '',
  ])
  expect(file).not.toContain('9876')
  const lines = parseScenario(file, 'recorded.txt')
  expect(lines.map((line) => formatStep(line.step))).toEqual(file.trim().split('\n').slice(1))
})

test('recorder: no PIN typed → the key that was pressed', () => {
  const recorder = makeRecorder('en')
  recorder.swipe(card)
  recorder.seen(picture('PIN', true))
  for (const key of ['1', 'clear', 'enter'] as const) recorder.key(key)
  recorder.key('2')
  recorder.key('cancel')
  expect(recorder.finish('x')).toMatch(/swipe bank\npress enter\npress cancel\n$/)
})
