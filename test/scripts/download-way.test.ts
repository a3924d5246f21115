import { afterEach, describe, expect, it } from 'vitest'
import { CODE } from '../../host-link/wire/tms/codes.ts'
import { type DownloadWay, makeDownloadWay, SERIAL } from '../rig/download-way.ts'
import { needsMosquitto } from '../rig/mqtt-broker.ts'
import type { Till } from '../rig/till.ts'

/** Of the terminal's time, which is fast: two minutes here. Long, as the machine does other things as well. */
const SOON_MS = 1_200_000
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** A terminal and its service, with words for the steps of a story. */
interface Story {
  readonly way: DownloadWay
  readonly till: Till
  /** Waits until it is so; fails with what was waited for and what the screen shows. */
  until(what: string, so: () => boolean | Promise<boolean>): Promise<void>
  /** A sale that the host approves and the terminal books. */
  sell(): Promise<void>
  /** The merchant says "now" to what was downloaded. */
  takeNow(): Promise<void>
  /** What the terminal last reported, as the service shows it. */
  reported(): ReturnType<typeof reportedOf>
}

const reportedOf = (way: DownloadWay) => way.ask('terminal', 'viewer', { path: SERIAL })

async function begin(broker: 'aedes' | 'mosquitto', engine: 'quickjs' | 'v8'): Promise<Story> {
  const way = await makeDownloadWay(broker)
  ends.push(() => way.close())
  const till = await way.till(engine)
  ends.push(() => till.machine.powerOff())
  const until: Story['until'] = async (what, so) => {
    const end = till.time.monotonicMs() + SOON_MS
    while (!(await so())) {
      if (till.time.monotonicMs() > end) {
        const { row, deployments } = await reportedOf(way)
        const shown = till.screens.slice(-8).join('\n---\n')
        throw new Error(
          [`never: ${what}`, shown, ...till.stops, JSON.stringify({ row, deployments })].join('\n'),
        )
      }
      await till.time.advance(500)
    }
  }
  till.machine.powerOn()
  await till.see(/1 ?消费/, SOON_MS)
  return {
    ...{ way, till, until },
    async sell() {
      await till.see(/1 ?消费/, SOON_MS)
      await till.order()
      await till.see(/交易成功/, SOON_MS)
      await till.toIdle()
    },
    async takeNow() {
      await till.see(/有新版本/, SOON_MS)
      await till.press('1')
    },
    reported: () => reportedOf(way),
  }
}

/** Downloaded, tried and confirmed; not counted before the terminal has said so itself. */
async function update(story: Story, version: string, full: boolean): Promise<void> {
  const { way, till, until } = story
  const before = till.screens.length
  const deployment = await way.rollOut(version, { full })
  await story.takeNow()
  await until('confirmed', async () => {
    const { state } = await way.target(deployment)
    const tried = till.screens.slice(before).some((screen) => /试运行/.test(screen))
    expect(state === 'confirmed' && !tried, 'counted as confirmed before it ran').toBe(false)
    return state === 'confirmed'
  })
  await till.see(new RegExp(`已升级到 ${version.replaceAll('.', '\\.')}`), SOON_MS)
  await till.toIdle()
  if (full) expect(till.screens.slice(before).some((screen) => /↓ \d+%|新版/.test(screen))).toBe(true)
  const { row, slots } = await story.reported()
  expect(row).toMatchObject({ version, download: { state: 'confirmed' } })
  expect(slots.find(({ running }) => running)).toMatchObject({ version, trial: false })
  await until('finished', async () => {
    const detail = await way.ask('deployment', 'viewer', { path: String(deployment) })
    return detail.row.state === 'finished' && detail.row.confirmed === 1
  })
}

/** Three tries, then the program before, which says so and sells. */
async function broken(story: Story, version: string, how: 'throws' | 'hangs', code: number): Promise<void> {
  const { way, till, until } = story
  const { row: before } = await story.reported()
  const shown = till.screens.length
  const deployment = await way.rollOut(version, { broken: how })
  await story.takeNow()
  await till.see(new RegExp(`升级未成功\\s+继续使用 ${before.version}\\s+代码 ${code}`), SOON_MS)
  const tries = till.screens.slice(shown).filter((screen) => /TRIAL \d\/3/.test(screen))
  expect(tries.map((screen) => screen.match(/\d\/3/)?.[0])).toEqual(['1/3', '2/3', '3/3'])
  await until('reverted', async () => (await way.target(deployment)).state === 'reverted')
  expect(await way.target(deployment)).toEqual({ state: 'reverted', code })
  expect((await story.reported()).row.version).toBe(before.version)
  await till.toIdle()
}

/** A draft of this terminal's own layer, published; the terminal puts it in force by itself. */
async function changeParameter({ way, until }: Story): Promise<void> {
  const layer = { kind: 'terminal', name: SERIAL }
  const content = { values: { settleWarningPercent: 70 }, locks: [], variables: {} }
  const body = { content, effective: 0, waves: 'all', reason: 'warn earlier' }
  const { draft } = await way.ask('saveLayer', 'operator', { query: layer, body })
  await way.ask('publishLayer', 'operator', { query: layer, body: { draft: draft?.version } })
  const parameters = () => way.ask('terminalParameters', 'viewer', { path: SERIAL })
  await until('in force', async () => {
    const { document, reportedPseq } = await parameters()
    return document !== undefined && document.pseq === reportedPseq
  })
  const { rows } = await parameters()
  const row = rows.find(({ key }) => key === 'settleWarningPercent')
  expect(row).toMatchObject({ value: 70, layer, reported: 'same' })
  const { row: terminal } = await reportedOf(way)
  expect(terminal.parameters).toMatchObject({ upToDate: true, drift: 0 })
}

async function command(story: Story, order: object): Promise<void> {
  const { way, until } = story
  const { commands } = await way.ask('sendCommand', 'operator', { body: { serials: [SERIAL], order } })
  const [sent] = commands
  await until('done', async () => {
    const { commands: all } = await story.reported()
    return all.some(({ id, state }) => id === sent?.id && state === 'done')
  })
}

async function messageAndLock(story: Story): Promise<void> {
  const { till } = story
  await command(story, { kind: 'message', number: 7, zh: '周五夜间维护', en: 'Maintenance on Friday' })
  await till.see(/有新服务信息/, SOON_MS)
  await command(story, { kind: 'lock', zh: '请联系客服', en: 'Call the desk' })
  await till.see(/请联系客服/, SOON_MS)
  await till.press('1')
  await till.time.advance(300)
  expect(till.screen()).not.toMatch(/金额|门店编号/)
  await command(story, { kind: 'unlock' })
}

const PLACES = [
  { broker: 'aedes', engine: 'quickjs', skip: false, why: '' },
  { broker: 'mosquitto', engine: 'v8', skip: needsMosquitto !== '', why: needsMosquitto },
] as const

describe.each(PLACES)('the whole way on $broker, $engine$why', ({ broker, engine, skip }) => {
  it.skipIf(skip)(
    'a release is tried and confirmed, broken ones are reverted, parameters, message and lock arrive; a sale before, between and after: no entry is lost',
    async () => {
      const story = await begin(broker, engine)
      const { till, until } = story
      const known = () => story.way.server.store.terminal(SERIAL)
      await until('known', async () => (await known())?.keyTrust === 'firstUse')
      await story.sell()
      await update(story, '9.0.1', true)
      await story.sell()
      // V8 runs without a watchdog: there a program without end would stop this test as well.
      const breaks = engine === 'quickjs' ? ['9.0.2', '9.0.3'] : ['9.0.2']
      await broken(story, '9.0.2', 'throws', CODE.tries)
      await story.sell()
      if (breaks.includes('9.0.3')) await broken(story, '9.0.3', 'hangs', CODE.hang)
      await changeParameter(story)
      await story.sell()
      await messageAndLock(story)
      await story.sell()
      await update(story, '9.0.4', false)
      await until('reported', async () => (await story.reported()).batch?.count === 5)
      expect((await story.reported()).batch).toMatchObject({ number: 1, frozen: false, owed: 0 })
      expect(await till.balance('member')).toBe(10_000_000 - 5 * 8_880)
      const failed = 'paused in wave 1, only 0 of 1 of the wave confirmed, fewer than 100 %'
      expect(story.way.lines.filter((line) => !/leases$/.test(line))).toEqual(
        breaks.map((version) => `ALARM ${version} to ${SERIAL}: ${failed}`),
      )
    },
    900_000,
  )
})
