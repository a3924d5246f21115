import { describe, expect, test } from 'vitest'
import type { Picture } from '../../../emulator/device/ports.ts'
import {
  makeWitness,
  type Played,
  play,
  type Stage,
  WIRE_EVENTS_MAX,
  type Witness,
} from '../../../emulator/scenario/play.ts'
import { parseScenario } from '../../../emulator/scenario/scenario.ts'

const picture = (text: string, more: Partial<Picture> = {}): Picture => ({
  columns: 16,
  rows: text.split('\n').map((row) => ({ text: row, runs: [] })),
  icons: { signedOn: false, owed: false, paperOut: false },
  quality: 4,
  secure: false,
  lit: true,
  ...more,
})

/** A stage whose world is a list of things that happen at a virtual millisecond. */
interface World {
  readonly stage: Stage
  readonly witness: Witness
  readonly did: string[]
  at(ms: number, then: () => void): void
  now(): number
}

function world(): World {
  const witness = makeWitness()
  const did: string[] = []
  const due: { at: number; then: () => void }[] = []
  let now = 0
  const stage: Stage = {
    operator: {
      press: (key) => did.push(`${now} press ${key}`),
      swipe: (stripe) => did.push(`${now} swipe ${stripe.track2}`),
      swipeBadly: () => did.push(`${now} swipe badly`),
      paperOut: () => did.push(`${now} paper out`),
      paperIn: () => did.push(`${now} paper in`),
      cable: (plugged) => did.push(`${now} cable ${plugged}`),
      tamper: () => did.push(`${now} tamper`),
      service: () => did.push(`${now} service`),
    },
    power: (on) => did.push(`${now} power ${on}`),
    locale: (locale) => did.push(`${now} locale ${locale}`),
    card: (name) => (name === 'member' ? ';6222=3012?' : undefined),
    cardNames: ['member'],
    async pass(ms, done) {
      const end = now + ms
      for (;;) {
        if (done()) return true
        due.sort((a, b) => a.at - b.at)
        const next = due[0]
        if (next === undefined || next.at > end) break
        due.shift()
        now = Math.max(now, next.at)
        next.then()
      }
      now = end
      return done()
    },
  }
  return { stage, witness, did, at: (at, then) => due.push({ at, then }), now: () => now }
}

const run = (text: string, w: World): Promise<Played> =>
  play(parseScenario(text, 'x.txt'), w.stage, w.witness)

describe('play: acts', () => {
  test('press, type, swipe → the power first, then each with a hand’s time before it', async () => {
    const w = world()
    expect(await run('press 1\ntype 23\nswipe ";1=2?"\nswipe member', w)).toEqual({
      kind: 'passed',
      steps: 4,
    })
    expect(w.did).toEqual([
      '0 power true',
      '60 press 1',
      '120 press 2',
      '180 press 3',
      '240 swipe ;1=2?',
      '300 swipe ;6222=3012?',
    ])
  })
  test('locale before anything → set before the power comes', async () => {
    const w = world()
    await run('locale en\npress 1\nlocale zh', w)
    expect(w.did).toEqual(['0 locale en', '0 power true', '60 press 1', '60 locale zh'])
  })
  test('wait, link, paper, power → done at once, and wait lets exactly its time pass', async () => {
    const w = world()
    await run('power on\nwait 60\nlink down\npaper out\npaper in\nlink up\nwait 0.5\npower off', w)
    expect(w.did).toEqual([
      '0 power true',
      '60000 cable false',
      '60000 paper out',
      '60000 paper in',
      '60000 cable true',
      '60500 power false',
    ])
  })
  test('pin → waits for the secure element, types the digits and enter', async () => {
    const w = world()
    w.at(3000, () => w.witness.observer.screen(picture('PIN', { secure: true })))
    await run('pin 1234', w)
    expect(w.did.map((act) => act.replace(/^\d+ /, ''))).toEqual([
      'power true',
      'press 1',
      'press 2',
      'press 3',
      'press 4',
      'press enter',
    ])
    expect(w.did[1]).toBe('3060 press 1')
  })
})

describe('play: sees', () => {
  test('expect screen → met as soon as the screen shows it', async () => {
    const w = world()
    w.at(9000, () => w.witness.observer.screen(picture('消费\n1.00')))
    expect(await run('expect screen 消费\\n1', w)).toMatchObject({ kind: 'passed' })
    expect(w.now()).toBe(9000)
  })
  test('expect screen of a dark screen → fails after 10 s with its line', async () => {
    const w = world()
    w.at(0, () => w.witness.observer.screen(picture('消费', { lit: false })))
    const played = await run('# first\n\nexpect screen 消费', w)
    expect(played).toMatchObject({
      kind: 'failed',
      line: { number: 3 },
      why: 'the screen did not show it in 10 s',
    })
    expect(w.now()).toBe(10_060)
  })
  test('expect receipt of a slip with a feed inside → the whole slip, as nobody did anything in between', async () => {
    const w = world()
    const { observer } = w.witness
    w.at(100, () => observer.paper({ text: 'above', align: 'left', size: 'normal' }))
    w.at(200, () => observer.slipEnd())
    w.at(300, () => observer.paper({ text: 'below', align: 'left', size: 'normal' }))
    expect(await run('press 1\nexpect receipt above\\nbelow', w)).toMatchObject({ kind: 'passed' })
  })
  test('expect receipt → the slip so far, and the last one until the next begins', async () => {
    const w = world()
    const { observer } = w.witness
    const line = (text: string): void => observer.paper({ text, align: 'left', size: 'normal' })
    w.at(100, () => line('first'))
    w.at(200, () => observer.slipEnd())
    expect(await run('expect receipt first\nwait 1\nexpect receipt first', w)).toMatchObject({
      kind: 'passed',
    })
    w.at(1500, () => line('second'))
    expect(await run('press enter\nexpect receipt ^second$', w)).toMatchObject({ kind: 'passed' })
    expect(await run('expect receipt first', w)).toMatchObject({ why: 'the receipt did not show it in 10 s' })
  })
  test('expect no → fails for what is on new paper, passes for paper that was expected', async () => {
    const w = world()
    const line = (text: string): void => w.witness.observer.paper({ text, align: 'left', size: 'normal' })
    line('RMB 1.00')
    expect(await run('expect no RMB', w)).toMatchObject({
      why: 'it is on the paper printed since the last expect receipt',
    })
    expect(await run('expect receipt RMB\nexpect no RMB', w)).toMatchObject({ kind: 'passed' })
  })
  test('expect no → waits until it leaves the screen, fails when it is printed meanwhile', async () => {
    const w = world()
    w.witness.observer.screen(picture('wait'))
    w.at(5000, () => w.witness.observer.screen(picture('idle')))
    expect(await run('expect no wait', w)).toMatchObject({ kind: 'passed' })
    expect(w.now()).toBe(5000)
    w.at(5050, () => w.witness.observer.screen(picture('slip')))
    w.at(5200, () => w.witness.observer.paper({ text: 'slip', align: 'left', size: 'normal' }))
    w.at(5300, () => w.witness.observer.screen(picture('idle')))
    expect(await run('expect no slip', w)).toMatchObject({ kind: 'failed', why: 'it was printed' })
  })
  test('expect no of what stays → fails after 10 s', async () => {
    const w = world()
    w.witness.observer.screen(picture('stuck'))
    expect(await run('expect no stuck', w)).toMatchObject({ why: 'the screen still showed it after 10 s' })
  })
})

describe('play: cannot', () => {
  test('insert, tap, remove → one line that names the missing reader', async () => {
    for (const step of ['insert visa', 'tap visa', 'remove'])
      expect(await run(step, world())).toMatchObject({
        why: `${step.split(' ')[0]}: this device has no chip or contactless reader yet`,
      })
  })
  test('a card that the wallet lacks → fails and names those that are there', async () => {
    expect(await run('swipe gold', world())).toMatchObject({
      why: 'no card of this name in the wallet; there are: member',
    })
  })
  test('pin when nobody asks → fails after 10 s and no digit is pressed', async () => {
    const w = world()
    expect(await run('pin 1234', w)).toMatchObject({ why: 'nobody asked for a PIN in 10 s' })
    expect(w.did).toEqual(['0 power true'])
  })
  test('the step after a failure → not played', async () => {
    const w = world()
    await run('swipe gold\npress 1', w)
    expect(w.did).toEqual(['0 power true'])
  })
})

test('a spectator → each step as it begins, and the screen that each act answers, before it is done', async () => {
  const w = world()
  const seen: string[] = []
  let screen = ''
  const spectator = {
    observer: makeWitness().observer,
    began: (line: { readonly text: string }) => seen.push(line.text),
    ready: () => seen.push(`${w.did.length} on ${screen}`),
  }
  w.at(30, () => {
    screen = 'menu'
  })
  await play(parseScenario('press 1\nwait 1\ntype 23\nlink down', 'x.txt'), w.stage, w.witness, spectator)
  expect(seen).toEqual([
    'press 1',
    '0 on ',
    '1 on menu',
    'wait 1',
    'type 23',
    '2 on menu',
    '3 on menu',
    'link down',
    '4 on menu',
  ])
})

test('witness: keeps the last events of the line only, as copies, and passes everything on', () => {
  const seen: string[] = []
  const witness = makeWitness({
    screen: () => seen.push('screen'),
    paper: () => seen.push('paper'),
    slipEnd: () => seen.push('slipEnd'),
    wire: (direction) => seen.push(direction),
    beep: (kind) => seen.push(kind),
  })
  const bytes = new Uint8Array([1])
  for (let i = 0; i < WIRE_EVENTS_MAX + 5; i++) witness.observer.wire(i < 5 ? 'open' : 'out', bytes)
  bytes[0] = 2
  expect(witness.wire()).toHaveLength(WIRE_EVENTS_MAX)
  expect(witness.wire().every((event) => event.direction === 'out' && event.bytes[0] === 1)).toBe(true)
  witness.observer.screen(picture('x'))
  witness.observer.paper({ text: 'x', align: 'left', size: 'normal' })
  witness.observer.slipEnd()
  witness.observer.beep?.('good')
  expect(seen.slice(-4)).toEqual(['screen', 'paper', 'slipEnd', 'good'])
})
