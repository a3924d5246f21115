import variant from '@jitl/quickjs-wasmfile-release-sync'
import { newQuickJSWASMModuleFromVariant, newVariant } from 'quickjs-emscripten-core'
import { describe, expect, it } from 'vitest'
import { MEMORY_SLACK_BYTES } from '../../../emulator/vm/limits.ts'
import { bootGuest } from './guest.ts'

const MIB = 1024 * 1024
// biome-ignore format: one row a kind of bomb: name, code of one round, bytes that one round asks for at once
const bombs: readonly (readonly [name: string, code: string, request: number])[] = [
  ['short strings',   'a.push("x".repeat(20) + a.length)',               64 * 1024],
  ['long strings',    'a.push("x".repeat(1000) + a.length)',              8 * 1024],
  ['ArrayBuffers',    'a.push(new ArrayBuffer(10000))',                  16 * 1024],
  ['objects',         'o = { o, b: 2 }',                                  4 * 1024],
  ['closures',        'o = ((before) => () => before)(o)',                4 * 1024],
  ['promises',        'const p = new Promise(() => {}); p.o = o; o = p',             4 * 1024],
]

describe('the memory limit', () => {
  it("the engine's own limit does not hold in this build: 256 KiB allowed, more than 1 MiB given", async () => {
    const quickjs = await newQuickJSWASMModuleFromVariant(newVariant(variant, {}))
    const runtime = quickjs.newRuntime()
    runtime.setMemoryLimit(256 * 1024)
    const context = runtime.newContext()
    const result = context.evalCode(
      'let a = 0, s = []; try { for (; a < 1500; a++) s.push("x".repeat(1000) + a) } catch {}; a',
    )
    expect(context.getNumber(result.unwrap())).toBe(1500)
  })

  it.each(bombs)(
    '%s: stopped at the limit, not above it, and not more than the slack below',
    async (_name, code, request) => {
      for (const memoryLimitBytes of [256 * 1024, MIB, 2 * MIB, 16 * MIB]) {
        const guest = await bootGuest(
          `const a = []; let o; try { for (;;) { ${code} } } catch { tell('caught') }`,
          {
            memoryLimitBytes,
            interruptBudget: 20_000,
          },
        )
        expect(guest.why).toEqual([`out of memory: the heap of ${memoryLimitBytes} bytes is full`])
        expect(guest.told).toEqual([])
        const { used, peak } = guest.vm.memory()
        expect(used).toBeLessThanOrEqual(peak)
        expect(peak).toBeLessThanOrEqual(memoryLimitBytes)
        // an array that grows by half holds its old and new self at once: it may fail with a third still free
        const slack = code.startsWith('a.push') ? Math.max(request, memoryLimitBytes / 2) : request
        expect(peak).toBeGreaterThan(memoryLimitBytes - slack - MEMORY_SLACK_BYTES)
      }
    },
  )

  it.each([
    ['a 10 MB ArrayBuffer', 'new ArrayBuffer(10e6)'],
    ['a 10 MB Uint8Array', 'new Uint8Array(10e6)'],
    ['a 10 MB string', '"x".repeat(10e6)'],
    ['the longest string', '"x".repeat(2 ** 30 - 1)'],
    ['a huge array', 'new Array(1e7).fill(0)'],
    ['a string that doubles', 'let s = "xy"; for (;;) s = (s + s).toUpperCase()'],
  ])('%s at once → stopped', async (_name, code) => {
    const guest = await bootGuest(`try { ${code} } catch { } tell('still here')`)
    expect(guest.why).toHaveLength(1)
    expect(guest.why[0]).toMatch(/^out of memory/)
    expect(guest.told).toEqual([])
  })

  it('an answer of the host that does not fit → stopped, not silently lost', async () => {
    const guest = await bootGuest('const all = []; for (;;) { all.push(await wait()); tell(all.length) }', {
      memoryLimitBytes: 512 * 1024,
    })
    for (let i = 0; i < 20 && guest.why.length === 0; i++) await guest.answer(new Uint8Array(100_000))
    expect(guest.why).toEqual(['out of memory: the heap of 524288 bytes is full'])
    expect(guest.told.length).toBeLessThan(5)
  })

  it('a bundle that does not fit → stopped at boot', async () => {
    const bundle = `var s = [${'"a string that is not short, ",'.repeat(20_000)}]`
    const guest = await bootGuest('', { bundle, memoryLimitBytes: 256 * 1024 })
    expect(guest.why[0]).toMatch(/^out of memory/)
  })

  it.each([
    ['small', 'const o = { n }; o.o = o'],
    ['with 1 KB', 'const o = { b: new Uint8Array(1000) }; o.o = o'],
  ])('200 rounds of circular garbage (%s) → collected within 2 MiB', async (_name, code) => {
    const guest = await bootGuest(
      `for (let n = 0; ; n++) { for (let i = 0; i < 500; i++) { ${code} } tell(await wait()) }`,
    )
    for (let i = 0; i < 200; i++) await guest.answer(i)
    expect(guest.why).toEqual([])
    expect(guest.vm.memory().peak).toBeLessThan(1.5 * MIB)
    guest.vm.dispose()
  })

  it('memory: counts a 100 kB buffer to within its header, and gives it back', async () => {
    const guest = await bootGuest(
      'let b; for (;;) { const n = await wait(); b = n ? new Uint8Array(n) : undefined }',
    )
    for (const n of [0, 100, 0]) await guest.answer(n)
    const before = guest.vm.memory()
    await guest.answer(100_000)
    const with100 = guest.vm.memory()
    await guest.answer(0)
    const after = guest.vm.memory()
    expect(with100.used - before.used).toBeGreaterThanOrEqual(100_000)
    expect(with100.used - before.used).toBeLessThan(100_600)
    expect(Math.abs(after.used - before.used)).toBeLessThan(64)
    expect(after.peak).toBe(with100.peak)
    guest.vm.dispose()
  })

  it('12,000 objects that crossed the border → the collector still waits for garbage, and does not run at each allocation', async () => {
    const guest = await bootGuest(
      `for (;;) { const n = await wait()
        if (n === 'cross') for (let i = 0; i < 400; i++) tell({ a: i })
        else for (let i = 0; i < 200; i++) { const o = {}; o.o = o } }`,
      { interruptBudget: 2_000 },
    )
    const garbage = async (): Promise<number> => {
      const before = guest.vm.memory().used
      await guest.answer('garbage')
      return guest.vm.memory().used - before
    }
    expect(await garbage()).toBeGreaterThan(5_000)
    for (let round = 0; round < 30; round++) await guest.answer('cross')
    await garbage() // may meet a collection that is due
    expect(Math.max(await garbage(), await garbage(), await garbage())).toBeGreaterThan(5_000)
    guest.vm.dispose()
  })

  it('functions keep no copy of their source', async () => {
    const guest = await bootGuest(`tell((function secret() { return 42 }).toString()); await wait()`)
    expect(guest.told[0]).toMatch(/native code/)
  })

  it('a limit that cannot be → stopped with the range', async () => {
    for (const memoryLimitBytes of [0, 1000.5, 1e12, Number.NaN]) {
      const guest = await bootGuest('await wait()', { memoryLimitBytes })
      expect(guest.why[0]).toMatch(/wants 131072 to/)
    }
  })
})
