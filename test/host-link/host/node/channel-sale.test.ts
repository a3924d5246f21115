import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { playHeadless } from '../../../../emulator/console/headless.ts'
import { makeTerminalSetup, type TerminalOptions } from '../../../../scripts/terminal-setup.ts'
import { cards, channelRig, HOST, mall, path, tls } from './channel-rig.ts'

const rig = channelRig()
afterAll(() => rig.close())
const sale = readFileSync(path('test/scenario/sale-mall.txt'), 'utf8')

/** A console terminal at a host on the network; undefined when the sale went as written, else what went wrong. */
async function saleOver(port: number, options: Partial<TerminalOptions>): Promise<string | undefined> {
  const setup = makeTerminalSetup(mall(), cards, {
    ...{ dialect: 'cup', device: 'standard', locale: 'zh', engine: 'v8', bundle: '' },
    host: { host: '127.0.0.1', port },
    ...options,
  })
  const report = await playHeadless(setup, sale, 'sale-mall.txt')
  return report.passed ? undefined : report.text
}

/** The identity file of a terminal. */
function identityFile(serial: string): string {
  rig.identities.of('terminal', serial)
  return join(rig.folder, `terminal-${serial}.json`)
}

// Each runs in real time, as its host is on the network: side by side they take as long as one.
describe.concurrent('a whole sale of a console terminal over TCP', () => {
  test.each(['cup', 'cbor'] as const)(
    '%s, inside the channel, at a host that takes nothing else → approved; a wire tap sees no field of it',
    async (dialect) => {
      const { port, alarms } = await rig.start(true)
      const tap = await rig.tapped(port)
      const { serial, terminalId, merchantId } = mall().terminal
      const failure = await saleOver(tap.port, {
        ...{ dialect, security: 'noise', identity: identityFile(serial), hostId: HOST },
      })
      const all = Buffer.concat(tap.seen)
      expect(failure).toBeUndefined()
      expect(all.subarray(0, 4).toString()).toBe('SKN1')
      expect([all.includes(terminalId), all.includes(merchantId)]).toEqual([false, false])
      expect(alarms).toEqual([])
    },
  )

  test('plain, at a host that takes both → approved; the tap sees terminal and merchant: it looks in the right place', async () => {
    const { port } = await rig.start(false)
    const tap = await rig.tapped(port)
    const { terminalId, merchantId } = mall().terminal
    expect(await saleOver(tap.port, {})).toBeUndefined()
    const all = Buffer.concat(tap.seen)
    expect([all.includes(terminalId), all.includes(merchantId)]).toEqual([true, true])
  })

  test('inside TLS → approved', async () => {
    const { port, alarms } = await rig.start(false, { listen: 'tls://127.0.0.1:0', tls })
    const address = { host: '127.0.0.1', port, tls: true } as const
    expect(await saleOver(0, { host: address, tlsCa: path('test/rig/tls/cert.pem') })).toBeUndefined()
    expect(alarms).toEqual([])
  })
})
