import { connect } from 'node:net'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { databases, type Service, serviceAt } from './places.ts'

const at = databases()
const state: { service?: Service } = {}
beforeEach(async () => {
  state.service = await serviceAt({ database: 'sqlite', broker: 'aedes' }, at, [], {
    http: { host: '127.0.0.1', port: 0 },
  })
})
afterEach(() => state.service?.close())
afterAll(() => at.remove())

const port = (): number => state.service?.server.httpPort ?? 0

/** The first line of the answer to raw bytes; '' where the connection ends without one. */
function said(text: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = ''
    const socket = connect(port(), '127.0.0.1', () => socket.write(text, 'latin1'))
    socket.on('data', (part) => {
      heard += part
      if (heard.includes('\r\n')) socket.destroy()
    })
    socket.setTimeout(1_000, () => socket.resetAndDestroy())
    socket.on('error', () => {})
    socket.on('close', () => resolve(heard.split('\r\n')[0] ?? ''))
  })
}

const UPGRADE = [
  ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
].join('\r\n')
/** A frame that says it is longer than anything. */
const FRAME = '\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff'

describe('whoever comes without a name', () => {
  test.each(['//', '//:', 'http://[', '?', '/x', '/mqttx', '/%'])(
    'asks %s to become a WebSocket → is cut off, and the service goes on',
    async (target) => {
      const request = `GET ${target} HTTP/1.1\r\nHost: x\r\n${UPGRADE}\r\n\r\n${FRAME}`
      expect(await said(request)).not.toMatch(/^HTTP\/1\.1 101/)
      expect((await fetch(`http://127.0.0.1:${port()}/none`)).status).toBe(404)
    },
  )

  test('a frame without end on the WebSocket of MQTT, and a reset in the middle → the service goes on', async () => {
    const open = `GET /mqtt?x HTTP/1.1\r\nHost: x\r\n${UPGRADE}\r\n\r\n`
    expect(await said(`${open}${FRAME}`)).toMatch(/^HTTP\/1\.1 101/)
    for (const target of ['/mqtt', '/none']) {
      const socket = connect(port(), '127.0.0.1')
      socket.on('error', () => {})
      await new Promise((resolve) => socket.once('connect', resolve))
      socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\n${UPGRADE}\r\n\r\n`)
      socket.resetAndDestroy()
    }
    expect((await fetch(`http://127.0.0.1:${port()}/none`)).status).toBe(404)
  })

  test.each(['//', '//:', 'http://[', '/objects/'])('asks for %s → 404, no fault', async (target) => {
    expect(await said(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toBe(
      'HTTP/1.1 404 Not Found',
    )
    expect(state.service?.lines.filter((line) => /URL/.test(line))).toEqual([])
  })
})
