import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { openFlash } from '../../../emulator/console/flash-folder.ts'
import { makeFlashChip } from '../../../emulator/device/flash.ts'
import { PROGRAM_CHIP } from '../../../emulator/device/slots.ts'
import { PROGRAM } from '../../../terminal/version.ts'
import { describeNative, newFolder, RIG_BINARY, startGuest } from './guest.ts'

const FLASH_BYTES = 64 * 4096
const SLOTS_BYTES = 256 * 4096
const EXIT_FLASH = 4
const EXIT_STORAGE = 6
const EXIT_CUT = 99

const image = (folder: string, name = 'flash.bin'): Buffer => readFileSync(join(folder, name))
/** A folder whose chips have been made: one start and its end. */
async function startedFolder(): Promise<string> {
  const folder = newFolder()
  const { rig } = await startGuest('', { folder })
  await rig.kill()
  return folder
}
/** A start that must fail, by its exit code and what it says. */
function startFails(folder: string, shell = ''): { status: number | null; says: string } {
  const command = `${shell} exec "$0" --folder "$1" --pipe --program "$1/device.json"`
  const { status, stderr } = spawnSync('sh', ['-c', command, RIG_BINARY, folder], {
    input: 'time\t0\t0\n',
    encoding: 'utf8',
  })
  return { status, says: stderr }
}
const oneLine = /^shuaka-device: .+\n$/

describeNative('the two chips as the program sees them', () => {
  test('geometry: 64 and 256 sectors of 4 KiB, in units of 4 bytes', async () => {
    const { rig, take } = await startGuest('report(flash.geometry(), slots.geometry())')
    expect(take()).toEqual([
      { sectorBytes: 4096, sectorCount: 64, unitBytes: 4 },
      { sectorBytes: 4096, sectorCount: 256, unitBytes: 4 },
    ])
    await rig.kill()
  })

  test('any programs and erases leave the image that the emulated chip has', async () => {
    const operation = fc.record({
      chip: fc.constantFrom('flash', 'slots'),
      sector: fc.nat(3).map((n) => [0, 1, 62, 63][n] ?? 0),
      unit: fc.nat(63).map((n) => (n < 48 ? n : 960 + n)),
      words: fc.array(fc.nat(0xff), { minLength: 1, maxLength: 24 }),
      erases: fc.nat(9).map((n) => n === 0),
    })
    const operations = fc.sample(fc.array(operation, { minLength: 120, maxLength: 120 }), {
      seed: 6,
      numRuns: 1,
    })[0]
    const script = (operations ?? []).map(({ chip, sector, unit, words, erases }) => {
      const units = Math.min(Math.ceil(words.length / 4), 1024 - unit)
      const bytes = Array.from({ length: units * 4 }, (_, i) => words[i % words.length] ?? 0)
      return { chip, sector, address: sector * 4096 + unit * 4, bytes, erases }
    })
    const chips = { flash: makeFlashChip(), slots: makeFlashChip({ geometry: PROGRAM_CHIP }) }
    for (const { chip, sector, address, bytes, erases } of script) {
      const of = chip === 'flash' ? chips.flash : chips.slots
      expect(erases ? of.erase(sector) : of.program(address, Uint8Array.from(bytes))).toBe('done')
    }
    const folder = newFolder()
    const { rig, take } = await startGuest(
      `for (const { chip, sector, address, bytes, erases } of rig.ask())
         report(erases ? device[chip].erase(sector) : device[chip].program(address, Uint8Array.from(bytes)))
       report([...flash.read(62 * 4096, 8192)])`,
      { folder, ask: () => script },
    )
    const told = take()
    expect(told.slice(0, -1)).toEqual(script.map(() => 'done'))
    expect(told.at(-1)).toEqual([...chips.flash.read(62 * 4096, 8192)])
    expect(image(folder).equals(chips.flash.image())).toBe(true)
    expect(image(folder, 'programs.bin').equals(chips.slots.image())).toBe(true)
    await rig.kill()
  })

  // biome-ignore format: one call a row
  const outside = [
    'flash.read(-1, 1)', 'flash.read(0, 262145)', 'flash.read(262144, 1)', 'flash.read(0.5, 1)', 'flash.read(0, -1)',
    'flash.read(NaN, 1)', 'flash.read("0", 1)', 'flash.read(0)',
    'flash.program(0, bytes())', 'flash.program(0, bytes(0))', 'flash.program(2, bytes(0, 0, 0, 0))',
    'flash.program(4092, new Uint8Array(8))', 'flash.program(262144, new Uint8Array(4))', 'flash.program(-4, new Uint8Array(4))',
    'flash.program(0, [0, 0, 0, 0])', 'flash.program(0, new Uint16Array(4))', 'flash.program(0, new Uint8Array(4100))',
    'flash.erase(-1)', 'flash.erase(64)', 'flash.erase(0.5)', 'flash.erase()',
    'slots.read(1048576, 1)', 'slots.erase(256)', 'slots.program(1048576, new Uint8Array(4))', 'slots.hash(1048576, 1)',
    'slots.hash(0, 1048577)', 'slots.readFactory(0, 1e6)', 'slots.readFactory(-1, 1)',
  ]
  test.each(outside)('%s → RangeError, the run ends, and no bit has changed', async (call) => {
    const folder = newFolder()
    const { rig, told } = await startGuest(`${call}; report('came back')`, { folder })
    expect(told('rig', 'stopped').join()).toMatch(/^stopped .*RangeError/)
    expect(image(folder).every((byte) => byte === 0xff)).toBe(true)
    expect(image(folder, 'programs.bin').every((byte) => byte === 0xff)).toBe(true)
    await rig.kill()
  })

  test('the edges are inside: an empty read at the end, the last unit, the whole chip', async () => {
    const { rig, take } = await startGuest(`
      report(flash.read(262144, 0).length, flash.read(0, 262144).length, slots.read(1048572, 4).length)
      report(flash.program(262140, bytes(1, 2, 3, 4)), [...flash.read(262138, 6)], flash.program(0, new Uint8Array(4096)))`)
    expect(take()).toEqual([0, 262144, 4, 'done', [255, 255, 1, 2, 3, 4], 'done'])
    await rig.kill()
  })

  test('what a read gave is a copy, and bytes to program stay their owner’s', async () => {
    const { rig, take } = await startGuest(`
      const own = bytes(1, 2, 3, 4)
      flash.program(0, own)
      own.fill(0)
      flash.read(0, 4).fill(0)
      report([...flash.read(0, 4)])`)
    expect(take()).toEqual([[1, 2, 3, 4]])
    await rig.kill()
  })
})

describeNative('程序槽 slots', () => {
  test('hash is SHA-256 of the chip; factory and readFactory are the program built in; it runs from the factory', async () => {
    const { rig, take } = await startGuest(`
      slots.program(4096, bytes(1, 2, 3, 4))
      report([...slots.hash(4094, 8)], [...slots.hash(0, 0)], slots.running())
      const { length, hash, counter, version } = slots.factory()
      let text = ''
      for (const byte of slots.readFactory(0, length)) text += String.fromCharCode(byte)
      report({ length, hash: [...hash], counter, version }, text, slots.readFactory(length, 0).length)`)
    const sha = (bytes: Uint8Array | string): number[] => [...createHash('sha256').update(bytes).digest()]
    const [hash, empty, running, factory, text, none] = take()
    expect(hash).toEqual(sha(Uint8Array.of(255, 255, 1, 2, 3, 4, 255, 255)))
    expect(empty).toEqual(sha(''))
    expect(running).toEqual({ place: 'factory', trial: false })
    expect(text).toContain('var application =')
    expect(factory).toEqual({
      ...{ length: String(text).length, hash: sha(String(text)) },
      ...{ counter: PROGRAM.counter, version: PROGRAM.version },
    })
    expect(none).toBe(0)
    await rig.kill()
  })
})

describeNative('the files', () => {
  test('first start → both images, erased, whole, their owner’s alone, and nothing else', async () => {
    const folder = await startedFolder()
    const files = [
      ['flash.bin', FLASH_BYTES],
      ['programs.bin', SLOTS_BYTES],
    ] as const
    for (const [name, size] of files) {
      const { mode, size: is, blocks } = statSync(join(folder, name))
      expect([mode & 0o777, is]).toEqual([0o600, size])
      expect(blocks * 512).toBeGreaterThanOrEqual(size)
      expect(image(folder, name).every((byte) => byte === 0xff)).toBe(true)
    }
    expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([])
  })

  test('what was programmed is there at the next start', async () => {
    const folder = newFolder()
    const first = await startGuest('flash.program(8, bytes(5, 6, 7, 8))', { folder })
    await first.rig.kill()
    const second = await startGuest('report([...flash.read(8, 4)])', { folder })
    expect(second.take()).toEqual([[5, 6, 7, 8]])
    await second.rig.kill()
  })

  test('a console terminal and a native one exchange their folders: the images are the same bytes', async () => {
    const folder = newFolder()
    const console_ = openFlash(folder)
    console_.chip.program(4096, Uint8Array.of(1, 2, 3, 4))
    console_.programChip.program(0, Uint8Array.of(9, 9, 9, 9))
    console_.close()
    const { rig, take } = await startGuest(
      'report([...flash.read(4096, 4)], [...slots.read(0, 4)], flash.program(4100, bytes(5, 6, 7, 8)))',
      { folder },
    )
    expect(take()).toEqual([[1, 2, 3, 4], [9, 9, 9, 9], 'done'])
    await rig.kill()
    const again = openFlash(folder)
    expect([...again.chip.read(4096, 8)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    again.close()
  })

  test('a folder in use → one line, exit code 4, and the first goes on', async () => {
    const folder = newFolder()
    const { rig, take, give } = await startGuest(
      'await rig.wait(); report(flash.program(0, bytes(1, 2, 3, 4)))',
      {
        folder,
      },
    )
    const { status, says } = startFails(folder)
    expect([status, says]).toEqual([
      EXIT_FLASH,
      expect.stringMatching(/^shuaka-device: .*flash\.bin is in use.*\n$/),
    ])
    await give(null)
    expect(take()).toEqual(['done'])
    await rig.kill()
  })

  test.each([
    ['flash.bin', FLASH_BYTES - 1],
    ['flash.bin', FLASH_BYTES + 1],
    ['flash.bin', 0],
    ['programs.bin', FLASH_BYTES],
  ])(
    '%s of %d bytes → one line that says what to do, exit code 4, and the file as it was',
    async (name, size) => {
      const folder = await startedFolder()
      writeFileSync(join(folder, name), new Uint8Array(size).fill(0x5a))
      const { status, says } = startFails(folder)
      expect([status, says]).toEqual([EXIT_FLASH, expect.stringMatching(oneLine)])
      expect(says).toContain('put back a copy')
      expect(image(folder, name).equals(Buffer.alloc(size, 0x5a))).toBe(true)
    },
  )

  test('a folder in the place of an image → one line, exit code 4', () => {
    const folder = newFolder()
    mkdirSync(join(folder, 'flash.bin'))
    expect(startFails(folder)).toEqual({ status: EXIT_FLASH, says: expect.stringMatching(oneLine) })
  })

  test('no room for the image → one line, exit code 6, no chip that is short; with room it is made whole', async () => {
    const folder = newFolder()
    const { status, says } = startFails(folder, "trap '' XFSZ; ulimit -f 100;")
    expect([status, says]).toEqual([EXIT_STORAGE, expect.stringMatching(oneLine)])
    expect(readdirSync(folder)).toEqual(['device.json'])
    const { rig, take } = await startGuest('report(flash.read(262140, 4).length)', { folder })
    expect(take()).toEqual([4])
    await rig.kill()
  })

  test('a creation that was cut leaves no chip, and the next start makes a whole one', async () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'flash.bin.new'), new Uint8Array(5000))
    const { rig } = await startGuest('', { folder })
    expect(existsSync(join(folder, 'flash.bin.new'))).toBe(false)
    expect(image(folder).every((byte) => byte === 0xff)).toBe(true)
    await rig.kill()
  })

  test('a copy with holes gets its blocks before anything is written', async () => {
    const folder = newFolder()
    for (const [name, size] of [
      ['flash.bin', FLASH_BYTES],
      ['programs.bin', SLOTS_BYTES],
    ] as const) {
      writeFileSync(join(folder, name), '')
      truncateSync(join(folder, name), size)
    }
    const { rig } = await startGuest('', { folder })
    expect(statSync(join(folder, 'programs.bin')).blocks * 512).toBeGreaterThanOrEqual(SLOTS_BYTES)
    await rig.kill()
  })

  test('an image that goes away under the program → one line, exit code 6', async () => {
    const folder = newFolder()
    const guest = await startGuest('await rig.wait(); flash.read(200000, 4)', { folder })
    truncateSync(join(folder, 'flash.bin'), 0)
    void guest.give(null)
    expect(await guest.ended).toEqual({
      status: EXIT_STORAGE,
      complaint: expect.stringMatching(/^shuaka-device: .+$/),
    })
  })
})

describeNative('done is durable', () => {
  const shim = join(mkdtempSync(join(tmpdir(), 'shuaka-msync-')), 'msync-log.so')
  beforeAll(() => {
    const source = fileURLToPath(new URL('msync-log.c', import.meta.url))
    execFileSync('gcc', ['-shared', '-fPIC', '-Wall', '-Werror', '-o', shim, source, '-ldl'], {
      stdio: 'pipe',
    })
  })

  test('every program and erase is on the disk, all of it, before the call returns', async () => {
    const folder = newFolder()
    const log = join(folder, 'msync.log')
    const logged = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '')
    const seen: string[] = []
    const { rig } = await startGuest(
      `flash.program(4092, bytes(0, 0, 0, 0)); rig.ask()
       slots.program(8192, new Uint8Array(4096)); rig.ask()
       flash.erase(0); rig.ask()`,
      { folder, env: { LD_PRELOAD: shim, SHUAKA_MSYNC_LOG: log }, ask: () => seen.push(logged()) },
    )
    expect(seen).toEqual(['sync 4 0\n', 'sync 4 0\nsync 4096 0\n', 'sync 4 0\nsync 4096 0\nsync 0 0\n'])
    await rig.kill()
  })

  test('a disk that refuses → one line, exit code 6, and the program never hears done', async () => {
    const env = { LD_PRELOAD: shim, SHUAKA_MSYNC_FAILS: '1' }
    const guest = await startGuest('report(flash.program(0, bytes(0, 0, 0, 0)))', { env })
    expect(await guest.ended).toEqual({
      status: EXIT_STORAGE,
      complaint: expect.stringMatching(/^shuaka-device: flash\.bin cannot be saved: .+$/),
    })
    expect(guest.take()).toEqual([])
  })
})

describeNative('the power goes inside an operation', () => {
  const before = Uint8Array.from({ length: 16 }, (_, i) => i)
  test.each([
    ['program', 'flash', 0],
    ['program', 'slots', 1],
    ['erase', 'flash', 0],
    ['erase', 'slots', 1],
  ])(
    '%s of %s → half of it is done, nothing beside it has changed, exit code 99',
    async (what, chip, number) => {
      const folder = newFolder()
      const guest = await startGuest(
        `const of = device.${chip}
       of.program(4096, bytes(${before.join()}))
       of.program(8188, bytes(${before.slice(0, 4).join()}))
       await rig.wait()
       of.program(0, bytes(1, 1, 1, 1))
       ${what === 'erase' ? 'of.erase(1)' : 'of.program(4112, new Uint8Array(8))'}`,
        { folder },
      )
      await guest.obey(`cut\t${number}\t1`)
      void guest.give(null)
      expect((await guest.ended).status).toBe(EXIT_CUT)
      const expected = new Uint8Array(chip === 'flash' ? FLASH_BYTES : SLOTS_BYTES).fill(0xff)
      expected.set([1, 1, 1, 1], 0)
      if (what === 'program') expected.set(before, 4096)
      if (what === 'program') expected.set(new Uint8Array(4), 4112)
      expected.set(before.slice(0, 4), 8188)
      expect(image(folder, chip === 'flash' ? 'flash.bin' : 'programs.bin').equals(expected)).toBe(true)
    },
  )

  test('a cut of the other chip waits for the other chip', async () => {
    const guest = await startGuest('await rig.wait(); report(flash.program(0, bytes(0, 0, 0, 0)))')
    await guest.obey('cut\t1\t0')
    await guest.give(null)
    expect(guest.take()).toEqual(['done'])
    await guest.rig.kill()
  })
})
