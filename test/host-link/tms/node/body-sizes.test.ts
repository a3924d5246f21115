import { expect, test } from 'vitest'
import { apiRigs, PASSWORD } from './api-rig.ts'

const rigs = apiRigs()
const pad = (length: number) => 'x'.repeat(length)

test('a log-in, and what sets a password, takes 4,096 bytes and no more, from anybody', async () => {
  const rig = await rigs('sqlite')
  await rig.user('Anna', 'viewer')
  const body = { name: 'Anna', password: PASSWORD }
  expect((await rig.ask('logIn', undefined, { body })).status).toBe(200)
  const headers = await rig.session('administrator')
  for (const call of ['logIn', 'changePassword', 'addUser', 'changeUser'] as const) {
    const sent = { body: { ...body, pad: pad(4_096) }, headers, path: 'Anna' }
    const { status, error } = await rig.ask(call, undefined, sent)
    expect([call, status, error?.en]).toEqual([call, 413, 'More than 4096 bytes.'])
  }
})

test('long JSON is for lists alone', async () => {
  const rig = await rigs('sqlite')
  const csv = `serial,model\n${Array.from({ length: 20_000 }, (_, at) => `LONG-SERIAL-${at},A8`).join('\n')}`
  expect(csv.length).toBeGreaterThan(256_000)
  expect(
    (await rig.ask('importTerminals', 'operator', { body: { csv }, query: { dryRun: '1' } })).status,
  ).not.toBe(413)
  const body = { text: pad(256_000), shared: false }
  expect((await rig.ask('saveFilter', 'operator', { path: 'f', body })).status).toBe(413)
})
