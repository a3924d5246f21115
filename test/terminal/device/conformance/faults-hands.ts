import type { KeyResult } from '../../../../terminal/device/keypad.ts'
import type { PrintLine } from '../../../../terminal/device/printer.ts'
import type { Fault } from './fault.ts'

/** What a person sees and does: screen, keys, cards, paper, and the order of things. */
// biome-ignore format: one fault a paragraph
export const handFaults: readonly Fault[] = [
  ['the display wraps at the right edge', 'display.clip.no-wrap', ({ display }) => ({
    display: { ...display, draw(row, column, text, style) {
      const { columns } = display.size()
      display.draw(row, column, text, style)
      display.draw(row + 1, 0, text.slice(columns - column), style)
    } } })],
  ['the display draws what starts left of the grid', 'display.outside.column', ({ display }) => ({
    display: { ...display, draw: (row, column, text, style) => display.draw(row, Math.max(0, column), text, style) } })],
  ['the display takes every character for one cell', 'display.width.wide', ({ display }) => ({
    display: { ...display, draw: (row, column, text, style) =>
      Array.from(text).forEach((letter, at) => { display.draw(row, column + at, letter, style) }) } })],
  ['the display knows no inverse', 'display.style.inverse', ({ display }) => ({
    display: { ...display, draw: (row, column, text) => display.draw(row, column, text, 'normal') } })],
  ['clear does nothing', 'display.clear', ({ display }) => ({ display: { ...display, clear() {} } })],
  ['flush does nothing', 'keypad.flush', ({ keypad }) => ({ keypad: { ...keypad, flush() {} } })],
  ['a wait that times out says that it was cancelled', 'wait.keypad.deadline', ({ keypad }) => ({
    keypad: { ...keypad, async next(ms) {
      const result = await keypad.next(ms)
      return result.kind === 'timeout' ? { kind: 'cancelled' } : result
    } } })],
  ['time-outs are in units of 10 ms', 'wait.reader.deadline', ({ reader }) => ({
    reader: { ...reader, wait: (ms) => reader.wait(Math.min(600_000, ms * 10)) } })],
  ['cancel does not reach the reader', 'wait.reader.cancel', ({ reader }) => ({ reader: { ...reader, cancel() {} } })],
  ['an absent track is an empty one', 'reader.tracks.absent', ({ reader }) => ({
    reader: { ...reader, async wait(ms) {
      const result = await reader.wait(ms)
      return result.kind === 'stripe' ? { track1: '', ...result } : result
    } } })],
  ['sentinels are stripped', 'reader.tracks', ({ reader }) => ({
    reader: { ...reader, async wait(ms) {
      const result = await reader.wait(ms)
      return result.kind === 'stripe' && result.track2 ? { ...result, track2: result.track2.slice(1) } : result
    } } })],
  ['the printer counts the line that did not come out', 'printer.paper.ends', ({ printer }) => ({
    printer: { ...printer, async print(lines) {
      const result = await printer.print(lines)
      return result.kind === 'paperOut' ? { ...result, printedLines: result.printedLines + 1 } : result
    } } })],
  ['the printer resolves before the paper has come out', 'printer.late', ({ printer }) => ({
    printer: { ...printer, async print(lines) {
      void printer.print(lines)
      return { kind: 'printed' }
    } } })],
  ['the printer prints its last line again', 'printer.order', ({ printer }) => ({
    printer: { ...printer, print: (lines) => printer.print([...lines, ...lines.slice(-1)]) } })],
  ['a deadline comes 2 ms late', 'deadline.keypad.exact', ({ keypad }) => ({
    keypad: { ...keypad, next: (ms) => keypad.next(ms === 0 ? 0 : Math.min(600_000, ms + 2)) } })],
  ['a deadline comes 2 ms early', 'deadline.reader.exact', ({ reader }) => ({
    reader: { ...reader, wait: (ms) => reader.wait(Math.max(0, ms - 2)) } })],
  ['what comes 1 ms before the deadline is forgotten', 'deadline.link.before', ({ link }) => ({
    link: { ...link, async receive(ms) {
      const result = await link.receive(ms)
      return ms === 1000 && result.kind === 'bytes' ? { kind: 'timeout' } : result
    } } })],
  ['a cancel after the deadline waits for the next wait', 'cancel.keypad.late', ({ keypad }) => {
    let cancelled = false
    return { keypad: { ...keypad,
      cancel() {
        keypad.cancel()
        cancelled = true
      },
      async next(ms) {
        if (!cancelled) return keypad.next(ms)
        cancelled = false
        return { kind: 'cancelled' }
      } } }
  }],
  ['a cancel in the turn of the call is lost', 'cancel.reader.early', ({ reader }) => {
    let turn = false
    return { reader: { ...reader,
      wait(ms) {
        turn = true
        void Promise.resolve().then(() => { turn = false })
        return reader.wait(ms)
      },
      cancel: () => { if (!turn) reader.cancel() } } }
  }],
  ['a PIN entry ends one ms late', 'deadline.secure.exact', ({ secure }) => ({
    secure: { ...secure, enterPin: (request) => secure.enterPin({ ...request, timeoutMs: request.timeoutMs + 2 }) } })],
  ['sleepers of one instant wake in the wrong order', 'order.equal', ({ clock }) => {
    let count = 0
    return { clock: { ...clock, sleep: (ms) => clock.sleep(ms - (++count === 3 ? 1 : 0)) } }
  }],
  ['a key that is there is given a millisecond later', 'order.later', ({ keypad, clock }) => ({
    keypad: { ...keypad, async next(ms) {
      await clock.sleep(1)
      return keypad.next(ms)
    } } })],
  ['the newest key is first', 'order.keys.typed-ahead', ({ keypad }) => {
    const queue: KeyResult[] = []
    return { keypad: { ...keypad, async next(ms) {
      for (let key = await keypad.next(0); key.kind === 'key'; key = await keypad.next(0)) queue.push(key)
      return queue.pop() ?? keypad.next(ms)
    } } }
  }],
  ['a picture shows only when keys are waited for', 'order.picture.waits', ({ display, keypad }) => {
    let held: (() => void)[] = []
    return {
      display: { ...display, draw: (...given) => { held.push(() => display.draw(...given)) } },
      keypad: { ...keypad, next(ms) {
        for (const draw of held) draw()
        held = []
        return keypad.next(ms)
      } } }
  }],
  ['−1 ms is taken for 0', 'limit.timeout.keypad.next', ({ keypad }) => ({
    keypad: { ...keypad, next: (ms) => keypad.next(Math.max(0, ms)) } })],
  ['600,001 ms are taken for 600,000', 'limit.timeout.link.receive', ({ link }) => ({
    link: { ...link, receive: (ms) => link.receive(Math.min(600_000, ms)) } })],
  ['a month 13 is a January', 'limit.clock.month', ({ clock }) => ({
    clock: { ...clock, set: (time) => clock.set({ ...time, month: Math.min(12, Math.max(1, time.month)) }) } })],
  ['a feed of 21 lines is one of 20', 'limit.feed', ({ printer }) => ({
    printer: { ...printer, print: (lines) =>
      printer.print(lines.map((line) => ('feed' in line ? { feed: Math.min(20, line.feed) } : line))) } })],
  ['ambiguous characters are wide', 'width.quotes', ({ display }) => ({
    display: { ...display, draw: (row, column, text, style) =>
      display.draw(row, column, text.replace(/[“”‘’…]/g, '中'), style) } })],
  ['ideographs beyond the first plane are two characters', 'width.plane-2', ({ display }) => ({
    display: { ...display, draw: (row, column, text, style) => display.draw(row, column, text.replace(/[\u{20000}-\u{3ffff}]/gu, '??'), style) } })],
  ['control characters of the second block show', 'width.blank.delete-c1', ({ display }) => ({
    display: { ...display, draw: (row, column, text, style) => display.draw(row, column, text.replace(/[\u0080-\u009f]/g, '¿'), style) } })],
  ['half of a wide character stays', 'width.half.each', ({ display }) => ({
    display: { ...display, draw: (row, column, text, style) => display.draw(row, column, text === 'x' ? '中' : text, style) } })],
  ['a large text has no upper half in the last row', 'width.large.edge', ({ display }) => ({
    display: { ...display, draw: (row, column, text, style) =>
      display.draw(row, column, text, style === 'large' && row === display.size().rows - 1 ? 'inverse' : style) } })],
  ['the printer wraps', 'printer.wrap.words', ({ printer }) => ({
    printer: { ...printer, print: (lines) => printer.print(lines.flatMap((line): PrintLine[] => 'feed' in line ? [line] :
      [line, { ...line, text: line.text.slice(printer.columns()) }].filter(({ text }, at) => at === 0 || text !== ''))) } })],
  ['the printer halves a wide character', 'printer.wrap.wide-half', ({ printer }) => ({
    printer: { ...printer, print: (lines) => printer.print(lines.map((line) =>
      'feed' in line ? line : { ...line, text: line.text.replace(/^(x{23,31})中/, '$1?') })) } })],
  ['a large line holds as much as a normal one', 'printer.wrap.large-wide', ({ printer }) => ({
    printer: { ...printer, print: (lines) => printer.print(lines.map((line) =>
      'feed' in line ? line : { ...line, size: 'normal' as const })) } })],
  ['a line feed in a text ends the line', 'printer.control', ({ printer }) => ({
    printer: { ...printer, print: (lines) => printer.print(lines.flatMap((line): PrintLine[] =>
      'feed' in line ? [line] : line.text.split('\n').map((text) => ({ ...line, text })))) } })],
  ['paper that was pulled out under the head is not missed', 'printer.paper.pulled', ({ printer }) => ({
    printer: { ...printer, async print(lines) {
      const result = await printer.print(lines)
      return result.kind === 'paperOut' ? { kind: 'printed' } : result
    } } })],
  ['a track that is too long is cut', 'reader.tracks.too-long.track2', ({ reader }) => ({
    reader: { ...reader, async wait(ms) {
      const result = await reader.wait(ms)
      return result.kind === 'unreadable' ? { kind: 'stripe', track2: ';'.padEnd(40, '1') } : result
    } } })],
  ['a track alone is unreadable', 'reader.only.track3', ({ reader }) => ({
    reader: { ...reader, async wait(ms) {
      const result = await reader.wait(ms)
      return result.kind === 'stripe' && result.track2 === undefined ? { kind: 'unreadable' } : result
    } } })],
  ['a track without its end is unreadable', 'reader.cut', ({ reader }) => ({
    reader: { ...reader, async wait(ms) {
      const result = await reader.wait(ms)
      return result.kind === 'stripe' && !result.track2?.includes('?') ? { kind: 'unreadable' } : result
    } } })],
  ['the link loses the end of long messages', 'limit.send', ({ link }) => ({
    link: { ...link, send: (bytes) => link.send(bytes.length > 1000 ? bytes.slice(0, 1000) : bytes) } })],
]
