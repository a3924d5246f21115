import type { Port } from './port.ts'
import { holds, pattern, same, type Vector, vector, watch, within } from './vector.ts'

const OPEN_MS = 5_000

export async function open({ device, rig }: Port): Promise<void> {
  same(await within(rig, OPEN_MS, () => device.link.open(OPEN_MS)), { kind: 'open' }, 'open')
}
/** All bytes that come until one wait finds none. */
export async function receiveAll({ device, rig }: Port): Promise<Uint8Array> {
  let bytes = new Uint8Array(0)
  for (let chunk = 0; chunk < 10_000; chunk++) {
    const received = await within(rig, 0, () => device.link.receive(0))
    if (received.kind !== 'bytes') return bytes
    holds(received.bytes.length > 0, 'an empty chunk was given')
    const longer = new Uint8Array(bytes.length + received.bytes.length)
    longer.set(bytes)
    longer.set(received.bytes, bytes.length)
    bytes = longer
  }
  return bytes
}

// biome-ignore format: one vector a paragraph
export const linkVectors: readonly Vector[] = [
  vector('link.echo', 'bytes go out and come in as they are', async (port) => {
    const { device, rig } = port
    await open(port)
    same(rig.host.open(), 1, 'open connections')
    same(await within(rig, OPEN_MS, () => device.link.send(pattern(300))), { kind: 'sent' }, 'send')
    same(rig.host.received(), pattern(300), 'at the host')
    rig.host.send(pattern(200))
    await rig.pass(0)
    same(await receiveAll(port), pattern(200), 'at the device')
  }),
  vector('link.wait', 'a receive that waits gets the bytes when they come', async (port) => {
    const { device, rig } = port
    await open(port)
    const waiting = watch(() => device.link.receive(1000))
    await rig.pass(500)
    holds(waiting.result === undefined, 'something came from nowhere')
    rig.host.send(Uint8Array.of(1, 2, 3))
    await rig.pass(0)
    same(waiting.result, { kind: 'bytes', bytes: Uint8Array.of(1, 2, 3) }, 'result')
  }),
  vector('link.chunks', 'however the host cuts it, the order stays and nothing is lost', async (port) => {
    await open(port)
    for (const byte of pattern(100)) port.rig.host.send(Uint8Array.of(byte))
    await port.rig.pass(0)
    same(await receiveAll(port), pattern(100), 'received')
  }),
  vector('link.refused', 'a host that refuses is refused', async ({ device, rig }) => {
    rig.host.answer('refuse')
    same(await within(rig, OPEN_MS, () => device.link.open(OPEN_MS)), { kind: 'refused' }, 'open')
  }),
  vector('link.silent', 'a host that does not answer is a time-out', async ({ device, rig }) => {
    rig.host.answer('silent')
    same(await within(rig, 1100, () => device.link.open(1000)), { kind: 'timeout' }, 'open')
    same(await within(rig, 0, () => device.link.receive(0)), { kind: 'closed' }, 'receive after it')
  }),
  vector('link.no-line', 'without the cable: noLine, quality 0', async ({ device, rig }) => {
    rig.cable(false)
    same(device.link.quality(), 0, 'quality')
    same(await within(rig, 0, () => device.link.open(OPEN_MS)), { kind: 'noLine' }, 'open')
  }),
  vector('link.cable.pulled', 'pulling the cable closes an open stream, also for who waits', async (port) => {
    const { device, rig } = port
    await open(port)
    const waiting = watch(() => device.link.receive(10_000))
    await rig.pass(10)
    rig.cable(false)
    await rig.pass(0)
    same(waiting.result, { kind: 'closed' }, 'receive')
    same(await within(rig, 0, () => device.link.send(pattern(4))), { kind: 'closed' }, 'send')
  }),
  vector('link.cable.while-opening', 'pulling the cable while it opens: noLine', async ({ device, rig }) => {
    rig.host.answer('silent')
    const opening = watch(() => device.link.open(10_000))
    await rig.pass(10)
    rig.cable(false)
    await rig.pass(0)
    same(opening.result, { kind: 'noLine' }, 'open')
  }),
  vector('link.cable.again', 'with the cable back it opens again, quality 1 to 4', async (port) => {
    port.rig.cable(false)
    port.rig.cable(true)
    const quality = port.device.link.quality()
    holds(quality >= 1 && quality <= 4, `quality ${quality}`)
    await open(port)
  }),
  vector('link.closed.by-host', 'what the host sent before it closed is received first, then closed', async (port) => {
    const { device, rig } = port
    await open(port)
    rig.host.send(pattern(10))
    rig.host.close()
    await rig.pass(0)
    const first = await within(rig, 0, () => device.link.receive(1000))
    same(first, { kind: 'bytes', bytes: pattern(10) }, 'first')
    same(await within(rig, 0, () => device.link.receive(1000)), { kind: 'closed' }, 'then')
    same(await within(rig, 0, () => device.link.send(pattern(4))), { kind: 'closed' }, 'send')
  }),
  vector('link.closed.waiting', 'a host that closes ends a pending receive', async (port) => {
    const { device, rig } = port
    await open(port)
    const waiting = watch(() => device.link.receive(10_000))
    await rig.pass(10)
    rig.host.close()
    await rig.pass(0)
    same(waiting.result, { kind: 'closed' }, 'receive')
  }),
  vector('link.close', 'close ends the stream at once and drops what was not received', async (port) => {
    const { device, rig } = port
    await open(port)
    rig.host.send(pattern(10))
    await rig.pass(0)
    device.link.close()
    await rig.pass(0)
    same(rig.host.open(), 0, 'open connections')
    same(await within(rig, 0, () => device.link.receive(1000)), { kind: 'closed' }, 'receive')
    await open(port)
    same(await within(rig, 0, () => device.link.receive(0)), { kind: 'timeout' }, 'receive on the new stream')
  }),
  vector('link.reopen', 'open closes the stream that was open', async (port) => {
    await open(port)
    port.rig.host.send(pattern(10))
    await port.rig.pass(0)
    await open(port)
    same(port.rig.host.open(), 1, 'open connections')
    same(await receiveAll(port), new Uint8Array(0), 'left over from the old stream')
  }),
  vector('link.unopened', 'without a stream send and receive are closed', async ({ device, rig }) => {
    same(await within(rig, 0, () => device.link.send(pattern(4))), { kind: 'closed' }, 'send')
    same(await within(rig, 0, () => device.link.receive(1000)), { kind: 'closed' }, 'receive')
  }),
  vector('link.cancel.open', 'cancel ends a pending open; the host that answers later finds nobody', async ({ device, rig }) => {
    rig.host.answer('silent')
    const opening = watch(() => device.link.open(10_000))
    await rig.pass(10)
    device.link.cancel()
    await rig.pass(0)
    same(opening.result, { kind: 'cancelled' }, 'open')
    same(rig.host.open(), 0, 'open connections')
  }),
  vector('link.cancel.receive', 'cancel ends a pending receive and leaves the stream open', async (port) => {
    const { device, rig } = port
    await open(port)
    const waiting = watch(() => device.link.receive(10_000))
    await rig.pass(10)
    device.link.cancel()
    await rig.pass(0)
    same(waiting.result, { kind: 'cancelled' }, 'receive')
    rig.host.send(Uint8Array.of(7))
    await rig.pass(0)
    same(await receiveAll(port), Uint8Array.of(7), 'after it')
  }),
  vector('link.own-bytes', 'bytes that were sent are the device’s: changing them later changes nothing', async (port) => {
    const { device, rig } = port
    await open(port)
    const bytes = pattern(8)
    await within(rig, OPEN_MS, () => device.link.send(bytes))
    bytes.fill(0)
    await rig.pass(0)
    same(rig.host.received(), pattern(8), 'at the host')
  }),
  vector('link.security', 'what protects the line is named, and stays', async (port) => {
    const { device } = port
    const security = device.link.security()
    holds(['plain', 'tls', 'noise'].includes(security), 'what is that?')
    await open(port)
    same(device.link.security(), security, 'while open')
    device.link.close()
    same(device.link.security(), security, 'after it')
  }),
]
