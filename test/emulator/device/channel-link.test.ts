import { describe, expect, test } from 'vitest'
import { makeDevice } from '../../../emulator/device/device.ts'
import type { DeviceOptions, Stream, StreamEvents } from '../../../emulator/device/ports.ts'
import type { ChannelEnd } from '../../../host-link/channel/channel-end.ts'
import { credentialOf, HOST_ID, hostEnd, SERIAL, terminalCredential } from '../../rig/channel.ts'
import { type Bench, makeBench, settle } from './bench.ts'

/** A host at the end of the bench's line. `speaks` false: it takes the connection and says nothing. */
interface FarEnd {
  end: ChannelEnd
  speaks: boolean
  readonly heard: Uint8Array[]
  events: StreamEvents | undefined
  closes: number
}

function farEnd(bench: Bench, end: ChannelEnd = hostEnd()): FarEnd {
  const far: FarEnd = { end, speaks: true, heard: [], events: undefined, closes: 0 }
  bench.line.dial = async (events): Promise<Stream> => {
    far.events = events
    return {
      send(bytes) {
        if (!far.speaks) return
        const { send, messages, ended } = far.end.receive(bytes)
        far.heard.push(...messages)
        queueMicrotask(() => {
          for (const each of send) events.bytes(each)
          if (ended !== undefined) events.closed()
        })
      },
      close() {
        far.closes++
      },
    }
  }
  return far
}

function start(bench: Bench, more: Partial<DeviceOptions> = {}) {
  return makeDevice(
    {
      ...bench.options,
      identity: { ...bench.options.identity, serial: SERIAL },
      ...{ security: 'noise', credential: terminalCredential, hostId: HOST_ID },
      ...more,
    },
    bench.chip,
  )
}

const say = (text: string) => Uint8Array.from(Buffer.from(text))

describe('a link inside a channel', () => {
  test('open after the handshake; bytes go both ways as they are, and only sealed over the line', async () => {
    const bench = makeBench()
    const far = farEnd(bench)
    const { device } = start(bench)
    expect(device.link.security()).toBe('noise')
    expect(await device.link.open(1000)).toEqual({ kind: 'open' })
    expect(far.end.session?.peer.id).toBe(SERIAL)
    await device.link.send(say('question'))
    expect(far.heard).toEqual([say('question')])
    far.events?.bytes(far.end.seal(say('answer')))
    expect(await device.link.receive(0)).toEqual({ kind: 'bytes', bytes: say('answer') })
    expect(bench.wire).toEqual([
      'open',
      `out ${Buffer.from('question').toString('hex')}`,
      `in ${Buffer.from('answer').toString('hex')}`,
    ])
  })

  test('a host that refuses in the handshake → refused, nothing was open', async () => {
    const bench = makeBench()
    const far = farEnd(bench)
    const { device } = start(bench, { credential: credentialOf(77, { id: 'SK000009' }) })
    expect(await device.link.open(1000)).toEqual({ kind: 'refused' })
    expect(far.closes).toBe(1)
    expect(bench.wire).toEqual([])
    expect(await device.link.receive(0)).toEqual({ kind: 'closed' })
  })

  test('a host that speaks plain, or that is another than the set-up’s → refused', async () => {
    for (const end of [
      hostEnd({ id: 'HOST-2' }),
      hostEnd({ credential: credentialOf(12, { role: 'station', id: HOST_ID }) }),
    ]) {
      const bench = makeBench()
      farEnd(bench, end)
      expect(await start(bench).device.link.open(1000)).toEqual({ kind: 'refused' })
    }
    const bench = makeBench()
    const far = farEnd(bench)
    far.speaks = false
    const { device } = start(bench)
    const opening = device.link.open(1000)
    await settle()
    far.events?.bytes(Uint8Array.of(0, 3, 1, 2, 3))
    expect(await opening).toEqual({ kind: 'refused' })
  })

  test.each([
    ['time-out', 'timeout', async (bench: Bench) => bench.time.advance(2000)],
    ['cancel', 'cancelled', async (_: Bench, unit: ReturnType<typeof start>) => unit.device.link.cancel()],
    [
      'cable pulled',
      'noLine',
      async (_: Bench, unit: ReturnType<typeof start>) => unit.operator.cable(false),
    ],
  ] as const)(
    '%s in the middle of the handshake → %s, and the stream is closed',
    async (_, kind, meanwhile) => {
      const bench = makeBench()
      const far = farEnd(bench)
      far.speaks = false
      const unit = start(bench)
      const opening = unit.device.link.open(1000)
      await settle()
      await meanwhile(bench, unit)
      expect(await opening).toEqual({ kind })
      expect(far.closes).toBe(1)
    },
  )

  test('the power goes in the middle of the handshake → the stream is closed', async () => {
    const bench = makeBench()
    const far = farEnd(bench)
    far.speaks = false
    const unit = start(bench)
    unit.device.link.open(1000).catch(() => undefined)
    await settle()
    unit.powerLost()
    expect(far.closes).toBe(1)
  })

  test('a damaged message from the host → closed; what came before it was good', async () => {
    const bench = makeBench()
    const far = farEnd(bench)
    const { device } = start(bench)
    await device.link.open(1000)
    const good = far.end.seal(say('good'))
    const bad = far.end.seal(say('bad')).map((byte, at) => (at === 5 ? byte ^ 1 : byte))
    far.events?.bytes(good)
    far.events?.bytes(bad)
    expect(await device.link.receive(0)).toEqual({ kind: 'bytes', bytes: say('good') })
    expect(await device.link.receive(0)).toEqual({ kind: 'closed' })
    expect(await device.link.send(say('more'))).toEqual({ kind: 'closed' })
    expect(far.closes).toBe(1)
  })

  test('a second open → a new session, with keys of its own', async () => {
    const bench = makeBench()
    const far = farEnd(bench)
    const { device } = start(bench)
    await device.link.open(1000)
    const first = far.end.session?.handshakeHash
    far.end = hostEnd()
    await device.link.open(1000)
    expect(far.end.session?.handshakeHash).not.toEqual(first)
  })

  test('a certificate that has ended by the device’s clock → refused', async () => {
    const bench = makeBench()
    farEnd(
      bench,
      hostEnd({
        credential: credentialOf(12, { role: 'host', id: HOST_ID, notAfter: 20_260_301 }),
        today: () => 20_260_101,
      }),
    )
    const { device } = start(bench)
    expect(await device.link.open(1000)).toEqual({ kind: 'open' })
    device.clock.set({ year: 2026, month: 3, day: 2, hour: 0, minute: 0, second: 0 })
    farEnd(
      bench,
      hostEnd({
        credential: credentialOf(12, { role: 'host', id: HOST_ID, notAfter: 20_260_301 }),
        today: () => 20_260_101,
      }),
    )
    expect(await device.link.open(1000)).toEqual({ kind: 'refused' })
  })

  test('a channel without a credential → the device is not made', () => {
    const { options, chip } = makeBench()
    expect(() => makeDevice({ ...options, security: 'noise' }, chip)).toThrow('wants a credential')
  })
})

test('a link that nothing protects, and one whose stream is TLS → say so', () => {
  const bench = makeBench()
  expect(makeDevice(bench.options, bench.chip).device.link.security()).toBe('plain')
  expect(makeDevice({ ...bench.options, security: 'tls' }, bench.chip).device.link.security()).toBe('tls')
})
