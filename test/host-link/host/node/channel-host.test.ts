import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Dial } from '../../../../emulator/device/ports.ts'
import { hostTerminal } from '../../../../host-link/host/provision.ts'
import { tcpDial } from '../../../../host-link/transport/tcp-client.ts'
import { tlsDial } from '../../../../host-link/transport/tls-client.ts'
import { webSocketDial } from '../../../../host-link/transport/web-socket-client.ts'
import { developmentIdentities } from '../../../../scripts/identity/development.ts'
import { TestTerminal } from '../rig.ts'
import { channelRig, exchanged, HOST, inside, mall, signOn, tls } from './channel-rig.ts'

const rig = channelRig()
afterAll(() => rig.close())

test('a host whose name the terminal was not told → its certificate is enough', async () => {
  const { port } = await rig.start(true)
  const { serial } = mall().terminal
  const dial = inside(tcpDial('127.0.0.1', port), rig.identities.of('terminal', serial), serial, '')
  expect(await exchanged(dial, signOn())).toBeInstanceOf(Uint8Array)
})

describe('who is not let in', () => {
  test('a plain stream, where only the channel is taken → closed without an answer, alarm', async () => {
    const { port, alarms } = await rig.start(true)
    expect(await exchanged(tcpDial('127.0.0.1', port), signOn())).toBe('closed')
    expect(alarms).toEqual(['plainRefused'])
  })

  test('a plain stream, where both are taken → answered, and one inside a channel beside it', async () => {
    const { port, alarms } = await rig.start(false)
    const dial = tcpDial('127.0.0.1', port)
    const { serial } = mall().terminal
    expect(await exchanged(dial, signOn())).toBeInstanceOf(Uint8Array)
    const credential = rig.identities.of('terminal', serial)
    expect(await exchanged(inside(dial, credential, serial), signOn())).toBeInstanceOf(Uint8Array)
    expect(alarms).toEqual([])
  })

  test('K09: a clone with another device’s identity and this terminal’s number → closed without an answer, alarm', async () => {
    const { port, alarms } = await rig.start(true)
    const dial = tcpDial('127.0.0.1', port)
    const clone = inside(dial, rig.identities.of('terminal', 'CLONE0001'), 'CLONE0001')
    expect(await exchanged(clone, signOn())).toBe('closed')
    expect(alarms).toEqual(['foreignTerminal'])
  })

  test('K09: a clone that says it has this serial, without its key → no session, alarm', async () => {
    const { port, alarms } = await rig.start(true)
    const dial = tcpDial('127.0.0.1', port)
    const { serial } = mall().terminal
    expect(await exchanged(inside(dial, rig.identities.of('terminal', 'CLONE0001'), serial), signOn())).toBe(
      'refused',
    )
    expect(alarms).toEqual(['channelRefused'])
  })

  test('a host of another root → the terminal says refused, and nothing of the sale leaves', async () => {
    const other = developmentIdentities(join(rig.folder, 'other'))
    const { port } = await rig.start(true, { channel: { credential: other.of('host', HOST), only: true } })
    const { serial } = mall().terminal
    const dial = tcpDial('127.0.0.1', port)
    expect(await exchanged(inside(dial, rig.identities.of('terminal', serial), serial), signOn())).toBe(
      'refused',
    )
  })

  test('a session, then bytes that are none of it → closed, alarm', async () => {
    const { port, alarms } = await rig.start(true)
    const { serial } = mall().terminal
    let send: (bytes: Uint8Array) => void = () => {}
    const spoilt: Dial = async (events) => {
      const stream = await tcpDial('127.0.0.1', port)(events)
      send = (bytes) => stream?.send(bytes)
      return stream
    }
    const line = await new Promise<string>((resolve) => {
      void inside(
        spoilt,
        rig.identities.of('terminal', serial),
        serial,
      )({
        bytes: () => resolve('answered'),
        closed: () => resolve('closed'),
      }).then((stream) => {
        if (stream === undefined) resolve('refused')
        send(Uint8Array.of(0, 17, ...new Uint8Array(17)))
      })
    })
    expect([line, alarms]).toEqual(['closed', ['channelRefused']])
  })
})

test('over WebSocket → a sale inside the channel is answered', async () => {
  const { server } = await rig.start(false, { ws: '127.0.0.1:0' })
  const { serial } = mall().terminal
  const dial = webSocketDial(() => new WebSocket(`ws://127.0.0.1:${server.wsPort}/`))
  const terminal = new TestTerminal(server.host, hostTerminal(mall()), 'cup')
  await terminal.signOn()
  const frame = terminal.frame(terminal.saleMessage({ store: '0012' }))
  const answer = await exchanged(inside(dial, rig.identities.of('terminal', serial), serial), frame)
  expect(answer).toBeInstanceOf(Uint8Array)
  expect(terminal.opened(answer as Uint8Array).message.fields[39]).toBe('00')
})

describe('TLS', () => {
  const serving = () => rig.start(false, { listen: 'tls://127.0.0.1:0', tls })

  test('the channel inside TLS → answered', async () => {
    const { port } = await serving()
    const { serial } = mall().terminal
    const dial = inside(tlsDial('127.0.0.1', port, tls.cert), rig.identities.of('terminal', serial), serial)
    expect(await exchanged(dial, signOn())).toBeInstanceOf(Uint8Array)
  })

  test('a certificate that this system does not believe, or of another name → refused by the terminal', async () => {
    const { port } = await serving()
    expect(await exchanged(tlsDial('127.0.0.1', port), signOn())).toBe('refused')
    expect(await exchanged(tlsDial('127.0.0.2', port, tls.cert), signOn())).toBe('refused')
  })

  test('a plain stream at a TLS port → closed without an answer', async () => {
    const { port } = await serving()
    const got = await exchanged(tcpDial('127.0.0.1', port), signOn())
    expect(got === 'closed' || (got instanceof Uint8Array && got[0] === 0x15)).toBe(true) // a TLS alert at most
  })

  test('tls:// without a certificate, and one with tcp:// → one sentence', async () => {
    await expect(rig.start(false, { listen: 'tls://127.0.0.1:0' })).rejects.toThrow('TLS wants a certificate')
    await expect(rig.start(false, { tls })).rejects.toThrow('like tls://')
  })
})
