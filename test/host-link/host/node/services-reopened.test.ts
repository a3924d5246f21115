import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sqliteStore } from '../../../../host-link/host/node/sqlite-store.ts'
import {
  accountOf,
  code,
  inspection,
  pinChange,
  request,
  SERVICE_PIN,
  serviceRig,
  signedOn,
} from '../service-rig.ts'

/** Digits that do not occur by chance. */
const NEW = '907351842660'

test('books in SQLite opened again: the new PIN 密码, the activated card and the inspection are there; no file shows the PIN', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-books-'))
  const open = () => sqliteStore(join(folder, 'books.db'), { secretCheck: '00000000' })
  const first = open()
  const before = await signedOn(serviceRig(first))
  expect(await code(before, pinChange(before, 'anna', SERVICE_PIN, NEW))).toBe('00')
  expect(await code(before, request(before, 'activation', { card: 'unsold', amount: 700 }))).toBe('00')
  expect(await code(before, inspection(before, 'E42;seal=ok;'))).toBe('00')
  await first.close()

  const second = open()
  const rig = serviceRig(second)
  const terminal = await signedOn(rig, '10000002')
  const enquiry = (pin: string) => request(terminal, 'balanceEnquiry', { card: 'anna', pin })
  expect(await code(terminal, enquiry(SERVICE_PIN))).toBe('55')
  expect(await code(terminal, enquiry(NEW))).toBe('00')
  expect(await accountOf(rig, 'unsold')).toMatchObject({
    active: true,
    activatedDate: '20261121',
    balanceFen: 700,
  })
  expect((await second.reports('inspection')).map(({ text }) => text)).toEqual(['E42;seal=ok;'])

  const digits = Uint8Array.from(NEW, Number)
  const shapes = [Buffer.from(NEW), Buffer.from(digits), Buffer.from(NEW, 'hex')]
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name))
    for (const shape of shapes) expect(bytes.includes(shape), name).toBe(false)
  }
  await second.close()
  rmSync(folder, { recursive: true })
})
