import { describe, expect, test } from 'vitest'
import { makeBody } from '../../../emulator/device/body.ts'
import { makeDevice } from '../../../emulator/device/device.ts'
import { INBOX_UNREAD_MAX } from '../../../emulator/device/inbox.ts'
import type { InboxEvents, InboxPort } from '../../../emulator/device/ports.ts'
import { makeBench, settle } from './bench.ts'

const abc = Uint8Array.of(1, 2, 3)

/** A device on a port whose connections the test holds. */
function makeUnit({ unplugged = false, fetch }: { unplugged?: boolean; fetch?: InboxPort['fetch'] } = {}) {
  const bench = makeBench()
  const opened: InboxEvents[] = []
  const published: string[] = []
  const traffic: string[] = []
  let closes = 0
  let answer: 'queued' | 'offline' | 'full' = 'queued'
  const inbox: InboxPort = {
    open(events) {
      opened.push(events)
      return {
        publish(topic, bytes, quality) {
          published.push(`${topic} ${bytes.length} q${quality}`)
          return answer
        },
        close() {
          closes++
        },
      }
    },
    ...(fetch && { fetch }),
  }
  const body = makeBody()
  body.plugged = !unplugged
  const observer = {
    ...bench.options.observer,
    inbox: (direction: string, topic: string | undefined, bytes: Uint8Array) =>
      traffic.push([direction, topic, ...bytes].filter((part) => part !== undefined).join(' ')),
  }
  const unit = makeDevice({ ...bench.options, observer, inbox }, bench.chip, { body })
  return {
    ...{ bench, ...unit, inbox: unit.device.inbox, opened, published, traffic },
    closes: () => closes,
    answers: (next: typeof answer) => {
      answer = next
    },
    events(at = -1): InboxEvents {
      const found = opened.at(at)
      if (found === undefined) throw new Error('not opened')
      return found
    },
  }
}

describe('下载信箱 inbox', () => {
  test('power on → connected once; online and offline are told in order, each observed', async () => {
    const unit = makeUnit()
    expect([unit.opened.length, unit.inbox.state()]).toEqual([1, 'offline'])
    unit.events().online()
    unit.events().online()
    unit.events().message('want', abc)
    unit.events().offline()
    expect(await unit.inbox.next(0)).toEqual({ kind: 'online' })
    expect(await unit.inbox.next(0)).toEqual({ kind: 'message', topic: 'want', bytes: abc })
    expect(await unit.inbox.next(0)).toEqual({ kind: 'offline' })
    expect(await unit.inbox.next(0)).toEqual({ kind: 'timeout' })
    expect(unit.traffic).toEqual(['online', 'in want 1 2 3', 'offline'])
  })

  test('publish: what the port says, and only what it took is observed; offline never reaches the port', () => {
    const unit = makeUnit()
    expect(unit.inbox.publish('get', abc, 0)).toBe('offline')
    unit.events().online()
    expect(unit.inbox.publish('get', abc, 0)).toBe('queued')
    unit.answers('full')
    expect(unit.inbox.publish('state', abc, 1)).toBe('full')
    expect(unit.published).toEqual(['get 3 q0', 'state 3 q1'])
    expect(unit.traffic).toEqual(['online', 'out get 1 2 3'])
  })

  test('messages before online, empty ones and those beyond the limit are dropped', async () => {
    const unit = makeUnit()
    unit.events().message('want', abc)
    unit.events().online()
    unit.events().message('want', new Uint8Array(0))
    unit.events().message('want', new Uint8Array(33_793))
    expect(await unit.inbox.next(0)).toEqual({ kind: 'online' })
    expect(await unit.inbox.next(0)).toEqual({ kind: 'timeout' })
  })

  test('unread messages are bounded in number as well', async () => {
    const unit = makeUnit()
    unit.events().online()
    for (let count = 0; count < INBOX_UNREAD_MAX + 50; count++) unit.events().message('blk', Uint8Array.of(1))
    unit.events().offline()
    const kinds: string[] = []
    for (let told = await unit.inbox.next(0); told.kind !== 'timeout'; told = await unit.inbox.next(0))
      kinds.push(told.kind)
    expect(kinds).toHaveLength(INBOX_UNREAD_MAX + 1)
    expect([kinds[0], kinds.at(-1)]).toEqual(['online', 'offline'])
  })

  test('a message is the reader’s own: what its sender does to the bytes afterwards changes nothing', async () => {
    const unit = makeUnit()
    unit.events().online()
    await unit.inbox.next(0)
    const bytes = abc.slice()
    unit.events().message('want', bytes)
    bytes.fill(9)
    expect(await unit.inbox.next(0)).toEqual({ kind: 'message', topic: 'want', bytes: abc })
  })

  test('the cable pulled → closed and offline; late events of that connection are no one’s; plugged → a new one', async () => {
    const unit = makeUnit()
    unit.events().online()
    unit.operator.cable(false)
    unit.operator.cable(false)
    expect([unit.closes(), unit.inbox.state()]).toEqual([1, 'offline'])
    unit.events(0).online()
    unit.events(0).message('want', abc)
    expect(unit.inbox.state()).toBe('offline')
    unit.operator.cable(true)
    unit.operator.cable(true)
    expect(unit.opened).toHaveLength(2)
    unit.events(0).online()
    expect(unit.inbox.state()).toBe('offline')
    unit.events(1).online()
    expect(unit.inbox.state()).toBe('online')
  })

  test('power on without a cable → no connection until it is plugged', () => {
    const unit = makeUnit({ unplugged: true })
    expect(unit.opened).toEqual([])
    unit.operator.cable(true)
    expect(unit.opened).toHaveLength(1)
  })

  test('the power goes → the connection is closed, no wait settles, and every call throws', async () => {
    const unit = makeUnit()
    const told: unknown[] = []
    unit.events().online()
    await unit.inbox.next(0)
    void unit.inbox.next(60_000).then((result) => told.push(result))
    unit.powerLost()
    unit.events().online()
    await settle()
    expect([unit.closes(), told]).toEqual([1, []])
    unit.operator.cable(false)
    unit.operator.cable(true)
    expect([unit.closes(), unit.opened.length, unit.traffic]).toEqual([1, 1, ['online']])
    expect(() => unit.inbox.state()).toThrow('power')
  })

  test('a range of another length, or a port that rejects → failed; an answer after the time-out goes to nobody', async () => {
    const answers: ((bytes: Uint8Array | undefined) => void)[] = []
    let rejects = false
    const unit = makeUnit({
      fetch: () =>
        rejects ? Promise.reject(new Error('x')) : new Promise((resolve) => answers.push(resolve)),
    })
    const object = new Uint8Array(32)
    const short = unit.inbox.fetch(object, 0, 3, 1000)
    answers[0]?.(Uint8Array.of(1, 2))
    expect(await short).toEqual({ kind: 'failed' })
    const late = unit.inbox.fetch(object, 0, 3, 1000)
    await unit.bench.time.advance(1000)
    expect(await late).toEqual({ kind: 'timeout' })
    const next = unit.inbox.fetch(object, 0, 3, 1000)
    answers[1]?.(Uint8Array.of(9, 9, 9))
    await settle()
    answers[2]?.(abc)
    expect(await next).toEqual({ kind: 'bytes', bytes: abc })
    rejects = true
    expect(await unit.inbox.fetch(object, 0, 3, 1000)).toEqual({ kind: 'failed' })
  })

  test('the cable pulled under a fetch → failed at once', async () => {
    const unit = makeUnit({ fetch: () => new Promise(() => undefined) })
    const asked = unit.inbox.fetch(new Uint8Array(32), 0, 3, 60_000)
    unit.operator.cable(false)
    expect(await asked).toEqual({ kind: 'failed' })
  })

  test('a device without a port → none, and nothing waits', async () => {
    const bench = makeBench()
    const { inbox } = makeDevice(bench.options, bench.chip).device
    expect(inbox.state()).toBe('none')
    expect(await inbox.next(60_000)).toEqual({ kind: 'none' })
    expect(await inbox.fetch(new Uint8Array(32), 0, 1, 60_000)).toEqual({ kind: 'none' })
    expect(inbox.publish('hello', abc, 1)).toBe('offline')
  })
})
