import { describe, expect, it } from 'vitest'
import { makeTill } from '../../rig/till.ts'

const slip = (till: ReturnType<typeof makeTill>): string => till.paper.map(({ text }) => text).join('\n')

describe('sale 消费', () => {
  it('mall, stripe, PIN: approved, booked under its store, two slips', async () => {
    const till = makeTill()
    till.machine.powerOn()
    await till.order()
    await till.see(/交易成功/)
    await till.toIdle()
    expect(slip(till)).toMatch(/门店编号.*0012/)
    expect(slip(till)).toMatch(/RMB.*88\.80/)
    expect(await till.net(2)).toBe(-8880)
    expect(till.stops).toEqual([])
  })

  it('approval held back and A0 provoked by an altered copy: believed by nobody, reversed, cardholder not charged', async () => {
    const till = makeTill()
    till.machine.powerOn()
    await till.see(/1 消费/)
    let attacked = false
    till.network.fate = ({ direction, body }) => {
      const isSale = Buffer.from(body).toString('hex').slice(22, 26) === '0200'
      if (direction === 'toHost' && isSale && !attacked) {
        attacked = true
        const altered = body.slice()
        altered[altered.length - 1] = (altered[altered.length - 1] ?? 0) ^ 1
        // The host sees both: the true one books, the altered one is answered with a signed A0.
        return { kind: 'also', body: altered }
      }
      const isApproval =
        direction === 'toTerminal' &&
        Buffer.from(body)
          .toString('latin1')
          .includes('00' + '10000001')
      const type = Buffer.from(body).toString('hex').slice(22, 26)
      return type === '0210' && isApproval ? { kind: 'lose' } : { kind: 'deliver' }
    }
    await till.order()
    await till.see(/MAC/)
    await till.toIdle()
    expect(attacked).toBe(true)
    expect(await till.net(2)).toBe(0)
    expect(till.screens.join()).not.toContain('交易成功')
  })
})
