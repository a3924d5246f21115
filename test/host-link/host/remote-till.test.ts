import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { makeVirtualTime } from '../../../emulator/virtual-time.ts'
import { HOST_ID, hostCredential, terminalCredential } from '../../rig/channel.ts'
import { makeRawLine, type RawLine } from '../../rig/raw-line.ts'
import { makeTill, TERMINAL, type Till, WALL_MS } from '../../rig/till.ts'
import { freshStores } from './stores.ts'

const fresh = freshStores()
const TURNS = 6
const turns = async () => {
  for (let turn = 0; turn < TURNS; turn++) await setImmediate()
}
const AT = { date: '20261121', time: '090500' }

/** A till whose every line can carry the channel, signed on, with an order for a new master key. */
async function ready(kind: 'memory' | 'sqlite', dialect: 'cup' | 'cbor' = 'cup') {
  const line: RawLine = makeRawLine(
    () => till.time,
    () => till.host.connection(),
  )
  const till: Till = makeTill({
    // A commit of the books takes some turns of the event loop, which is no time of the terminal's.
    time: makeVirtualTime({ wallMs: WALL_MS, settle: turns }),
    store: fresh(kind),
    setup: { dialect },
    device: { credential: terminalCredential, hostId: HOST_ID, dial: line.dial },
    hostOptions: { channel: { credential: hostCredential, only: false } },
  })
  till.machine.powerOn()
  await sell(till)
  await till.store.transact(() => ({
    posting: { keyOrders: [{ terminalId: TERMINAL, value: { by: 'chen', at: AT } }] },
    result: undefined,
  }))
  return { till, line }
}

async function sell(till: Till): Promise<void> {
  await till.order({ amount: '100' })
  await till.see(/交易成功/, 70_000)
  await till.toIdle()
}

/** 管理 → 更多 → 密钥 → 远程密钥下载. */
async function renew(till: Till, end: RegExp): Promise<void> {
  await till.press('4', '9', '8', '2')
  await till.see(/请主管输入密码/)
  await till.type('123456')
  await till.press('enter')
  await till.see(end, 70_000)
  await till.toIdle()
}

const keysOf = async (till: Till) => (await till.store.masterKeys())[0]
const orders = async (till: Till) => (await till.store.keyOrders()).length
const shownCheck = (till: Till) => /新密钥已装载\s+([0-9A-F]{6})/.exec(till.screens.join('\n'))?.[1]

describe('远程密钥下载 with a real terminal and a real host, inside the channel', () => {
  it('ordered → loaded from the menu, the check value on the screen is the host’s; a sale under it, the old key gone', async () => {
    for (const dialect of ['cup', 'cbor'] as const) {
      const { till } = await ready('memory', dialect)
      await renew(till, /新密钥已装载/)
      const keys = await keysOf(till)
      expect(keys).toMatchObject({ current: { source: 'remote', by: 'chen' }, previous: undefined })
      expect(shownCheck(till)).toBe(keys?.current.checkValue)
      await sell(till)
      expect(await till.balance('member')).toBe(10_000_000 - 200)
      expect(till.host.alarms()).toEqual({})
    }
  })

  it('not ordered → the screen says so, and nothing changed', async () => {
    const { till } = await ready('memory')
    await renew(till, /新密钥已装载/)
    const before = await keysOf(till)
    await renew(till, /密钥未更换/)
    expect(await keysOf(till)).toEqual(before)
    await sell(till)
  })

  // hello and message 1, message 2, message 3 with the state, load, proof, commit, done, bye: some in one chunk
  it('books in SQLite, the line is cut after every chunk → old key or new; a sale works, and the next loading brings both sides together', async () => {
    let whole = false
    for (let cut = 0; !whole && cut < 12; cut++) {
      const { till, line } = await ready('sqlite')
      line.cutAfter(cut)
      await renew(till, /密钥未更换|新密钥已装载/)
      whole = line.carried < cut
      line.cutAfter(Number.POSITIVE_INFINITY)
      await sell(till) // also under the working keys of the old one, where its commit was lost
      await till.press('4', '1')
      await till.see(/签到成功/, 70_000)
      await till.toIdle()
      await sell(till)
      if ((await orders(till)) > 0) {
        await renew(till, /新密钥已装载/)
        await sell(till)
      }
      const keys = await keysOf(till)
      expect(keys, `cut ${cut}`).toMatchObject({
        current: { source: 'remote' },
        previous: undefined,
        pending: undefined,
      })
      expect(await till.balance('member'), `cut ${cut}`).toBeLessThanOrEqual(10_000_000 - 300)
      expect(till.stops, `cut ${cut}`).toEqual([])
    }
    expect(whole).toBe(true)
  })

  it('K07 a new master key while a reversal is owed → it goes out under the new key and gives the money back', async () => {
    const { till, line } = await ready('memory')
    line.cutAfter(1) // the sale; its answer, and every reversal, finds the line dead
    await till.order({ amount: '5000' })
    await till.toIdle('cancel')
    expect(till.screen()).toMatch(/待冲正/)
    expect(await till.balance('member')).toBe(10_000_000 - 100 - 5000)
    line.cutAfter(Number.POSITIVE_INFINITY)
    await renew(till, /新密钥已装载/)
    await till.press('4', '2')
    await till.toIdle()
    expect(await till.balance('member')).toBe(10_000_000 - 100)
    expect(till.screen()).not.toMatch(/待冲正/)
    await sell(till)
  })
})
