import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { serialDial } from '../../../host-link/transport/serial-stream.ts'
import type { Station } from '../../../keys/station/station.ts'
import { findSocat, serialPair } from '../../../scripts/setup-socat.ts'
import { done, fresh, readyStation, row, stations, TestTerminal, tcpDial } from './rig.ts'

const socat = findSocat()
const skipped =
  socat === undefined ? ' (skipped: no socat; install it or set SHUAKA_SOCAT to the program)' : ''
const use = stations()

/** Connections of one address that a line takes. */
const PER_ADDRESS = 8

const lineOf = (station: Station) => station.view().lines[0]

async function tcpAddress(station: Station): Promise<string> {
  return done(await station.openLine({ kind: 'tcp', host: '127.0.0.1', port: 0 })).address
}

async function stranger(address: string): Promise<Socket> {
  const socket = createConnection({ host: '127.0.0.1', port: Number(address.split(':')[1]) })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

describe('strangers on a network line', () => {
  it('as many silent ones as an address may have → the next is turned away and the line says so, until one leaves', async () => {
    const station = await use.open(use.folder(), { handshakeMs: 60_000 })
    await readyStation(station, [])
    const address = await tcpAddress(station)
    const silent = await Promise.all(Array.from({ length: PER_ADDRESS }, () => stranger(address)))
    expect(lineOf(station)).not.toHaveProperty('full')
    const late = await stranger(address)
    if (!late.closed) await once(late, 'close')
    expect(lineOf(station)).toMatchObject({ full: true, state: 'waiting' })
    silent[0]?.destroy()
    await vi.waitFor(() => expect(lineOf(station)).not.toHaveProperty('full'))
    for (const socket of silent) socket.destroy()
  })

  it('silent ones, and one that sends a byte now and then, are hung up on; a terminal is loaded after them', async () => {
    const station = await use.open(use.folder(), { handshakeMs: 1500 })
    const { issue } = await readyStation(station, [row('SN1')])
    const address = await tcpAddress(station)
    const silent = await Promise.all(Array.from({ length: PER_ADDRESS }, () => stranger(address)))
    const slow = setInterval(() => silent[0]?.write('S'), 200)
    await Promise.all(silent.map((socket) => socket.closed || once(socket, 'close')))
    clearInterval(slow)
    const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
    expect((await terminal.inject(tcpDial(address))).kind).toBe('loaded')
  })

  it('a terminal that has shaken hands is not hung up on', async () => {
    const station = await use.open(use.folder(), { handshakeMs: 700 })
    const { issue } = await readyStation(station, [row('SN1')])
    const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
    const dial = tcpDial(await tcpAddress(station))
    let chunks = 0
    const result = await terminal.inject(async ({ bytes, closed }) =>
      dial({
        // The person is slow: the third answer is read long after the deadline of the handshake.
        bytes: (chunk) => (chunks++ === 2 ? setTimeout(() => bytes(chunk), 1000) : bytes(chunk)),
        closed,
      }),
    )
    expect(result.kind).toBe('loaded')
  })
})

describe('why a line could not', () => {
  it('a fault of the station is said on the line, and gone when a terminal was loaded after it', async () => {
    let broken = false
    const random = (bytes: number) => (broken ? new Uint8Array(bytes) : fresh(bytes))
    const station = await use.open(use.folder(), { random })
    const { issue } = await readyStation(station, [row('SN1')])
    const dial = tcpDial(await tcpAddress(station))
    const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
    broken = true
    expect((await terminal.inject(dial)).kind).not.toBe('loaded')
    expect(lineOf(station)).toMatchObject({ why: 'the random source has failed' })
    broken = false
    expect((await terminal.inject(dial)).kind).toBe('loaded')
    expect(lineOf(station)).toMatchObject({ state: 'waiting', latest: { over: 'confirmed' } })
    expect(lineOf(station)).not.toHaveProperty('why')
  })
})

describe.skipIf(socat === undefined)(`an adapter that is pulled out${skipped}`, () => {
  it('in the middle of a session → the line has failed and stays so; plugged in again, it opens again', async () => {
    const folder = use.folder()
    const cable = await serialPair(socat ?? '', folder)
    const [path, far] = cable.ends
    const order = { kind: 'serial', path, baudRate: 57_600 } as const
    const station = await use.open(use.folder())
    const { issue } = await readyStation(station, [row('SN1')])
    done(await station.openLine(order))
    expect(await station.openLine(order)).toMatchObject({ why: 'line', detail: `${path} is open already` })

    const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
    const dial = serialDial(far, 57_600)
    // Hears nothing after the handshake: its session is open on both sides.
    let chunks = 0
    const cut = terminal.inject(async ({ bytes, closed }) =>
      dial({ bytes: (chunk) => (chunks++ < 2 ? bytes(chunk) : undefined), closed }),
    )
    await vi.waitFor(() => expect(lineOf(station)).toMatchObject({ state: 'busy', serials: ['SN1'] }), 5000)
    cable.close()
    expect((await cut).kind).toBe('lost')
    await vi.waitFor(() => expect(lineOf(station)?.latest?.over).toBe('ended'), 5000)
    expect(lineOf(station)).toMatchObject({ state: 'failed', serials: [], why: 'the serial port is gone' })

    const again = await station.openLine(order)
    expect(again).toMatchObject({ kind: 'refused', why: 'line' }) // is not there yet
    expect(lineOf(station)).toMatchObject({ state: 'failed' })
    const plugged = await serialPair(socat ?? '', folder)
    try {
      expect(done(await station.openLine(order))).toEqual({ kind: 'ok', address: path })
      expect(station.view().lines).toEqual([
        { kind: 'serial', address: path, state: 'waiting', serials: [], baudRate: 57_600 },
      ])
      expect((await terminal.inject(dial)).kind).toBe('loaded')
    } finally {
      plugged.close()
    }
  })
})
