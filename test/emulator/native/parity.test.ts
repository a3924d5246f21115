import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NativeRig } from '../../../emulator/native/native-terminal.ts'
import { ensureBuilt } from '../../../scripts/build.ts'
import { ensureNative } from '../../rig/native.ts'
import { onEmulator, onNative, type Played } from '../../rig/same-scenario.ts'

const scenarios = readdirSync(fileURLToPath(new URL('../../scenario', import.meta.url)))
  .filter((file) => file.endsWith('.txt'))
  .sort()

/** Every scenario once: models and dialects in turn, so that every one of the four pairs has a quarter. */
const plays: readonly Played[] = scenarios.map((file, at) => ({
  file,
  device: at % 2 === 0 ? 'standard' : 'compact',
  dialect: at % 4 < 2 ? 'cup' : 'cbor',
}))

const native = await ensureNative('x86-64')
const arm = await ensureNative('arm')
/** On an emulated processor a quarter of them, all with SHUAKA_BUDGET=4. */
const part = Math.max(1, Math.round(4 / Number(process.env.SHUAKA_BUDGET ?? 1)))
const armPlays = plays.filter((_, at) => (at + Math.floor(at / 4)) % part === 0)
let bundle = ''
let program = ''
const made = { native: folder(), arm: folder() }
function folder(): string {
  return mkdtempSync(join(tmpdir(), 'shuaka-made-'))
}
afterAll(() => {
  for (const each of Object.values(made)) rmSync(each, { recursive: true, force: true })
})
beforeAll(async () => {
  program = (await ensureBuilt()).file
  bundle = readFileSync(program, 'utf8')
})

describe('the same bytes on four engines: screens, slips, frames and both chips', () => {
  test.each(plays)('$file, $device, $dialect → QuickJS in WebAssembly as V8', async (played) => {
    const inV8 = await onEmulator(played)
    expect(inV8).toMatchObject({ passed: true, report: '' })
    expect(await onEmulator(played, bundle)).toEqual(inV8)
  })

  const missing = 'missing' in native ? native.missing : undefined
  if (missing !== undefined) console.warn(missing)
  test.skipIf(missing !== undefined).each(plays)(
    '$file, $device, $dialect → native as V8',
    async (played) => {
      if ('missing' in native) return expect.fail(native.missing)
      const rig: NativeRig = { launch: native.rig, program }
      expect(await onNative(played, rig, made.native)).toEqual(await onEmulator(played))
    },
  )

  const armMissing = 'missing' in arm ? arm.missing : undefined
  if (armMissing !== undefined) console.warn(armMissing)
  test.skipIf(armMissing !== undefined).each(armPlays)(
    '$file, $device, $dialect → ARM as V8',
    async (played) => {
      if ('missing' in arm) return expect.fail(arm.missing)
      const rig: NativeRig = { launch: arm.rig, program }
      expect(await onNative(played, rig, made.arm)).toEqual(await onEmulator(played))
    },
  )
})
