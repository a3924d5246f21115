import type { Flash } from '../../../../terminal/device/flash.ts'
import type { Slots } from '../../../../terminal/device/slots.ts'
import type { Fault } from './fault.ts'

/** Chips, line, clock and text. */
// biome-ignore format: one fault a paragraph
export const worldFaults: readonly Fault[] = [
  ['programming sets bits in the slots', 'slots.clears-only', ({ slots }) => ({
    slots: { ...slots, program(address, bytes) {
      const sector = Math.floor(address / slots.geometry().sectorBytes)
      slots.erase(sector)
      return slots.program(address, bytes)
    } } })],
  ['a hash is over the whole sector', 'slots.hash', ({ slots }) => ({
    slots: { ...slots, hash: (address) => slots.hash(address, 4096) } })],
  ['a hash goes over the end of the chip', 'slots.hash', ({ slots }) => ({
    slots: { ...slots, hash(address, length) {
      const { sectorBytes, sectorCount } = slots.geometry()
      return slots.hash(address, Math.min(length, sectorBytes * sectorCount - address))
    } } })],
  ['a link that was hung up says that it sent', 'link.fault.reset.10', ({ link }) => ({
    link: { ...link, async send(bytes) {
      await link.send(bytes)
      return { kind: 'sent' }
    } } })],
  ['one byte in a thousand is lost', 'link.fault.one-byte', ({ link }) => {
    let received = 0
    return { link: { ...link, async receive(ms) {
      const result = await link.receive(ms)
      if (result.kind !== 'bytes') return result
      received += result.bytes.length
      return received === 1000 ? { kind: 'timeout' } : result
    } } }
  }],
  ['a half-open line is closed', 'link.fault.half-open', ({ link }) => ({
    link: { ...link, async receive(ms) {
      const result = await link.receive(ms)
      return result.kind === 'timeout' ? { kind: 'closed' } : result
    } } })],
  ['what nobody read is cut at 32 KiB', 'link.fault.unread', ({ link }) => {
    let received = 0
    return { link: { ...link, async receive(ms) {
      if (received >= 32_768) return { kind: 'timeout' }
      const result = await link.receive(ms)
      if (result.kind === 'bytes') received += result.bytes.length
      return result
    } } }
  }],
  ['the clock stops at the end of 2037', 'clock.jump.2038', ({ clock }) => ({
    clock: { ...clock, now() {
      const now = clock.now()
      return now.year >= 2038 && now.second > 7 ? { ...now, second: 7 } : now
    } } })],
  ['a day that its month does not have stands', 'clock.jump.short-month', ({ clock }) => ({
    clock: { ...clock, now() {
      const now = clock.now()
      return now.month === 3 && now.day === 1 ? { ...now, month: 2, day: 29 } : now
    } } })],
  ['a jump of the wall clock ends a sleep', 'clock.jump.forward', ({ clock }) => {
    let wake = (): void => {}
    return { clock: { ...clock,
      set(time) {
        clock.set(time)
        wake()
      },
      sleep: (ms) => Promise.race([clock.sleep(ms), new Promise<void>((resolve) => { wake = resolve })]) } }
  }],
  ['the script sees chance', 'determinism.twice', ({ charset, secure }) => ({
    charset: { ...charset, encodeGbk: (text) => (text.length > 5 ? secure.random(8) : charset.encodeGbk(text)) } })],
  ['an inbox that is there says that it is none', 'inbox.none', ({ inbox }) => ({
    inbox: { ...inbox, state: () => 'none' } })],
  ['units are programmed two at a time', 'flash.units', ({ flash }) => ({
    flash: { ...flash, program(address, bytes) {
      const { unitBytes } = flash.geometry()
      const done = flash.program(address, bytes)
      if ((address + bytes.length) % flash.geometry().sectorBytes !== 0) flash.program(address + bytes.length, new Uint8Array(unitBytes))
      return done
    } } })],
  ['a program of no bytes is done', 'flash.bounds.empty', ({ flash }) => ({
    flash: { ...flash, program: (address, bytes) => (bytes.length === 0 ? 'done' : flash.program(address, bytes)) } })],
  ['zeros stay zeros', 'slots.erase.again', ({ slots }) => ({
    slots: { ...slots, erase(sector) {
      const { sectorBytes } = slots.geometry()
      if (slots.read(sector * sectorBytes, 1)[0] !== 0) slots.erase(sector)
      return 'done'
    } } })],
  ['the chips are one', 'slots.apart', ({ flash }) => ({ slots: { ...noSlots, ...flash } })],
  ['what runs changes', 'slots.running', ({ slots }) => {
    let calls = 0
    return { slots: { ...slots, running: () => ({ ...slots.running(), trial: calls++ % 2 === 0 }) } }
  }],
  ['the program built in is another', 'slots.factory', ({ slots }) => ({
    slots: { ...slots, readFactory: (offset, length) => slots.readFactory(offset, length).fill(0, 0, 1).fill(9, 0, 1) } })],
  ['a read over the end of the program built in is cut short', 'slots.factory.bounds', ({ slots }) => ({
    slots: { ...slots, readFactory: (offset, length) =>
      slots.readFactory(offset, Math.min(length, slots.factory().length - offset)) } })],
  ['programming sets bits', 'flash.clears-only', ({ flash }) => ({
    flash: { ...flash, program(address, bytes) {
      const { sectorBytes } = flash.geometry()
      const sector = Math.floor(address / sectorBytes)
      const whole = flash.read(sector * sectorBytes, sectorBytes)
      whole.set(bytes, address % sectorBytes)
      flash.erase(sector)
      return flash.program(sector * sectorBytes, whole)
    } } })],
  ['erasing takes the next sector with it', 'flash.sector.only', ({ flash }) => ({
    flash: { ...flash, erase(sector) {
      const result = flash.erase(sector)
      if (sector + 1 < flash.geometry().sectorCount) flash.erase(sector + 1)
      return result
    } } })],
  ['a read over the end is filled with zeros', 'flash.bounds.chip', ({ flash }) => ({
    flash: { ...flash, read(address, length) {
      try { return flash.read(address, length) } catch { return new Uint8Array(length) }
    } } })],
  ['the link takes a refusal for silence', 'link.refused', ({ link }) => ({
    link: { ...link, async open(ms) {
      const result = await link.open(ms)
      return result.kind === 'refused' ? { kind: 'timeout' } : result
    } } })],
  ['the link forgets what came before the host closed', 'link.closed.by-host', ({ link }) => ({
    link: { ...link, async receive(ms) {
      const result = await link.receive(ms)
      if (result.kind !== 'bytes') return result
      const after = await link.receive(0)
      return after.kind === 'closed' ? after : result
    } } })],
  ['the monotonic clock follows the wall clock', 'clock.back', ({ clock }) => ({
    clock: { ...clock, monotonicMs: () => clock.now().year * 31_536_000_000 } })],
  ['the wall clock stands still', 'clock.runs', ({ clock }) => {
    let time = clock.now()
    return { clock: { ...clock, set(next) { time = next }, now: () => time } }
  }],
  ['an unknown character is left out', 'charset.unknown', ({ charset }) => ({
    charset: { ...charset, encodeGbk: (text) => charset.encodeGbk(text.replace(/[\u{10000}-\u{10ffff}]/gu, '')) } })],
  ['the inbox is online before the service is there', 'inbox.online', ({ inbox }) => ({
    inbox: { ...inbox, state: () => 'online' } })],
  ['publish cuts long messages', 'inbox.publish', ({ inbox }) => ({
    inbox: { ...inbox, publish: (topic, bytes, quality) => inbox.publish(topic, bytes.slice(0, 32_768), quality) } })],
  ['the topic of a message is lost', 'inbox.message', ({ inbox }) => ({
    inbox: { ...inbox, async next(ms) {
      const result = await inbox.next(ms)
      return result.kind === 'message' ? { ...result, topic: 'blk' } : result
    } } })],
  ['unread messages are dropped', 'inbox.queue', ({ inbox }) => ({
    inbox: { ...inbox, async next(ms) {
      const result = await inbox.next(ms)
      return ms === 0 && result.kind === 'message' ? { kind: 'timeout' } : result
    } } })],
  ['of a row of comings and goings the last is not told', 'inbox.flapping', ({ inbox }) => ({
    inbox: { ...inbox, async next(ms) {
      const result = await inbox.next(ms)
      return result.kind === 'offline' ? { kind: 'timeout' } : result
    } } })],
  ['the cable says nothing to the inbox', 'inbox.cable', ({ inbox }) => ({
    inbox: { ...inbox, async next(ms) {
      const result = await inbox.next(ms)
      return result.kind === 'offline' ? { kind: 'timeout' } : result
    } } })],
  ['the second source is always at the beginning', 'inbox.fetch', ({ inbox }) => ({
    inbox: { ...inbox, fetch: (object, _, length, ms) => inbox.fetch(object, 0, length, ms) } })],
  ['cancel() does not reach a fetch', 'inbox.fetch.waits', ({ inbox }) => ({ inbox: { ...inbox, cancel() {} } })],
]

const noSlots: Omit<Slots, keyof Flash> = {
  hash: () => new Uint8Array(32),
  running: () => ({ place: 'factory', trial: false }),
  factory: () => ({ length: 0, hash: new Uint8Array(32), counter: 0, version: '' }),
  readFactory: () => new Uint8Array(0),
}
