import { expect, it } from 'vitest'
import { statesOf } from '../../rig/audit.ts'
import { finish, readyTill } from '../../rig/failure.ts'
import { requests, resigned, typeOf } from '../../rig/frames.ts'

it('PIN 密码: a host that says 55 for ever → asked three times, each under a trace of its own, then the sale ends', async () => {
  const till = await readyTill()
  till.network.fate = ({ body }) =>
    typeOf(body) === '0210'
      ? { kind: 'replace', body: resigned(till, body, { 39: '55', 38: undefined }) }
      : { kind: 'deliver' }
  await till.order({ pin: '000000' })
  for (const pin of ['000001', '000002']) {
    await till.see(/密码错/)
    await till.pin(pin)
    await till.time.advance(2_000)
  }
  await till.time.advance(5_000)
  expect(till.picture()?.secure).toBe(false)
  await till.toIdle()
  expect(requests(till).filter((mti) => mti === '0200')).toHaveLength(3)
  await finish(till)
  expect(statesOf(till)).toEqual(['2 declined', '3 declined', '4 declined'])
})

it('PIN 密码: a 55 that asks for a sign-on in its header → signs on before the PIN is typed again, and the right PIN is right', async () => {
  const till = await readyTill()
  let asked = false
  till.network.fate = ({ body }) => {
    if (typeOf(body) !== '0210' || asked) return { kind: 'deliver' }
    asked = true
    const header = body.slice()
    header[7] = ((header[7] ?? 0) & 0xf0) | 3 // 处理要求 3, the sixth nibble behind five bytes of TPDU; no MAC covers it
    return { kind: 'replace', body: header }
  }
  await till.order({ pin: '000000' })
  await till.see(/密码错/)
  await till.pin('123456')
  await till.see(/交易成功/)
  expect(requests(till).slice(-3)).toEqual(['0200', '0800', '0200'])
  await finish(till)
})
