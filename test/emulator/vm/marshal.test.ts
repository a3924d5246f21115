import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CROSSING_MAX } from '../../../emulator/vm/limits.ts'
import { bootGuest } from './guest.ts'

const FOREVER = 'for (;;) tell(await wait())'
const leaf = fc.oneof(
  fc.constantFrom(
    undefined,
    null,
    true,
    false,
    '',
    'a\0b',
    '\ud800',
    '余额查询',
    '😀',
    -0,
    Number.NaN,
    2 ** 53,
  ),
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.uint8Array(),
)
const value = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    leaf,
    fc.array(tie('tree'), { maxLength: 5 }),
    fc.dictionary(fc.stringMatching(/^[a-z_]{1,9}$/), tie('tree'), { maxKeys: 5 }),
  ),
})).tree

describe('marshalling between host and guest', () => {
  it('any tree of plain values goes in and comes out the same, and leaves nothing in the heap', async () => {
    const guest = await bootGuest(FOREVER)
    await fc.assert(
      fc.asyncProperty(value, async (tree) => {
        guest.told.length = 0
        await guest.answer(tree)
        expect(guest.why).toEqual([])
        expect(guest.told[0]).toEqual(tree)
      }),
      { numRuns: 300, endOnFailure: true },
    )
    expect(guest.why).toEqual([])
    guest.vm.dispose() // asserts that no handle is left
  })

  it('3,000 crossings of everything there is → the heap is as large as after 100', async () => {
    const guest = await bootGuest(
      'for (;;) { const v = await wait(); for (let i = 0; i < 100; i++) tell(ask(v)) }',
      {
        ask: (v) => v,
      },
    )
    const tree = {
      text: '刷卡',
      odd: 'a\0b',
      bytes: new Uint8Array(300),
      list: [1, null, true, undefined, { a: [] }],
    }
    await guest.answer(tree)
    const before = guest.vm.memory().used
    for (let i = 0; i < 30; i++) await guest.answer(tree)
    expect(guest.told).toHaveLength(3_100)
    expect(guest.told.at(-1)).toEqual(tree)
    expect(Math.abs(guest.vm.memory().used - before)).toBeLessThan(512)
    guest.vm.dispose()
  })

  it('bytes in the guest are a Uint8Array with a buffer of their own and their exact size', async () => {
    const guest = await bootGuest(`const b = await wait()
      tell([b instanceof Uint8Array, b.length, b.byteOffset, b.buffer.byteLength, b[2]]); await wait()`)
    await guest.answer(Buffer.from('0001020304', 'hex').subarray(1, 4))
    expect(guest.told).toEqual([[true, 3, 0, 3, 3]])
    guest.vm.dispose()
  })

  it('bytes of the guest are copied: a part of a buffer comes as that part, later changes do not show', async () => {
    const guest =
      await bootGuest(`const b = new Uint8Array([1, 2, 3, 4, 5]); tell(b.subarray(1, 4)); b.fill(9)
      tell(new Uint8Array(0)); await wait()`)
    expect(guest.told).toEqual([Uint8Array.of(2, 3, 4), new Uint8Array(0)])
    expect((guest.told[0] as Uint8Array).buffer.byteLength).toBe(3)
    guest.vm.dispose()
  })

  it('a property called __proto__ crosses as a property, both ways', async () => {
    const guest = await bootGuest(`tell(await wait()); await wait()`)
    await guest.answer(JSON.parse('{"__proto__":{"a":1}}'))
    expect(guest.why).toEqual([])
    expect(Object.keys(guest.told[0] as object)).toEqual(['__proto__'])
    guest.vm.dispose()
  })

  it.each([
    ['a function', 'tell({ a: [() => 1] })', 'device.port.tell: CrossingError: argument 0.a.0 is a function'],
    ['a bigint', 'tell(1n)', 'argument 0 is a bigint'],
    ['a symbol', 'tell(Symbol())', 'argument 0 is a symbol'],
    ['a promise', 'tell(1, wait())', 'argument 1 is neither a plain object'],
    ['a class instance', 'tell(new (class A {})())', 'argument 0 is neither a plain object'],
    ['a circle', 'const o = {}; o.o = o; tell(o)', 'is nested too deep'],
    ['a wide tree', `tell(new Array(${CROSSING_MAX.items + 1}).fill(0))`, 'too many items'],
    [
      'a doubling tree',
      'let a = []; for (let i = 0; i < 8; i++) a = [a, a, a, a, a, a]; tell(a)',
      'is nested too deep',
    ],
    ['a long string', `tell('x'.repeat(${CROSSING_MAX.bytes + 1}))`, 'is too large'],
    ['many bytes', `tell(new Uint8Array(${CROSSING_MAX.bytes + 1}))`, 'is too large'],
  ])('%s from the guest → the guest is stopped, with the path', async (_name, body, why) => {
    const guest = await bootGuest(`try { ${body} } catch {} tell('still here')`)
    expect(guest.why).toHaveLength(1)
    expect(guest.why[0]).toContain(why)
    expect(guest.told).toEqual([])
  })

  it.each([
    ['a function', { a: () => 1 }],
    ['a Map', new Map()],
    ['a bigint', 1n],
    ['too many bytes', new Uint8Array(CROSSING_MAX.bytes + 1)],
  ])('%s from the host → the guest is stopped, with the path', async (_name, answer) => {
    const guest = await bootGuest(FOREVER)
    await guest.answer(answer)
    expect(guest.why).toHaveLength(1)
    expect(guest.why[0]).toContain('device.port.wait: result')
    expect(guest.told).toEqual([])
  })
})
