import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openFlash } from '../../../emulator/console/flash-folder.ts'
import { makeConsoleTerminal } from '../../../emulator/console/terminal.ts'
import type { TerminalSetup } from '../../../emulator/console/worker-words.ts'
import { makeVirtualTime } from '../../../emulator/virtual-time.ts'
import { bytesOfProgram } from '../../../emulator/vm/program-text.ts'
import { PLAIN_ACQUIRER } from '../../../host-link/host/acquirer.ts'
import { build } from '../../../scripts/build.ts'
import { areasOf } from '../../../terminal/boot/layout.ts'
import { makeBench } from '../device/bench.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shuaka-programs-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function textOf(entry: string): Promise<string> {
  const url = new URL(`../programs/${entry}`, import.meta.url)
  const { file } = await build({ entry: fileURLToPath(url), folder: join(folder, entry) })
  return readFile(file, 'utf8')
}

test('a program of the terminal’s folder → tried and kept by the console’s terminal, over the end of the process', async () => {
  const bundle = await textOf('arms.ts')
  const next = bytesOfProgram(await textOf('confirms.ts'))
  const kept = openFlash(folder)
  const areas = areasOf(kept.programChip.geometry())
  if (areas === undefined) throw new Error('no areas')
  kept.programChip.program(areas.documents.address, new Uint8Array(Uint32Array.of(next.length).buffer))
  for (let at = 0; at < next.length; at += 4096) {
    const part = new Uint8Array(4096).fill(0xff)
    part.set(next.subarray(at, at + 4096))
    kept.programChip.program(areas.a.address + at, part)
  }
  kept.close()

  const { options } = makeBench()
  const setup: TerminalSetup = {
    model: 'standard',
    locale: 'zh',
    serial: 'SK000001',
    setup: options.setup,
    masterKeys: [],
    wallet: [],
    host: { kind: 'embedded', terminals: [], cards: [], acquirer: PLAIN_ACQUIRER },
    flashFolder: folder,
    engine: 'quickjs',
    bundle,
  }
  const lines = async (): Promise<readonly string[]> => {
    const shown: string[] = []
    const scheduler = makeVirtualTime({ wallMs: 0, settle: async () => void (await setImmediate()) })
    const observer = {
      ...options.observer,
      screen: ({ rows }: { rows: readonly { text: string }[] }) => shown.push(rows[0]?.text ?? ''),
    }
    const terminal = await makeConsoleTerminal({ setup, scheduler, observer })
    terminal.machine.powerOn()
    await scheduler.advance(2_000)
    terminal.close()
    return shown.filter((line) => line !== '')
  }
  expect(await lines()).toEqual(expect.arrayContaining(['试运行 TRIAL 1/3', '新程序 a trial']))
  expect(await lines()).toEqual(['新程序 a'])
})
