import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { makeSearcher, needlesOf, type Secret, textSink } from '../../rig/leak.ts'
import { type Story, tellStory } from './story.ts'
import { CANARY } from './story-secrets.ts'

let story: Story
beforeAll(async () => {
  story = await tellStory()
})

const sink = (name: string): Buffer =>
  Buffer.from(story.sinks.find((each) => each.name === name)?.bytes ?? [])

describe('A19 log leaks: the story', () => {
  test('A19 log leaks: no PIN, card number, track, password, passphrase, component, key or whole check value, in any form, in anything that the whole story left behind → nothing found', () => {
    expect(makeSearcher(story.secrets).search(story.sinks).slice(0, 40)).toEqual([])
  })

  test('A19 the story happened: ceremony, two injections, import, sales, a wrong PIN, a remote loading, a crash, a settlement, an opened case, right and wrong commands', () => {
    const screens = ['SK000001', 'SK000002'].map((serial) => sink(`screens of ${serial}`).toString())
    for (const seen of screens)
      for (const words of [/成功 密钥槽 1/, /交易成功/, /密码错/, /RESTART/, /结算完成/, /机具被拆动/])
        expect(seen).toMatch(words)
    expect(screens[1]).toMatch(/新密钥已装载/)
    const audit = sink('audit as CSV').toString()
    for (const event of ['logInRefused', 'componentRejected', 'keyMade', 'keyLoaded', 'SK000001', 'SK000002'])
      expect(audit).toContain(event)
    const said = sink('what the commands printed').toString()
    for (const words of [
      '2 of 2 keys',
      'not its ZMK',
      'two components are equal',
      'the block is refused',
      'whole: ',
    ])
      expect(said).toContain(words)
    expect(sink('exceptions and refusals').toString()).toMatch(/RangeError[\s\S]*WireError/)
    expect(story.secrets.filter(({ name }) => /^key of SK/.test(name)).length).toBeGreaterThan(8)
    for (const { name, bytes } of story.sinks)
      if (!/alarms|lock/.test(name)) expect(bytes.length, name).toBeGreaterThan(90)
  })

  test('A19 the searcher looks in the right place: a card number is on the plain line and in the flash before the settlement, and not after it', () => {
    const found = makeSearcher([{ name: 'a card', value: CANARY.pan }]).search(story.sinks)
    const names = new Set(found.map((leak) => leak.sink.replace(/: .*/, '')))
    expect([...names].sort()).toEqual([
      ...['flash of SK000001 before the settlement', 'flash of SK000002 before the settlement'],
      ...['messages of SK000001', 'messages of SK000002'],
      'network line of SK000001', // that of SK000002 is a channel
    ])
  })

  test('A19 the searcher finds each secret of the story once it is put into any one sink → found', () => {
    const searcher = makeSearcher(story.secrets)
    for (const { name, bytes, allowed } of story.sinks) {
      const needles = needlesOf(story.secrets).filter(({ secret }) => !allowed?.includes(secret))
      const some = needles.filter((_, at) => at % 37 === bytes.length % 37)
      for (const { secret, form, bytes: planted } of some) {
        const leaks = searcher.search([{ name, bytes: Buffer.concat([bytes.subarray(-500), planted]) }])
        expect(
          leaks.map((leak) => leak.secret),
          `${form} in ${name}`,
        ).toContain(secret)
      }
    }
  })
})

describe('A19 log leaks: the searcher', () => {
  const key = Uint8Array.from(
    Buffer.from('0123456789ABCDEFFEDCBA9876543210F0E1D2C3B4A5968778695A4B3C2D1E0F', 'hex'),
  )
  const secrets: readonly Secret[] = [
    { name: 'key', value: key },
    { name: 'PIN', value: '739518264073' },
    { name: 'track', value: '6222607315946820472=30122012906318475' },
  ]
  const searcher = makeSearcher(secrets)
  const noise = Buffer.from(
    '2026-11-22T08:00:00.000Z audit 00012 keyLoaded SK000001 slot 1 1237C0 ok\n'.repeat(20),
  )
  const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  const swapped = (bytes: Uint8Array) => bytes.map((byte) => ((byte << 4) | (byte >>> 4)) & 0xff)
  // biome-ignore format: one row a form, made here in another way than the searcher does
  const forms: readonly (readonly [string, string, string | Uint8Array])[] = [
    ['key', 'bytes',                      key],
    ['key', 'lower-case hex',             hexOf(key)],
    ['key', 'upper-case hex',             hexOf(key).toUpperCase()],
    ['key', 'hex in pairs',               hexOf(key).replace(/../g, '$& ')],
    ['key', 'hex with colons',            hexOf(key).toUpperCase().replace(/..(?=.)/g, '$&:')],
    ['key', 'hex over two lines',         hexOf(key).replace(/.{20}/, '$&\n')],
    ['key', 'base64',                     Buffer.from(key).toString('base64')],
    ['key', 'base64 behind one byte',     Buffer.from([1, ...key]).toString('base64')],
    ['key', 'base64 behind two',          Buffer.from([1, 2, ...key, 3]).toString('base64')],
    ['key', 'base64 for URLs',            Buffer.from([255, ...key]).toString('base64url')],
    ['key', 'reversed bytes',             Uint8Array.from(key).reverse()],
    ['key', 'hex of reversed bytes',      hexOf(Uint8Array.from(key).reverse())],
    ['key', 'reversed nibbles',           swapped(key)],
    ['key', 'hex of reversed nibbles',    hexOf(swapped(key)).toUpperCase()],
    ['key', 'hex backwards',              [...hexOf(key)].reverse().join('')],
    ['key', 'its first half',             key.slice(0, 16)],
    ['key', 'its second half as hex',     hexOf(key.slice(16))],
    ['key', 'as JSON of an array',        JSON.stringify([...key])],
    ['key', 'as JSON of a Uint8Array',    JSON.stringify(key)],
    ['key', 'as a console prints it',     `Uint8Array(32) [ ${[...key].join(', ')} ]`],
    ['PIN', 'characters',                 '739518264073'],
    ['PIN', 'in groups',                  '7395 1826 4073'],
    ['PIN', 'packed',                     Buffer.from('739518264073', 'hex')],
    ['PIN', 'in a clear PIN block',       Buffer.from('0C739518264073FF', 'hex')],
    ['PIN', 'packed from a half byte',    Buffer.from('C7395182640730', 'hex')],
    ['PIN', 'packed, nibbles reversed',   Buffer.from('375981620437', 'hex')],
    ['PIN', 'backwards',                  '370462815937'],
    ['PIN', 'digit values',               Uint8Array.from('739518264073', Number)],
    ['PIN', 'hex of characters',          hexOf(Buffer.from('739518264073'))],
    ['PIN', 'base64',                     Buffer.from('a739518264073').toString('base64')],
    ['track', 'as on the stripe',         ';6222607315946820472=30122012906318475?'],
    ['track', 'packed with D',            Buffer.from('6222607315946820472D301220129063184750', 'hex')],
  ]

  test('A19 searcher: nothing is found where nothing is', () => {
    expect(searcher.search([{ name: 'noise', bytes: noise }, textSink('hex', hexOf(noise))])).toEqual([])
  })

  test.each(forms)('A19 searcher: %s planted as %s → found, at each offset', (name, _, planted) => {
    const bytes = typeof planted === 'string' ? Buffer.from(planted) : Buffer.from(planted)
    for (let before = 0; before < 5; before++) {
      const whole = Buffer.concat([noise.subarray(0, 40 + before), bytes, noise])
      expect(searcher.search([{ name: 'sink', bytes: whole }]).map(({ secret }) => secret)).toContain(name)
      expect(searcher.search([{ name: 'sink', bytes: whole, allowed: [name] }])).toEqual([])
    }
  })

  test('A19 searcher: what is too short to be told from chance → refused, not passed over', () => {
    expect(() => makeSearcher([{ name: 'PIN', value: '1234' }])).toThrow(/too short/)
    expect(() => makeSearcher([{ name: 'key', value: Uint8Array.of(1, 2, 3, 4) }])).toThrow(/too short/)
  })
})

test('A19 the search over what the whole test suite prints: a canary in it → exit code 1 and the place, and not the secret once more', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-output-'))
  const file = join(folder, 'output.txt')
  const script = join(import.meta.dirname, '../../rig/search-output.ts')
  const search = (output: string) => {
    writeFileSync(file, output)
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script, file])
    return { status, said: `${stdout}${stderr}` }
  }
  try {
    expect(search('✓ everything is well\n')).toEqual({ status: 0, said: '' })
    const leaked = search(
      `✓ well\n  console.log: PIN block of ${CANARY.pin}, ${CANARY.components[1].toLowerCase()}\n`,
    )
    expect(leaked.status).toBe(1)
    expect(leaked.said).toMatch(/PIN, as characters[\s\S]*component/)
    expect(leaked.said.includes(CANARY.pin)).toBe(false)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
