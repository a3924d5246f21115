import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Credential } from '../../../host-link/channel/channel-end.ts'
import { webSocketDial } from '../../../host-link/transport/web-socket-client.ts'
import { makeLoader } from '../../../keys/load/loader.ts'
import type { Station } from '../../../keys/station/station.ts'
import { done, fresh, readyStation, row, stations, TestTerminal, tcpLine } from './rig.ts'

const use = stations()
const NOBODY: Credential = { secret: fresh(32), certificate: fresh(32), root: fresh(32) }

/** One injection without a line and its handshake: what the channel would carry. */
async function injected(station: Station, terminal: TestTerminal): Promise<string | undefined> {
  const shared = { handshakeHash: fresh(64), exportKey: fresh(32) }
  const peer = { id: terminal.serial, role: 'terminal', certificateSerial: fresh(8) } as const
  const giver = station.giver({ peer, purpose: 'inject', ...shared })
  if (giver === undefined) return undefined
  const loader = makeLoader(shared, terminal.store())
  let message: Uint8Array | undefined = loader.start()
  while (message !== undefined) {
    const step: Awaited<ReturnType<typeof giver.receive>> = await giver.receive(message)
    if (step.over !== undefined) return step.over
    message = step.send && loader.receive(step.send).send
  }
  return undefined
}

describe('a batch', () => {
  it('of 200 terminals: every one loaded, every key another, progress counts up; resumed in the middle', async () => {
    const folder = use.folder()
    const first = await use.open(folder)
    await readyStation(first, [])
    const serials = Array.from({ length: 200 }, (_, at) => `SN${String(at).padStart(6, '0')}`)
    const csv = [
      'serial;terminalId;slot;algorithm',
      ...serials.map((serial, at) => `${serial};T${String(at).padStart(7, '0')};0;${at % 2 ? 'SM4' : ''}`),
    ]
    expect(first.expectCsv(csv.join('\r\n'))).toEqual({ kind: 'ok', added: 200, known: 0 })
    const values = new Set<string | undefined>()
    const inject = async (station: Station, from: number, to: number) => {
      for (const [at, serial] of serials.slice(from, to).entries()) {
        const terminal = new TestTerminal(serial, NOBODY)
        expect(await injected(station, terminal)).toBe('confirmed')
        expect(station.view().counts.loaded).toBe(from + at + 1)
        values.add(terminal.checkValue())
      }
    }
    await inject(first, 0, 120)
    await first.close()
    const station = await use.open(folder)
    done(await station.logIn('An Na', Uint8Array.from(Buffer.from('first passphrase'))))
    done(await station.logIn('Bo Li', Uint8Array.from(Buffer.from('second passphrase'))))
    expect(station.view().counts).toMatchObject({ expected: 80, loaded: 120 })
    await inject(station, 120, 200)
    expect(station.view().counts).toEqual({ expected: 0, sent: 0, proven: 0, loaded: 200, failed: 0 })
    expect(values.size).toBe(200)
    expect(done(station.exportKeys()).keys).toBe(200)
    expect(done(station.labels()).count).toBe(200)
    expect(station.labels()).toMatchObject({ why: 'nothing' })
    expect(station.expectCsv(csv.join('\n'))).toEqual({ kind: 'ok', added: 0, known: 200 })
  }, 30_000)

  it('over one line, several terminals at once: each gets its own', async () => {
    const station = await use.open(use.folder())
    const serials = ['SN1', 'SN2', 'SN3', 'SN4']
    const { issue } = await readyStation(
      station,
      serials.map((serial) => row(serial)),
    )
    const dial = await tcpLine(station)
    const terminals = serials.map((serial) => new TestTerminal(serial, issue('terminal', serial)))
    const results = await Promise.all(terminals.map((terminal) => terminal.inject(dial)))
    expect(results.map(({ kind }) => kind)).toEqual(['loaded', 'loaded', 'loaded', 'loaded'])
    expect(new Set(terminals.map((terminal) => terminal.checkValue())).size).toBe(4)
  })

  it('over a WebSocket, as the page has it', async () => {
    const station = await use.open(use.folder())
    const { issue } = await readyStation(station, [row('SN1')])
    const { address } = done(await station.openLine({ kind: 'websocket', host: '127.0.0.1', port: 0 }))
    const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
    const dial = webSocketDial(() => new WebSocket(`ws://${address}`))
    expect((await terminal.inject(dial)).kind).toBe('loaded')
    expect(station.view().lines).toMatchObject([
      { kind: 'websocket', latest: { serial: 'SN1', over: 'confirmed' } },
    ])
  })

  it('the same terminal on two lines at once: one key, both sides agree', async () => {
    const station = await use.open(use.folder())
    const { issue } = await readyStation(station, [row('SN1')])
    const dial = await tcpLine(station)
    const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
    await Promise.all([terminal.inject(dial), terminal.inject(dial)])
    await terminal.inject(dial)
    expect(station.progress()).toMatchObject([
      { state: 'loaded', keyVersion: '01', checkValue: terminal.checkValue() },
    ])
  })
})
