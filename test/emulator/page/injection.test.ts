import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { toHex } from '../../../keys/hex.ts'
import { masterCheckValue } from '../../../keys/store/key-rules.ts'
import { developmentIdentities } from '../../../scripts/identity/development.ts'
import { stationEnd } from '../../rig/channel.ts'
import { type KeyStation, makeKeyStation } from '../../rig/key-station.ts'
import { type Bench, chromiumPath, needsChromium, openBench } from './browser.ts'

/** An injection station behind a WebSocket, with an identity of the page's own trust root. */
async function serveStation(folder: string) {
  const credential = developmentIdentities(join(folder, 'identity')).of('station', 'STATION-1')
  const station = makeKeyStation('inject', { slot: 1 }, () => stationEnd({ credential }))
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', async (socket) => {
    const stream = await station.dial({
      bytes: (bytes) => socket.send(bytes),
      closed: () => socket.close(),
    })
    socket.on('message', (data: Buffer) => stream?.send(Uint8Array.from(data)))
    socket.on('close', () => stream?.close())
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  return { station, url: `ws://127.0.0.1:${port}`, close: () => server.close() }
}

describe.skipIf(chromiumPath === undefined)(`the page’s service socket${needsChromium}`, () => {
  let bench: Bench
  let served: { readonly station: KeyStation; readonly url: string; close(): void }
  beforeAll(async () => {
    bench = await openBench()
    served = await serveStation(bench.folder)
  })
  afterAll(async () => {
    served?.close()
    await bench?.close()
  })

  async function inject(...passwords: readonly string[]): Promise<void> {
    await bench.type('4981')
    await bench.sees(/请主管输入密码/)
    await bench.type('123456')
    await bench.page.keyboard.press('Enter')
    await bench.sees(/密码一/)
    for (const password of passwords) {
      await bench.type(password)
      await bench.page.keyboard.press('Enter')
    }
  }
  const keyState = async (): Promise<string> =>
    (await bench.page.getByTestId('key-state').textContent()) ?? ''

  test('nothing plugged in → 未接注入站', async () => {
    expect(await keyState()).toMatch(/1 TMK [0-9A-F]{6}/)
    await inject('2718281', '2718281', '314159265', '314159265')
    await bench.sees(/未接注入站/)
    await bench.page.keyboard.press('Enter')
    await bench.sees(/请刷卡或选功能|有新服务信息/)
  })

  test('plugged in → two passwords, a key of its own, and the page shows its check value', async () => {
    await bench.page.getByTestId('station-address').fill(served.url)
    await bench.page.getByTestId('station').click()
    await inject('2718281', '314159265')
    const { key } = served.station.given
    const checkValue = toHex(masterCheckValue('TDES', key))
    await bench.sees(new RegExp(`成功 密钥槽 1[\\s\\S]*校验值 ${checkValue}`))
    expect(await keyState()).toContain(`1 TMK ${checkValue}`)
    expect(await keyState()).not.toContain('PIK')
    expect(served.station.given.state).toBe('confirmed')
    await bench.page.keyboard.press('Enter')
  })

  test('the case opened, after a second press → no keys, and the terminal says so', async () => {
    await bench.page.getByTestId('tamper').click()
    await bench.page.getByTestId('tamper').click()
    await expect.poll(keyState).toBe('机壳被打开过，密钥已清除')
    await bench.page.keyboard.press('Escape')
    await bench.type('1')
    await bench.sees(/机具被拆动/)
  })

  test('the maker closes it → no keys, no passwords, and it can be injected again', async () => {
    await bench.page.getByTestId('service').click()
    await expect.poll(keyState).toBe('没有密钥')
    await bench.sees(/未注入密钥/)
    await bench.page.keyboard.press('Escape')
    await inject('7777777', '7777777', '8888888', '8888888')
    await bench.sees(/成功 密钥槽 1|本机已注入/)
    await bench.page.keyboard.press('Enter')
  })

  test('nothing was complained of', () => {
    expect(bench.complaints).toEqual([])
  })
})
