import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { BOOT_BYTES_MAX, BUNDLE_BYTES_MAX, build } from '../../scripts/build.ts'
import { refusals } from '../../scripts/bundle/language.ts'
import { sizeTable } from '../../scripts/bundle/size.ts'
import { CommandError } from '../../scripts/command-error.ts'
import { bootGuest } from '../emulator/vm/guest.ts'

const places: string[] = []
afterAll(() => Promise.all(places.map((place) => rm(place, { recursive: true }))))

/** A little program of the given files in a folder of its own, ready to be built. */
async function program(files: { readonly [name: string]: string }) {
  const place = await mkdtemp(join(tmpdir(), 'shuaka-build-'))
  places.push(place)
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(place, 'src', name)), { recursive: true })
    await writeFile(join(place, 'src', name), text)
  }
  return { entry: join(place, 'src/main.ts'), folder: join(place, 'build') }
}

const sale = {
  'main.ts': `import { Till } from './till.ts'
    const { port } = (globalThis as unknown as { device: { port: { tell(x: unknown): void; wait(): Promise<number> } } }).device
    async function start(): Promise<never> {
      const till = new Till()
      for (;;) { till.take(await port.wait()); port.tell(till.total ?? 'nothing') }
    }
    export const running: Promise<never> = start()`,
  'till.ts': `/** 消费 */
    export class Till {
      static #count = 0
      #fen = 0
      get total(): string | undefined { return this.#fen === 0 ? undefined : '消费 ' + this.#fen + '/' + Till.#count }
      take(fen: number): void { this.#fen += fen; Till.#count++ }
    }`,
}

describe('build', () => {
  it('a program of two modules → one script that runs in QuickJS, without WeakMaps for its private fields', async () => {
    const report = await build(await program(sale))
    expect(report.built).toBe(true)
    const bundle = await readFile(report.file, 'utf8')
    expect(bundle).not.toMatch(/WeakMap|import|sourceMappingURL/)
    const guest = await bootGuest('', { bundle })
    await guest.answer(100)
    await guest.answer(23)
    expect(guest.why).toEqual([])
    expect(guest.told).toEqual(['消费 100/1', '消费 123/2'])
    guest.vm.dispose()
  })

  it('the report: bytes by module add up to the bytes of the file, in UTF-8; gzip is that of the file', async () => {
    const options = await program(sale)
    const report = await build(options)
    const code = await readFile(report.file)
    expect(report.bytes).toBe(code.length)
    expect(report.gzip).toBe(gzipSync(code, { level: 9 }).length)
    expect(report.modules.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(code.length)
    const names = report.modules.map(({ module }) => module.replace(/.*\//, ''))
    expect(names.sort()).toEqual(['(wrapper)', 'main.ts', 'till.ts'])
    const till = report.modules.find(({ module }) => module.endsWith('till.ts'))
    const without = await build(
      await program({ 'main.ts': (sale['main.ts'] ?? '').replace('new Till()', '{} as Till') }).then(
        async (options) => {
          await writeFile(
            join(dirname(options.entry), 'till.ts'),
            'export type Till = { total?: string; take(fen: number): void }',
          )
          return options
        },
      ),
    )
    // the shares are what leaving the module out would save, but for the minifier's joints
    expect(Math.abs(report.bytes - without.bytes - (till?.bytes ?? 0))).toBeLessThan(20)
    const saved = JSON.parse(await readFile(join(options.folder, 'terminal-size.json'), 'utf8'))
    expect(saved).toMatchObject({
      bytes: report.bytes,
      gzip: report.gzip,
      budget: BUNDLE_BYTES_MAX,
      modules: report.modules,
    })
    expect(sizeTable(report)).toMatch(/till\.ts.*\n[\s\S]*total[\s\S]*gzip[\s\S]*budget/)
    const map = JSON.parse(await readFile(join(options.folder, 'terminal.js.map'), 'utf8'))
    expect(map.version).toBe(3)
    expect(map.sources).toHaveLength(2)
  })

  it('again → fresh, nothing is built; a source touched, added or removed, an output gone, or force → built', async () => {
    const options = await program({ ...sale, 'spare.ts': '' })
    await new Promise((resolve) => setTimeout(resolve, 20))
    const built = async (more = {}) => (await build({ ...options, ...more })).built
    expect([await built(), await built()]).toEqual([true, false])
    const soon = new Date(Date.now() + 5)
    await utimes(join(dirname(options.entry), 'till.ts'), soon, soon)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect([await built(), await built()]).toEqual([true, false])
    await new Promise((resolve) => setTimeout(resolve, 20))
    await rm(join(dirname(options.entry), 'spare.ts'))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect([await built(), await built()]).toEqual([true, false])
    await writeFile(join(options.folder, 'terminal.js'), 'half')
    expect([await built(), await built()]).toEqual([true, false])
    await rm(join(options.folder, 'terminal.js.map'))
    expect([await built(), await built()]).toEqual([true, false])
    expect(await built({ force: true })).toBe(true)
    expect((await readdir(options.folder)).sort()).toEqual([
      'terminal-size.json',
      'terminal.js',
      'terminal.js.map',
    ])
  })

  it('of the terminal itself: the first stage beside it, within its own budget; without it the build is not fresh', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shuaka-build-'))
    places.push(folder)
    const whole = () => build({ folder, budget: 2 * BUNDLE_BYTES_MAX })
    const { bootBytes, built } = await whole()
    const boot = await readFile(join(folder, 'boot.js'), 'utf8')
    expect([built, bootBytes]).toEqual([true, Buffer.byteLength(boot)])
    expect(bootBytes).toBeLessThan(BOOT_BYTES_MAX)
    expect(boot).toMatch(/^var boot=/)
    expect(refusals(boot)).toEqual([])
    expect((await whole()).built).toBe(false)
    await rm(join(folder, 'boot.js'))
    expect((await whole()).built).toBe(true)
  }, 180_000) // all bundles, twice

  it.each([
    ['over the budget', sale, { budget: 100 }, /over its budget of 100; largest: .*till\.ts/],
    ['a file that is missing', { 'main.ts': `import './gone.ts'` }, {}, /gone\.ts/],
    ['a syntax error', { 'main.ts': 'let = ' }, {}, /does not build/],
    [
      'a name that a module does not export',
      { 'main.ts': `import { b } from './b.ts'; b()`, 'b.ts': 'export const a = 1' },
      {},
      /"b" is not exported/,
    ],
    [
      'a package that is not there',
      { 'main.ts': `import x from 'no-such-package'; x()` },
      {},
      /no-such-package/,
    ],
    [
      'a method after ES2020',
      { 'main.ts': 'export const running = device.a.at(-1)' },
      {},
      /would not run on a device: \.at\(\)/,
    ],
  ])('%s → CommandError, and the last good outputs stay', async (_name, files, more, why) => {
    const options = await program(files)
    await mkdir(options.folder, { recursive: true })
    await writeFile(join(options.folder, 'terminal.js'), 'good')
    const failed = build({ ...options, ...more })
    await expect(failed).rejects.toThrow(why)
    await expect(failed).rejects.toBeInstanceOf(CommandError)
    expect(await readdir(options.folder)).toEqual(['terminal.js'])
  })
})

describe('what the oldest engine lacks', () => {
  it.each([
    ['x.at(-1)', '.at()'],
    ['Object.hasOwn(x, y)', '.hasOwn()'],
    ['BigInt.asUintN(64, x)', '.asUintN()'],
    ['Math.random()', '.random()'],
    ['new Date()', 'Date'],
    ['const o = { Date }', 'Date'],
    ['x[Date]', 'Date'],
    ['new TextEncoder()', 'TextEncoder'],
    ['eval("1")', 'eval'],
    ['new Function("1")', 'Function'],
    ['new WeakRef(x)', 'WeakRef'],
    ['class A { static { x() } }', 'StaticBlock'],
    ['class A { #a; b(o) { return #a in o } }', '#x in o'],
    ['/a/d.test(x)', 'regular expression flag d'],
    ['import("x")', 'ImportExpression'],
  ])('%s is refused', (code, what) => {
    expect(refusals(code).join()).toContain(what)
  })

  it.each([
    'device.secure.random(8)',
    'const o = { Date: 1 }; o.Date',
    'class A { static #n = 0; #a = 1; #m() { return this.#a ?? A.#n } }',
    'x?.y?.(z) ?? 1n ** 2n',
    'for await (const x of y) x.matchAll(/(?<n>a)/gu)',
  ])('%s is taken', (code) => {
    expect(refusals(`async () => { ${code} }`)).toEqual([])
  })
})
