import { describe, expect, test } from 'vitest'
import { profileNamed } from '../../../host-link/wire/profile.ts'
import { same, terminalNumbered } from './rig.ts'
import {
  accountOf,
  balance,
  code,
  request,
  reversalOf,
  SERVICE_PIN,
  serviceRig,
  signedOn,
  told,
} from './service-rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()

describe.each(STORE_KINDS)('balance enquiry 余额查询, %s books', (kind) => {
  const setUp = async () => {
    const rig = serviceRig(fresh(kind))
    const terminal = await signedOn(rig)
    const enquiry = (pin: string, card = 'anna') => request(terminal, 'balanceEnquiry', { card, pin })
    return { rig, terminal, enquiry }
  }

  test('B01 lost or answered in vain: no effect, and nothing to reverse: a reversal of it is no request of ours, 40', async () => {
    const { rig, terminal, enquiry } = await setUp()
    const lost = enquiry(SERVICE_PIN)
    expect(told(await terminal.ask(enquiry(SERVICE_PIN)))).toBe(20_000)
    expect(await code(terminal, reversalOf(terminal, lost))).toBe('40')
    expect(await balance(rig, 'anna')).toBe(20_000)
    expect(await rig.books((books) => books.totals('10000001', 1))).toMatchObject({
      debitCount: 0,
      creditCount: 0,
    })
  })

  test('B03 duplicated: the same answer, also of a wrong PIN, which counts one try', async () => {
    const { rig, terminal, enquiry } = await setUp()
    for (const pin of [SERVICE_PIN, '888889']) {
      const message = enquiry(pin)
      const [first] = await terminal.exchange(message)
      const [again] = await terminal.exchange(message)
      expect(first && again && same(first, again)).toBe(true)
    }
    expect((await accountOf(rig, 'anna')).wrongPins).toBe(1)
  })

  test('a bank card and a member card each tell their own balance; an inactive one 21', async () => {
    const { terminal, enquiry } = await setUp()
    expect(told(await terminal.ask(enquiry(SERVICE_PIN, 'bank')))).toBe(1_000_000)
    expect(told(await terminal.ask(enquiry(SERVICE_PIN, 'bao')))).toBe(5_000)
    expect(await code(terminal, enquiry(SERVICE_PIN, 'unsold'))).toBe('21')
  })
})

test('a terminal of the standard profile has none of our own functions: 40, and nothing is booked', async () => {
  const rig = serviceRig(undefined, {
    terminals: [terminalNumbered('10000001', { profile: profileNamed('standard') })],
  })
  const terminal = await signedOn(rig)
  const messages = [
    request(terminal, 'activation', { card: 'unsold', amount: 100 }),
    request(terminal, 'pinChange', { card: 'anna', pin: SERVICE_PIN }),
    request(terminal, 'transfer', { card: 'anna', pin: SERVICE_PIN, amount: 100 }),
    request(terminal, 'billQuery'),
    request(terminal, 'billCash', { amount: 8_050 }),
    request(terminal, 'serviceInfo'),
    request(terminal, 'inspection'),
  ]
  for (const message of messages) expect(await code(terminal, message)).toBe('40')
  for (const { fields } of messages)
    expect(await rig.books((books) => books.underTrace('10000001', 1, Number(fields[11])))).toEqual([])
})
