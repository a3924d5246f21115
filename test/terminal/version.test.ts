import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { VERSION } from '../../terminal/version.ts'
import { readyTill } from '../rig/failure.ts'

it('version 版本: that of package.json, and the administrator reads it on the screen', async () => {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  expect(VERSION).toBe((JSON.parse(text) as { version: string }).version)
  const till = await readyTill()
  await till.press('4', '7')
  await till.see(new RegExp(`Shuaka ${VERSION.replaceAll('.', '\\.')}`))
})
