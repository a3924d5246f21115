import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import {
  DEVICE_BINARY,
  describeNative,
  type Guest,
  newFolder,
  RIG_BINARY,
  startGuest,
  testNative,
} from './guest.ts'

const EXIT_ENDED = 0
const EXIT_USAGE = 2
const EXIT_HUNG = 8

/** The line `idle N` that was said last. */
const idle = ({ lines }: Guest): string | undefined => lines.filter((line) => line.startsWith('idle')).at(-1)

describeNative('time and chance come from the driver', () => {
  test('nothing passes but what it says: the clocks stand, timers fire at their instant, idle names the next', async () => {
    const guest = await startGuest(`
      const { year, month, day, hour, minute, second } = clock.now()
      report([year, month, day, hour, minute, second], clock.monotonicMs())
      await clock.sleep(1500)
      report(clock.monotonicMs())
      await clock.sleep(10)
      report(clock.monotonicMs(), clock.now().second)
      await rig.wait()`)
    expect(guest.take()).toEqual([[2026, 1, 1, 0, 0, 0], 0])
    expect(idle(guest)).toBe('idle 1500')
    await guest.obey('time\t1499\t1767225601499')
    expect([guest.take(), idle(guest)]).toEqual([[], 'idle 1500'])
    await guest.obey('time\t1500\t1767225601500')
    expect([guest.take(), idle(guest)]).toEqual([[1500], 'idle 1510'])
    await guest.obey('time\t9000\t1767225609000')
    expect([guest.take(), idle(guest)]).toEqual([[9000, 9], 'idle -1'])
    await guest.rig.kill()
  })

  test('one word → one idle, after all that followed from it; words before the power have none', async () => {
    const guest = await startGuest('report(link.quality()); for (;;) report((await keypad.next(5000)).key)', {
      before: ['cable\t0', 'paper\tout\t3'],
    })
    expect(guest.take()).toEqual([0])
    const idles = (): number => guest.lines.filter((line) => line.startsWith('idle')).length
    expect(idles()).toBe(1)
    await guest.obey('key\t1', 'key\t2', 'cable\t1', 'time\t5\t5', 'heap')
    expect(guest.take()).toEqual(['1', '2'])
    expect(idles()).toBe(6)
    await guest.rig.kill()
  })

  test('the same words → the same lines, to the byte', async () => {
    const run = async (): Promise<readonly string[]> => {
      const guest = await startGuest(`
        report([...device.secure.random(16)])
        report((await link.open(5000)).kind)
        await clock.sleep(20)
        device.display.draw(0, 0, String(clock.monotonicMs()), 'normal')`)
      await guest.obey('key\t5', 'dialled\t1', 'bytes\t00ff', 'time\t20\t20', 'closed')
      await guest.rig.kill()
      return guest.lines
    }
    expect(await run()).toEqual(await run())
  })
})

describeNative('device.rig', () => {
  test('an instant call gives the answer, values as JSON has them; a waiting one is settled later, in any order', async () => {
    const guest = await startGuest(
      `report(rig.ask('中', 1.5, null, [true, { a: 'b' }]), rig.ask() === null)
       const wait = (name) => rig.wait().then((value) => report(name, value))
       wait('first'); wait('second'); wait('third')`,
      { ask: (_, args) => (args.length === 0 ? undefined : args) },
    )
    expect(guest.take()).toEqual([['中', 1.5, null, [true, { a: 'b' }]], true])
    const ids = guest.lines.filter((line) => / wait /.test(line)).map((line) => line.split(' ')[1])
    await guest.obey(`rig-answer\t${ids[2]}\t{"three":3}`, `rig-answer\t${ids[0]}\t1`)
    expect(guest.take()).toEqual(['third', { three: 3 }, 'first', 1])
    await guest.rig.kill()
  })

  test('while an instant call blocks, other words are obeyed, without idle of their own', async () => {
    const guest = await startGuest(
      `report(rig.ask(), (await keypad.next(0)).key, link.quality())
       await rig.wait()`,
      {
        ask({ rig }) {
          rig.answer('key\t7')
          rig.answer('cable\t0')
          return 'done'
        },
      },
    )
    expect(guest.take()).toEqual(['done', '7', 0])
    expect(guest.lines.filter((line) => line.startsWith('idle'))).toEqual(['idle -1'])
    await guest.rig.kill()
  })

  test('a ninth call that waits → RangeError', async () => {
    const guest = await startGuest(
      'for (let i = 0; i < 8; i++) rig.wait(); try { rig.wait() } catch (e) { report(e.name) }',
    )
    expect(guest.take()).toEqual(['RangeError'])
    await guest.rig.kill()
  })

  test('without rig-calls the device has its twelve peripherals and nothing else', async () => {
    const guest = await startGuest(
      `device.display.draw(0, 0, Object.keys(device).length + ' ' + (rig === undefined), 'normal')`,
      {
        noCalls: true,
      },
    )
    expect(guest.told('screen').at(-1)).toContain('"12 true"')
    await guest.rig.kill()
  })

  test('calls that wait go with their run, and an answer that comes late is nobody’s', async () => {
    let starts = 0
    const guest = await startGuest(
      `report(rig.ask())
       rig.wait().then((value) => report('late', value))
       if ((await keypad.next(600000)).key === '1') throw new Error('the end')`,
      { ask: () => ++starts },
    )
    const id = guest.lines.find((line) => / wait /.test(line))?.split(' ')[1]
    await guest.obey('key\t1', 'time\t1000\t1000', `rig-answer\t${id}\t1`)
    expect(guest.take()).toEqual([1, 2])
    await guest.rig.kill()
  })
})

describeNative('the heap', () => {
  test('heap → bytes in use, peak, limit and requests', async () => {
    const guest = await startGuest('await rig.wait()', { args: ['--heap', '1048576'] })
    await guest.obey('heap')
    const said = guest.lines.find((line) => line.startsWith('heap '))?.slice(5) ?? '{}'
    const { used, peak, limit, requests } = JSON.parse(said) as { [name: string]: number }
    expect(limit).toBeLessThanOrEqual(1_048_576)
    expect(used).toBeGreaterThan(10_000)
    expect(peak).toBeGreaterThanOrEqual(used ?? 0)
    expect(peak).toBeLessThanOrEqual(limit ?? 0)
    expect(requests).toBeGreaterThan(100)
    await guest.rig.kill()
  })

  test('fail-at K → the K-th request from there fails, the run ends for want of memory, and the next one is whole', async () => {
    const guest = await startGuest(
      `report('begun'); for (;;) { const { key } = await keypad.next(600000); report([key]) }`,
    )
    await guest.obey('key\t1', 'fail-at\t1', 'key\t2')
    expect(guest.told('stopped').join()).toMatch(/out of memory/)
    await guest.obey('time\t1000\t1000', 'key\t3')
    expect(guest.take()).toEqual(['begun', ['1'], 'begun', ['3']])
    await guest.rig.kill()
  })
})

describeNative('the end', () => {
  const rig = (input: string) =>
    spawnSync(RIG_BINARY, ['--folder', newFolder(), '--program', __filename, '--pipe'], { input })

  test('the driver goes away → exit code 0', () => {
    expect(rig('').status).toBe(EXIT_ENDED)
    expect(rig(`time\t0\t0\nrandom\t${'00'.repeat(16)}\n`).status).toBe(EXIT_ENDED)
  })

  test.each([
    'nonsense',
    'time',
    'time\tnow',
    'cut\t0',
    'time\t0\t0\nrandom\t00',
    'time\t0\t0\nrandom\tzz',
    'key\tnone',
  ])('%j, which nobody knows in that form → one line, exit code 2', (word) => {
    const { status, stderr } = rig(`${word}\n`)
    expect([status, String(stderr)]).toEqual([
      EXIT_USAGE,
      expect.stringMatching(/^shuaka-device: rig: .+\n$/),
    ])
  })

  test('an event that never ends: the last watchdog → one line, exit code 8, and what was written is there', async () => {
    const folder = newFolder()
    const guest = await startGuest('report(flash.program(0, bytes(1, 2, 3, 4)))', { folder })
    guest.rig.send('watchdog\t1')
    guest.rig.send('hang-on')
    expect(await guest.ended).toEqual({
      status: EXIT_HUNG,
      complaint: 'shuaka-device: an event has taken so long as if it would never end: start again',
    })
    expect([...readFileSync(join(folder, 'flash.bin')).subarray(0, 5)]).toEqual([1, 2, 3, 4, 255])
    const again = await startGuest('report([...flash.read(0, 4)])', { folder })
    expect(again.take()).toEqual([[1, 2, 3, 4]])
    await again.rig.kill()
  })

  test('a driver that lets it wait longer than the watchdog → it waits, inside of a call too', async () => {
    const guest = await startGuest('report(rig.ask()); await rig.wait()', {
      before: ['watchdog\t1'],
      ask: () => spawnSync('sleep', ['1.5']).status,
    })
    expect(guest.take()).toEqual([0])
    await pause(1_500)
    await guest.obey('heap')
    await guest.rig.kill()
  })

  test('quit ends it as the person does', async () => {
    const guest = await startGuest('')
    guest.rig.send('quit')
    expect((await guest.ended).status).toBe(EXIT_ENDED)
  })
})

testNative('the product has none of the rig’s words in it', () => {
  const product = readFileSync(DEVICE_BINARY, 'latin1')
  const rig = readFileSync(RIG_BINARY, 'latin1')
  for (const word of ['rig-calls', 'rig-answer', 'fail-at', 'dialled', 'hang-on']) {
    expect(rig, word).toContain(word)
    expect(product, word).not.toContain(word)
  }
})
