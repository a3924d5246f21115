import { describe, expect, test } from 'vitest'
import type { TransactionName } from '../../../host-link/wire/transaction.ts'
import { balance, code, LIMIT, moved, reversalOf, serviceRig, signedOn, told } from './service-rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()
type Move = Extract<TransactionName, 'transfer' | 'accountTopUp'>
const MOVES: readonly Move[] = ['transfer', 'accountTopUp']
const cases = STORE_KINDS.flatMap((kind) => MOVES.map((name) => [name, kind] as const))

describe.each(cases)('%s 转账/账户充值, %s books', (name, kind) => {
  const setUp = async () => {
    const rig = serviceRig(fresh(kind))
    return { rig, terminal: await signedOn(rig) }
  }

  test('both accounts move in one entry, once however often it comes; field 54 tells the source', async () => {
    const { rig, terminal } = await setUp()
    const move = moved(terminal, name, { from: 'anna', to: 'bao', amount: 1_234, tags: { approver: '07' } })
    const answer = await terminal.ask(move)
    expect(answer.fields[39]).toBe('00')
    expect(told(answer)).toBe(18_766)
    expect(await code(terminal, move)).toBe('00')
    expect([await balance(rig, 'anna'), await balance(rig, 'bao')]).toEqual([18_766, 6_234])
    const key = { terminalId: '10000001', batch: 1, trace: Number(move.fields[11]), kind: name }
    expect(await rig.books((books) => books.entry(key))).toMatchObject({
      account: 'anna',
      account2: 'bao',
      effectFen: -1_234,
      effect2Fen: 1_234,
      settleFen: 0,
      approver: '07',
    })
    expect(await rig.books((books) => books.totals('10000001', 1))).toMatchObject({
      debitCount: 0,
      creditCount: 0,
    })
  })

  test('reversed: both accounts are as before, once; late after its reversal → 68', async () => {
    const { rig, terminal } = await setUp()
    const move = moved(terminal, name, { from: 'anna', to: 'bao', amount: 20_000 })
    expect(await code(terminal, move)).toBe('00')
    expect(await code(terminal, reversalOf(terminal, move))).toBe('00')
    expect(await code(terminal, reversalOf(terminal, move))).toBe('00')
    expect([await balance(rig, 'anna'), await balance(rig, 'bao')]).toEqual([20_000, 5_000])
    const late = moved(terminal, name, { from: 'anna', to: 'bao', amount: 1 })
    expect(await code(terminal, reversalOf(terminal, late))).toBe('00')
    expect(await code(terminal, late)).toBe('68')
    expect([await balance(rig, 'anna'), await balance(rig, 'bao')]).toEqual([20_000, 5_000])
  })

  // biome-ignore format: one row a refusal
  test.each<[string, string, string, number]>([
    // code   from    to        amount
    ['12',    'anna', 'anna',   100         ], // to itself
    ['57',    'anna', 'bank',   100         ], // not a member's card
    ['21',    'anna', 'unsold', 100         ],
    ['62',    'anna', 'gone',   100         ],
    ['62',    'anna', 'old',    100         ],
    ['21',    'unsold', 'anna', 100         ],
    ['41',    'gone', 'anna',   100         ],
    ['13',    'anna', 'bao',    0           ],
    ['51',    'anna', 'bao',    20_001      ],
  ])('%s: %s to %s, %i fen; nothing moves', async (expected, from, to, amount) => {
    const { rig, terminal } = await setUp()
    expect(await code(terminal, moved(terminal, name, { from, to, amount }))).toBe(expected)
    expect([await balance(rig, 'anna'), await balance(rig, 'bao'), await balance(rig, 'unsold')]).toEqual([20_000, 5_000, 0])
  })

  test('wrong or missing PIN, unknown card, no target → declined, nothing moves', async () => {
    const { rig, terminal } = await setUp()
    const move = { from: 'anna', to: 'bao', amount: 100 }
    expect(await code(terminal, moved(terminal, name, { ...move, pin: '888889' }))).toBe('55')
    const target = (pan: string) => ({ more: { 62: Uint8Array.from(pan, (digit) => digit.charCodeAt(0)) } })
    expect(await code(terminal, moved(terminal, name, { ...move, ...target('9901100000009999999') }))).toBe(
      '14',
    )
    expect(await code(terminal, moved(terminal, name, { ...move, ...target('99011000000x') }))).toBe('30')
    expect([await balance(rig, 'anna'), await balance(rig, 'bao')]).toEqual([20_000, 5_000])
  })

  test('the target takes no more than a card may hold', async () => {
    const { rig, terminal } = await setUp()
    const fill = moved(terminal, 'accountTopUp', { from: 'bank', to: 'bao', amount: LIMIT - 5_000 - 99 })
    expect(await code(terminal, fill)).toBe('00')
    expect(await code(terminal, moved(terminal, name, { from: 'anna', to: 'bao', amount: 100 }))).toBe('61')
    expect(await code(terminal, moved(terminal, name, { from: 'anna', to: 'bao', amount: 99 }))).toBe('00')
    expect(await balance(rig, 'bao')).toBe(LIMIT)
  })
})

test('a bank card tops a member card up, but does not transfer → 57', async () => {
  const rig = serviceRig()
  const terminal = await signedOn(rig)
  expect(
    await code(terminal, moved(terminal, 'accountTopUp', { from: 'bank', to: 'bao', amount: 100 })),
  ).toBe('00')
  expect(await code(terminal, moved(terminal, 'transfer', { from: 'bank', to: 'bao', amount: 100 }))).toBe(
    '57',
  )
  expect([await balance(rig, 'bank'), await balance(rig, 'bao')]).toEqual([999_900, 5_100])
})
