import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { headings } from '../../scripts/check-tree/links.ts'
import { CODE_LINES_MAX } from '../../scripts/check-tree/rules.ts'
import { source } from '../../scripts/check-tree/source.ts'
import { checkTree, readTree } from '../../scripts/check-tree.ts'

/** Findings of a tree of these files, as lines. */
function check(files: { readonly [path: string]: string }): string[] {
  const tree = Object.entries(files).map(([path, text]) => source(path, text))
  const exists = (path: string): boolean =>
    Object.keys(files).some((file) => file === path || file.startsWith(`${path}/`))
  return checkTree(tree, exists).map(({ path, line, what }) => `${path}:${line}: ${what}`)
}

/** Words that this file must not hold itself. */
const unfinished = 'TO' + 'DO'
const dollar = '$'
const values = {
  'host-link/wire/values.ts': 'export type Fen = Brand<number, 1>\nexport type Pan = Brand<string, 2>\n',
}

describe('check-tree: a planted violation → one finding with its line', () => {
  const rows: [string, string, string, string][] = [
    [
      'wire imports keys',
      'host-link/wire/a.ts',
      "import { x } from '../../keys/x.ts'\n",
      '1: imports keys/x.ts; host-link/wire may not import keys',
    ],
    [
      'terminal imports keys',
      'terminal/flow/a.ts',
      "const a = 1\nimport type { x } from '../../keys/x.ts'\n",
      '2: imports keys/x.ts',
    ],
    [
      'terminal imports a package',
      'terminal/a.ts',
      "import { encode } from 'cbor-x'\n",
      '1: imports cbor-x; terminal may use no package',
    ],
    [
      'terminal imports at run time',
      'terminal/a.ts',
      "const a = await import('../emulator/machine.ts')\n",
      '1: imports emulator/machine.ts',
    ],
    [
      'terminal passes on',
      'terminal/a.ts',
      "const b = 1\nexport { x } from '../keys/x.ts'\n",
      '2: imports keys/x.ts',
    ],
    ['a side effect only', 'terminal/a.ts', "import '../keys/x.ts'\n", '1: imports keys/x.ts'],
    [
      'keys imports Node',
      'keys/a.ts',
      "import { readFileSync } from 'node:fs'\n",
      '1: imports node:fs; keys may not use Node',
    ],
    [
      'emulator imports its page',
      'emulator/machine.ts',
      "import { x } from './page/x.ts'\n",
      '1: imports emulator/page/x.ts',
    ],
    [
      'emulator imports the host',
      'emulator/machine.ts',
      "import { x } from '../host-link/host/x.ts'\n",
      '1: imports host-link/host/x.ts',
    ],
    ['the device imports Node', 'emulator/device/a.ts', "import fs from 'node:fs'\n", '1: imports node:fs'],
    [
      'the page imports the console',
      'emulator/page/a.tsx',
      "import { x } from '../console/x.ts'\n",
      '1: imports emulator/console/x.ts',
    ],
    [
      'the host imports the station of keys',
      'host-link/host/a.ts',
      "import { x } from '../../keys/station/x.ts'\n",
      '1: imports keys/station/x.ts',
    ],
    [
      'the host imports its Node part',
      'host-link/host/a.ts',
      "import { x } from './node/x.ts'\n",
      '1: imports host-link/host/node/x.ts',
    ],
    [
      'scripts import tests',
      'scripts/a.ts',
      "import { x } from '../test/rig/x.ts'\n",
      '1: imports test/rig/x.ts',
    ],
    [
      'an ambient declare',
      'terminal/a.ts',
      'declare const console: { log(text: string): void }\n',
      '1: declare const: an ambient declaration',
    ],
    ['a cast to a brand', 'terminal/a.ts', 'const a = 1\nconst b = a as Fen\n', '2: as Fen: use asFen(…)'],
    ['an unfinished word', 'terminal/a.ts', `// ${unfinished} later\n`, `1: ${unfinished}: finish it`],
    [
      'an unfinished word in a document',
      'docs/a.md',
      `later: ${unfinished}\n`,
      `1: ${unfinished}: finish it`,
    ],
    [
      'a file too long',
      'terminal/a.ts',
      'let a = 1\n'.repeat(CODE_LINES_MAX + 1),
      `1: ${CODE_LINES_MAX + 1} lines of code`,
    ],
    [
      'a dead link',
      'docs/a.md',
      'see\n[it](../terminal/none.ts)\n',
      '2: links to ../terminal/none.ts, which is not there',
    ],
    ['a dead picture', 'README.md', '![it](docs/none.png)\n', '1: links to docs/none.png'],
    [
      'a dead anchor',
      'docs/a.md',
      '# One\n[it](#two)\n',
      '2: links to #two, but docs/a.md has no such heading',
    ],
    [
      'a link out of the tree',
      'docs/a.md',
      '[it](../../other/a.md)\n',
      '1: links to ../../other/a.md outside the tree',
    ],
    ['a date in the terminal', 'terminal/a.ts', 'const a = new Date(0)\n', '1: Date: not here'],
    ['chance in keys', 'keys/a.ts', 'const a = Math.random()\n', '1: Math.random: not here'],
    ['a timer in wire', 'host-link/wire/a.ts', 'setTimeout(() => {}, 1)\n', '1: setTimeout: not here'],
    ['asUintN in wire', 'host-link/wire/a.ts', 'const a = BigInt.asUintN(64, 1n)\n', '1: asUintN: not here'],
    [
      'a locale in the terminal',
      'terminal/a.ts',
      'const a = (1).toLocaleString()\n',
      '1: toLocaleString: not here',
    ],
    ['the time in the host', 'host-link/host/a.ts', 'const a = Date.now()\n', '1: Date.now: not here'],
    ['the time in the device', 'emulator/device/a.ts', 'const a = new Date()\n', '1: new Date(): not here'],
    [
      'a test without an assertion',
      'test/a.test.ts',
      "test('a', () => {\n  run()\n})\n",
      '1: this test asserts nothing',
    ],
    [
      'a skipped test',
      'test/a.test.ts',
      "test.skip('a', () => {\n  expect(1).toBe(1)\n})\n",
      '1: test.skip: every test runs',
    ],
    ['a path of one machine', 'docs/a.md', `in ${'/ho'}me/me/x\n`, `1: ${'/ho'}me/m…: a path of one machine`],
    [
      'a barrel',
      'keys/all.ts',
      "export { a } from './a.ts'\nexport { b } from './b.ts'\n",
      '1: only passes names on',
    ],
    ['export everything', 'keys/a.ts', "export * from './b.ts'\nconst c = 1\n", '1: export *: name what'],
    ['a type error hidden', 'keys/a.ts', `// @ts-${'ignore'}\nconst c = 1\n`, '1: @ts-ignore: mend the type'],
  ]
  test.each(rows)('%s → named', (_, path, text, finding) => {
    const found = check({ ...values, [path]: text })
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(`${path}:${finding}`)
  })

  test('a file that no tsconfig includes → named', () => {
    const files = {
      'emulator/tsconfig.json':
        '{ "include": ["device", "machine.ts", "engine/*.ts"], "exclude": ["device/old"] }',
      'emulator/machine.ts': 'const a = 1\n',
      'emulator/device/a.ts': 'const a = 1\n',
      'emulator/device/old/a.ts': 'const a = 1\n',
      'emulator/engine/a.ts': 'const a = 1\n',
      'emulator/engine/old/a.ts': 'const a = 1\n',
      'emulator/clock.ts': 'const a = 1\n',
    }
    expect(check(files)).toEqual([
      'emulator/clock.ts:1: no tsconfig.json includes it: add it to its wall',
      'emulator/device/old/a.ts:1: no tsconfig.json includes it: add it to its wall',
      'emulator/engine/old/a.ts:1: no tsconfig.json includes it: add it to its wall',
    ])
  })
})

describe('check-tree: what is right → no finding', () => {
  test('the engine that we carry is not read, what we say of it is', () => {
    const paths = readTree(fileURLToPath(new URL('../..', import.meta.url))).map(({ path }) => path)
    expect(paths).toContain('terminal/port/posix/vm.c')
    expect(paths.filter((path) => path.startsWith('terminal/port/quickjs/'))).toEqual([
      'terminal/port/quickjs/README.md',
    ])
  })

  const rows: [string, string, string][] = [
    [
      'imports inside a string or a comment',
      'terminal/a.ts',
      "// import x from 'y'\nconst a = \"import { x } from 'cbor-x'\"\n",
    ],
    ['imports inside a template', 'terminal/a.ts', `const a = \`import x from 'y' ${dollar}{b} from 'z'\`\n`],
    ['a declared package', 'keys/des-js.d.ts', "declare module 'des.js' {\n  const a: number\n}\n"],
    ['a brand in a type', 'terminal/a.ts', 'const a = (b: Fen): Fen => b\n'],
    [
      'an import under another name',
      'terminal/a.ts',
      "import { a as Fen, b as Pan } from './b.ts'\nconst c = 1\n",
    ],
    ['the word Date in text', 'terminal/a.ts', "const a = 'Date' // Date\nconst date = 1\n"],
    ['a date made of a number in the host', 'host-link/host/a.ts', 'const a = new Date(wallMs)\n'],
    ['a regular expression with a quote', 'terminal/a.ts', "const a = /[/'\"]/\nconst b = 'Date'\n"],
    ['a long comment', 'terminal/a.ts', `/*\n${'text\n'.repeat(CODE_LINES_MAX)}*/\nconst a = 1\n`],
    [
      'a test that asserts in its helper',
      'test/a.test.ts',
      "const both = (a: number) => expect(a)\ntest('a', () => {\n  both(1)\n})\n",
    ],
    [
      'a table of tests',
      'test/a.test.ts',
      "test.each([\n  [1],\n])('a', (a) => {\n  expect(a).toBe(1)\n})\n",
    ],
    ['a link in code', 'docs/a.md', '```\n[it](none.md)\n```\n`[it](none.md)`\n'],
    ['a link to the world', 'docs/a.md', '[it](https://example.org/none)\n'],
    [
      'a link to a folder and a heading',
      'docs/a.md',
      '# 消费 Sale: `one`\n[it](../docs) [it](#消费-sale-one)\n',
    ],
    [
      'keys imports a package and wire',
      'keys/a.ts',
      "import { x } from '@noble/ciphers/aes.js'\nimport { y } from '../host-link/wire/y.ts'\n",
    ],
    [
      'the console imports Node',
      'emulator/console/a.ts',
      "import { x } from 'node:fs'\nimport { y } from '../../scripts/y.ts'\n",
    ],
    [
      'the device uses its neighbour',
      'emulator/scenario/a.ts',
      "import { x } from '../device/x.ts'\nconst a = 1\n",
    ],
  ]
  test.each(rows)('%s → nothing', (_, path, text) => {
    expect(check({ ...values, [path]: text })).toEqual([])
  })
  test('headings → named as GitHub names them, repeats numbered', () => {
    expect([...headings('# A b\n## A b\n### `c`: d, e\n```\n# no\n```\n<a id="here"></a>')]).toEqual([
      'a-b',
      'a-b-1',
      'c-d-e',
      'here',
    ])
  })
})
