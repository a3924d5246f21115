import { describe, expect, it } from 'vitest'
import { fates, nextSale, readyTill } from '../../rig/failure.ts'
import { altered, opened, requests } from '../../rig/frames.ts'
import { CARDS } from '../../rig/till.ts'

/** Field 54 with another amount of the same width. */
function richer(body: Uint8Array): string {
  const balance = opened(body).message.fields[54]
  if (typeof balance !== 'string') throw new Error('the true answer tells a balance')
  return balance.replace(/\d{12}$/, '000077777777')
}

describe('balance enquiry 余额查询', () => {
  it.each([
    ['under the MAC of the true one', (body: Uint8Array) => altered(body, { 54: richer(body) })],
    ['without a MAC', (body: Uint8Array) => altered(body, { 54: richer(body), 64: undefined })],
  ])('P8: a forged balance %s → not shown, nothing owed', async (_, forge) => {
    const till = await readyTill()
    fates(till, ['0210', ({ body }) => ({ kind: 'replace', body: forge(body) })])
    await till.press('2')
    await till.see(/请刷卡/)
    const [card] = CARDS
    await till.swipe(card ?? '')
    await till.pin(card?.pin ?? '')
    await till.time.advance(70_000)
    await till.toIdle()
    expect(till.screens.join('\n')).not.toMatch(/777,?777\.77/)
    expect(till.screens.join('\n')).not.toMatch(/100,?000\.00/)
    expect(requests(till)).not.toContain('0400')
    await nextSale(till)
  })

  it('55 wrong PIN: asked again up to three times, each with a trace of its own; the right one shows the balance', async () => {
    for (const wrong of [1, 2]) {
      const till = await readyTill()
      const [card] = CARDS
      if (card === undefined) throw new Error('no card')
      await till.press('2')
      await till.see(/请刷卡/)
      await till.swipe(card)
      for (let attempt = 0; attempt < wrong; attempt++) await till.pin('000000')
      await till.pin(card.pin ?? '')
      await till.see(/100,000\.00/)
      expect(requests(till).filter((type) => type === '0200')).toHaveLength(wrong + 1)
    }
  })
})
