import { describe, expect, test } from 'vitest'
import {
  accountOf,
  balance,
  code,
  LIMIT,
  request,
  reversalOf,
  SERVICE_PIN,
  serviceRig,
  signedOn,
  told,
} from './service-rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()

describe.each(STORE_KINDS)('activation 售卡激活, %s books', (kind) => {
  const setUp = async () => {
    const rig = serviceRig(fresh(kind))
    const terminal = await signedOn(rig)
    const sale = (amount: number) =>
      request(terminal, 'sale', { card: 'unsold', pin: SERVICE_PIN, amount, tags: { storeNumber: '0012' } })
    const activate = (amount: number, name = 'unsold') =>
      request(terminal, 'activation', { card: name, amount, tags: { approver: '07' } })
    return { rig, terminal, sale, activate }
  }

  test('an inactive card buys nothing (21); activated, it has its first balance and buys; again → 12', async () => {
    const { rig, terminal, sale, activate } = await setUp()
    expect(await code(terminal, sale(1))).toBe('21')
    const first = activate(10_000)
    const answer = await terminal.ask(first)
    expect(answer.fields[39]).toBe('00')
    expect(told(answer)).toBe(10_000)
    expect(await code(terminal, first)).toBe('00') // the stored answer
    expect(await accountOf(rig, 'unsold')).toMatchObject({
      balanceFen: 10_000,
      active: true,
      activatedDate: '20261121',
    })
    expect(await code(terminal, activate(1))).toBe('12')
    expect(await code(terminal, sale(10_000))).toBe('00')
    expect(await balance(rig, 'unsold')).toBe(0)
    expect(await rig.books((books) => books.totals('10000001', 1))).toEqual({
      debitFen: 10_000,
      debitCount: 1,
      creditFen: 10_000,
      creditCount: 1,
    })
  })

  test('reversed: inactive again, with nothing; then it can be activated anew', async () => {
    const { rig, terminal, sale, activate } = await setUp()
    const first = activate(10_000)
    expect(await code(terminal, first)).toBe('00')
    expect(await code(terminal, reversalOf(terminal, first))).toBe('00')
    expect(await accountOf(rig, 'unsold')).toMatchObject({ balanceFen: 0, active: false, activatedDate: '' })
    expect(await code(terminal, sale(1))).toBe('21')
    expect(await code(terminal, activate(500))).toBe('00')
    expect(await code(terminal, reversalOf(terminal, first))).toBe('00') // a repeat: it must not undo the second
    expect(await accountOf(rig, 'unsold')).toMatchObject({ balanceFen: 500, active: true })
  })

  test('the reversal of a declined activation leaves an active card active', async () => {
    const { rig, terminal, activate } = await setUp()
    expect(await code(terminal, activate(500))).toBe('00')
    const second = activate(700)
    expect(await code(terminal, second)).toBe('12')
    expect(await code(terminal, reversalOf(terminal, second))).toBe('00')
    expect(await accountOf(rig, 'unsold')).toMatchObject({ balanceFen: 500, active: true })
  })

  test('0 fen 13, more than a card may hold 61, a bank card 57, a lost card 41: it stays as it is', async () => {
    const { rig, terminal, activate } = await setUp()
    expect(await code(terminal, activate(0))).toBe('13')
    expect(await code(terminal, activate(LIMIT + 1))).toBe('61')
    expect(await code(terminal, activate(100, 'bank'))).toBe('57')
    expect(await code(terminal, activate(100, 'gone'))).toBe('41')
    expect(await accountOf(rig, 'unsold')).toMatchObject({ balanceFen: 0, active: false })
    expect(await code(terminal, activate(LIMIT))).toBe('00')
  })
})
