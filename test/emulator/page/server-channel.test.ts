import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { channelDialler } from '../../../emulator/device/channel-stream.ts'
import type { PageSetup } from '../../../emulator/page/setup.ts'
import { initiator } from '../../../host-link/channel/initiator.ts'
import { webSocketDial } from '../../../host-link/transport/web-socket-client.ts'
import { type Emulator, startEmulator } from '../../../scripts/emulator.ts'
import { hex } from '../../keys/vectors.ts'
import { randomFrom } from '../../rig/channel.ts'

let folder = ''
let emulator: Emulator
const alarms: string[] = []
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shuaka-server-channel-'))
  const db = join(folder, 'host.db')
  emulator = await startEmulator({ port: 0, db, security: 'noise', log: (line) => alarms.push(line) })
})
afterAll(async () => {
  await emulator.close()
  rmSync(folder, { recursive: true, force: true })
})

test('each terminal of the page → an identity of the root in the folder of the books, and its line in the channel', async () => {
  const setup = (await (await fetch(`${emulator.url}api/setup`)).json()) as PageSetup
  for (const { serial, security, hostId = '', credential } of setup.terminals) {
    expect([security, hostId]).toEqual(['noise', 'DEVELOPMENT'])
    const { secret = '', certificate = '', root = '' } = credential ?? {}
    const dial = webSocketDial(() => new WebSocket(`${emulator.url.replace('http', 'ws')}host`))
    const { stream } = channelDialler(dial, () =>
      initiator({
        ...{ purpose: 'host', serial, peerId: hostId, today: () => 20_261_122, random: randomFrom(5) },
        credential: { secret: hex(secret), certificate: hex(certificate), root: hex(root) },
      }),
    )({ bytes() {}, closed() {} })
    expect(await stream).toBeDefined()
    ;(await stream)?.close()
  }
  expect(readdirSync(join(folder, 'identity'))).toContain('host-DEVELOPMENT.json')
  expect(alarms).toEqual([])
})
