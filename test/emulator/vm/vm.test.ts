import { describe, expect, it } from 'vitest'
import { bootGuest } from './guest.ts'

describe('a guest that ends', () => {
  it('throws before its first wait → stopped with message and place on one line', async () => {
    const guest = await bootGuest(`const f = () => { throw new TypeError('no\\nway') }; f()`)
    expect(guest.why).toHaveLength(1)
    expect(guest.why[0]).toMatch(/^TypeError: no < way < at f \(terminal\.js:\d+:\d+\) < at /)
  })

  it('rejects after a wait → stopped; while another part of it still waits, too', async () => {
    const guest = await bootGuest(`wait(); await wait(); null.x`)
    await guest.answer(1)
    expect(guest.why).toEqual([])
    await guest.answer(1)
    expect(guest.why).toHaveLength(1)
    expect(guest.why[0]).toMatch(/^TypeError: cannot read property 'x' of null/)
  })

  it.each([
    ['throws null', 'throw null', /^out of memory/],
    ['throws a string', `throw 'stop'`, /^threw stop$/],
    ['throws an object', 'throw { message: 5 }', /^threw {"message":5}$/],
    ['returns', 'return 1', /^the application has ended$/],
    ['waits for nothing', 'await new Promise(() => {})', /waits for nothing/],
  ])('%s → stopped once', async (_name, body, why) => {
    const guest = await bootGuest(body)
    expect(guest.why).toHaveLength(1)
    expect(guest.why[0]).toMatch(why)
  })

  it('a bundle that does not parse → stopped with the place', async () => {
    const guest = await bootGuest('', { bundle: 'let = ;' })
    expect(guest.why[0]).toMatch(/^SyntaxError: .*terminal\.js:1/)
  })

  it('calls a peripheral that the device does not have → stopped', async () => {
    const guest = await bootGuest(`device.radio.tune()`)
    expect(guest.why[0]).toMatch(/^TypeError/)
  })

  it('runs for ever → stopped by its ticks, and cannot catch that', async () => {
    for (const loop of [
      'for (;;);',
      'const f = async () => { for (;;) await 0 }; await f()',
      'tell("x".repeat(9).replace(/(x+x+)+y/, ""))\nfor (;;) tell(1)',
    ]) {
      const guest = await bootGuest(
        `try { ${loop} } catch (e) { tell('caught') } finally { tell('finally') }`,
        { interruptBudget: 20 },
      )
      expect(guest.why).toEqual(['ran over its budget of 20 ticks without waiting'])
      expect(guest.told).not.toContain('caught')
      expect(guest.told).not.toContain('finally')
    }
  })

  it('the budget is by entry: a guest that waits in between runs on', async () => {
    const guest = await bootGuest('for (;;) { for (let i = 0; i < 5e5; i++); tell(await wait()) }')
    for (let i = 0; i < 5; i++) await guest.answer(i)
    expect(guest.why).toEqual([])
    expect(guest.told).toEqual([0, 1, 2, 3, 4])
    guest.vm.dispose()
  })
})

describe('a host that ends the guest', () => {
  it('a call that throws (power cut) → nothing of the guest runs after it, not even catch and finally', async () => {
    const guest = await bootGuest(`try { ask() } catch { tell('catch') } finally { tell('finally') }`, {
      ask: () => {
        throw new Error('power cut')
      },
    })
    expect(guest.why).toEqual(['device.port.ask: Error: power cut'])
    expect(guest.told).toEqual([])
  })

  it('kill inside a call → the call does not come back, and nothing is reported', async () => {
    let kill: (() => void) | undefined
    const guest = await bootGuest(`await wait(); tell(1); try { ask() } finally { tell(2) }`, {
      ask: () => kill?.(),
    })
    kill = () => guest.vm.kill()
    await guest.answer(undefined)
    expect(guest.told).toEqual([1])
    expect(guest.why).toEqual([])
  })

  it('kill between calls → answers that come later reach nobody', async () => {
    const guest = await bootGuest(`tell(await wait())`)
    guest.vm.kill()
    await guest.answer(1)
    expect(guest.told).toEqual([])
    expect(guest.why).toEqual([])
  })

  it('kill before the boot is over → the guest never starts', async () => {
    const booting = bootGuest('tell(1)')
    const guest = await booting
    expect(guest.why).toHaveLength(1) // ended by itself: one report only
    guest.vm.kill()
    expect(guest.why).toHaveLength(1)
  })

  it('a waiting call that rejects → stopped with its name', async () => {
    const guest = await bootGuest(`try { await wait() } finally { tell(2) }`)
    await guest.answer(Promise.reject(new Error('power cut')))
    expect(guest.why).toEqual(['device.port.wait: Error: power cut'])
    expect(guest.told).toEqual([])
  })
})

describe('determinism', () => {
  const body = `const o = {}; for (const k of ['b', 'a', 1]) o[k] = [k, {}]
    for (;;) { const v = await wait(); tell(v, Object.keys(o)); o['n' + v] = ask(v) }`
  it('the same inputs → the same calls with the same arguments, and the same heap to the byte', async () => {
    const run = async () => {
      const guest = await bootGuest(body, { ask: (v) => ({ v, bytes: new Uint8Array(Number(v)) }) })
      for (let i = 0; i < 20; i++) await guest.answer(i * 7)
      return { told: guest.told, memory: guest.vm.memory() }
    }
    const [one, other] = [await run(), await run()]
    expect(other).toEqual(one)
    expect(one.told).toHaveLength(20)
  })

  it.each([
    'Date.now()',
    'new Date()',
    'Date()',
    'Math.random()',
    'eval("1")',
    'Function("1")',
    '(() => 1).constructor("1")',
    '(async () => 1).constructor("1")',
    '(function* () {}).constructor("1")',
    '(async function* () {}).constructor("1")',
    'new WeakRef({})',
    'new FinalizationRegistry(() => 1)',
  ])('%s is not there', async (expression) => {
    const guest = await bootGuest(`try { ${expression}; tell('there') } catch (e) { tell(String(e)) }`)
    expect(guest.told).toHaveLength(1)
    expect(guest.told[0]).toMatch(/is not (there|defined)/)
  })
})
