import { open, receiveAll } from './link.ts'
import { holds, pattern, same, type Vector, vector, watch, within } from './vector.ts'

const OPEN_MS = 5_000
/** What may lie unread before the link gives up on a host that will not stop (docs/device.md). */
const UNREAD_BYTES_MAX = 65_536

/** What a host can do to a link. */
// biome-ignore format: one vector a paragraph
export const linkFaultVectors: readonly Vector[] = [
  vector('link.fault.refused.again', 'a host that refuses and then takes the call: the next open is open', async (port) => {
    port.rig.host.answer('refuse')
    for (let time = 0; time < 3; time++)
      same(await within(port.rig, OPEN_MS, () => port.device.link.open(OPEN_MS)), { kind: 'refused' }, `open ${time}`)
    same(await within(port.rig, 0, () => port.device.link.send(pattern(1))), { kind: 'closed' }, 'send')
    port.rig.host.answer('accept')
    await open(port)
  }),
  vector('link.fault.silent.again', 'after a time-out the next open is a new call', async (port) => {
    const { device, rig } = port
    rig.host.answer('silent')
    same(await within(rig, 1100, () => device.link.open(1000)), { kind: 'timeout' }, 'open')
    rig.host.answer('accept')
    await open(port)
    same(rig.host.open(), 1, 'open connections')
  }),
  ...[1, 10, 99].map((bytes) =>
    vector(`link.fault.reset.${bytes}`, `a host that hangs up after ${bytes} of 100 bytes: receive is closed, and send from then on`, async (port) => {
      const { device, rig } = port
      rig.host.answer({ reset: bytes })
      await open(port)
      const kinds: string[] = []
      for (let at = 0; at < 100; at++) {
        const { kind } = await within(rig, 0, () => device.link.send(Uint8Array.of(at)))
        kinds.push(kind)
      }
      same(kinds.filter((kind) => kind === 'sent').length, bytes, 'bytes sent')
      same(kinds.indexOf('closed'), bytes, 'first closed')
      same(await within(rig, 0, () => device.link.receive(1000)), { kind: 'closed' }, 'receive')
      same(rig.host.received().length, bytes, 'bytes at the host')
      rig.host.answer('accept')
      await open(port)
    })),
  vector('link.fault.reset.waiting', 'a host that hangs up while the device waits for its answer: closed', async (port) => {
    const { device, rig } = port
    rig.host.answer({ reset: 50 })
    await open(port)
    const waiting = watch(() => device.link.receive(10_000))
    same(await within(rig, 0, () => device.link.send(pattern(50))), { kind: 'sent' }, 'send')
    await rig.pass(0)
    same(waiting.result, { kind: 'closed' }, 'receive')
  }),
  vector('link.fault.one-byte', '1,000 chunks of one byte come in order, however they are cut', async (port) => {
    await open(port)
    const bytes = pattern(1000)
    for (let at = 0; at < bytes.length; at++) {
      port.rig.host.send(bytes.slice(at, at + 1))
      if (at % 100 === 0) await port.rig.pass(1)
    }
    await port.rig.pass(0)
    same(await receiveAll(port), bytes, 'received')
  }),
  vector('link.fault.one-byte.waits', 'one byte at a time to somebody who waits each time', async (port) => {
    await open(port)
    for (const byte of pattern(50)) {
      const waiting = watch(() => port.device.link.receive(1000))
      await port.rig.pass(3)
      port.rig.host.send(Uint8Array.of(byte))
      await port.rig.pass(0)
      same(waiting.result, { kind: 'bytes', bytes: Uint8Array.of(byte) }, 'receive')
    }
  }),
  vector('link.fault.half-open', 'a host that is gone and does not say so: bytes are sent, and the wait ends at its deadline', async (port) => {
    const { device, rig } = port
    await open(port)
    same(await within(rig, OPEN_MS, () => device.link.send(pattern(100))), { kind: 'sent' }, 'send')
    const waiting = watch(() => device.link.receive(60_000))
    await rig.pass(59_999)
    same(waiting.result, undefined, 'after 59,999 ms')
    await rig.pass(2)
    same(waiting.result, { kind: 'timeout' }, 'after 60,001 ms')
    device.link.close()
    await rig.pass(0)
    same(rig.host.open(), 0, 'open connections')
  }),
  vector('link.fault.unread', '65,536 bytes that nobody reads are kept', async (port) => {
    await open(port)
    for (let sent = 0; sent < UNREAD_BYTES_MAX; sent += 4096) port.rig.host.send(pattern(4096))
    await port.rig.pass(0)
    let received = 0
    for (let chunk = 0; chunk < 1000 && received < UNREAD_BYTES_MAX; chunk++) {
      const next = await within(port.rig, 0, () => port.device.link.receive(0))
      if (next.kind !== 'bytes') break
      received += next.bytes.length
    }
    same(received, UNREAD_BYTES_MAX, 'bytes received')
    same(await within(port.rig, 0, () => port.device.link.receive(0)), { kind: 'timeout' }, 'then')
  }),
  vector('link.fault.unread.over', 'one byte more ends the stream, and what nobody read is lost', async (port) => {
    const { device, rig } = port
    await open(port)
    for (let sent = 0; sent < UNREAD_BYTES_MAX; sent += 4096) rig.host.send(pattern(4096))
    rig.host.send(Uint8Array.of(1))
    await rig.pass(0)
    same(await within(rig, 0, () => device.link.receive(0)), { kind: 'closed' }, 'receive')
    same(await within(rig, 0, () => device.link.send(pattern(1))), { kind: 'closed' }, 'send')
    same(rig.host.open(), 0, 'open connections')
    await open(port)
  }),
  vector('link.fault.closed.unread', 'all that the host sent before it hung up is received, piece by piece, then closed', async (port) => {
    const { device, rig } = port
    await open(port)
    for (const byte of [1, 2, 3]) rig.host.send(Uint8Array.of(byte))
    rig.host.close()
    await rig.pass(0)
    same(await receiveAll(port), Uint8Array.of(1, 2, 3), 'received')
    for (let time = 0; time < 3; time++)
      same(await within(rig, 0, () => device.link.receive(1000)), { kind: 'closed' }, `receive ${time}`)
  }),
  vector('link.fault.cable.unread', 'the cable pulled: what had come is received first', async (port) => {
    const { device, rig } = port
    await open(port)
    rig.host.send(pattern(10))
    await rig.pass(0)
    rig.cable(false)
    await rig.pass(0)
    same(await within(rig, 0, () => device.link.receive(1000)), { kind: 'bytes', bytes: pattern(10) }, 'first')
    same(await within(rig, 0, () => device.link.receive(1000)), { kind: 'closed' }, 'then')
  }),
  vector('link.fault.cable.flaps', 'a cable pulled and plugged in one instant has closed the stream', async (port) => {
    const { device, rig } = port
    await open(port)
    rig.cable(false)
    rig.cable(true)
    await rig.pass(0)
    same(await within(rig, 0, () => device.link.send(pattern(1))), { kind: 'closed' }, 'send')
    same(rig.host.open(), 0, 'open connections')
    await open(port)
  }),
  vector('link.fault.host-talks-first', 'what the host sends before it is asked is there when it is asked for', async (port) => {
    const { device, rig } = port
    await open(port)
    rig.host.send(pattern(7))
    await rig.pass(5000)
    same(await within(rig, 0, () => device.link.receive(0)), { kind: 'bytes', bytes: pattern(7) }, 'receive')
  }),
  vector('link.fault.late-open', 'an open that was cancelled or timed out gives no stream to whoever sends', async (port) => {
    const { device, rig } = port
    rig.host.answer('silent')
    const opening = watch(() => device.link.open(100))
    await rig.pass(200)
    same(opening.result, { kind: 'timeout' }, 'open')
    for (const call of [() => device.link.send(pattern(1)), () => device.link.receive(1000)])
      same(await within<{ readonly kind: string }>(rig, 0, call), { kind: 'closed' }, 'after it')
    same(rig.host.received().length, 0, 'bytes at the host')
  }),
  vector('link.fault.busy', 'open is busy while a receive waits, and receive while an open does; send is never', async (port) => {
    const { device, rig } = port
    await open(port)
    const waiting = watch(() => device.link.receive(1000))
    await rig.pass(0)
    same(await within(rig, 0, () => device.link.open(1000)), { kind: 'busy' }, 'open')
    same(await within(rig, 0, () => device.link.send(pattern(1))), { kind: 'sent' }, 'send')
    same(waiting.result, undefined, 'the first receive')
    device.link.close()
    rig.host.answer('silent')
    await rig.pass(0)
    const opening = watch(() => device.link.open(1000))
    await rig.pass(0)
    same(await within(rig, 0, () => device.link.receive(1000)), { kind: 'busy' }, 'receive')
    same(opening.result, undefined, 'the open')
  }),
  vector('link.fault.close.waiting', 'close ends a receive that waits: closed', async (port) => {
    const { device, rig } = port
    await open(port)
    const waiting = watch(() => device.link.receive(10_000))
    await rig.pass(10)
    device.link.close()
    await rig.pass(0)
    holds(waiting.result !== undefined, 'it goes on waiting')
    same(waiting.result, { kind: 'closed' }, 'receive')
  }),
]
