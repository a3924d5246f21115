import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, root)), 'utf8')

interface Named {
  readonly file: string
  readonly title: string
}

/** Rows of the tables of docs/threats.md: id, and the tests of its last cell, each a file and the beginning of a title. */
const rows = read('docs/threats.md')
  .split('\n')
  .flatMap((line) => {
    const id = /^\| ([ACDJKTU]\d\d) \|/.exec(line)?.[1]
    if (id === undefined) return []
    const links = line.split(/(?=\[[^\]]*\]\(\.\.\/test\/)/).slice(1)
    const named = links.flatMap((part): Named[] => {
      const file = /\(\.\.\/(test\/[^)]+)\)/.exec(part)?.[1] ?? ''
      return [...part.matchAll(/“([^”]+)”/g)].map((match) => ({ file, title: match[1] ?? '' }))
    })
    return [{ id, links: links.length, named, cells: line.split(' | ').length }]
  })

const numbered = (letter: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `${letter}${String(at + 1).padStart(2, '0')}`)

test('docs/threats.md: every row of the seven lists stands once, in order', () => {
  expect(rows.map(({ id }) => id)).toEqual([
    ...[
      ...numbered('A', 23),
      ...numbered('C', 12),
      ...numbered('D', 5),
      ...numbered('T', 24),
      ...numbered('U', 22),
      ...numbered('J', 6),
      ...numbered('K', 9),
    ],
  ])
  expect(rows.filter(({ cells }) => cells !== 4)).toEqual([])
})

test.each(rows)('docs/threats.md: row $id names tests that are there', ({ id, links, named }) => {
  expect(named.length, `${id} names no test`).toBeGreaterThanOrEqual(Math.max(1, links))
  for (const { file, title } of named) {
    expect(existsSync(fileURLToPath(new URL(file, root))), file).toBe(true)
    const found = ["'", '`', '"'].some((quote) => read(file).includes(`${quote}${title}`))
    expect(found, `${file}: no title begins with “${title}”`).toBe(true)
  }
})

test('docs/threats.md: every test of the attacks begins with its row, says its result, and its row is in the table', () => {
  const files = ['cable', 'element', 'leak', 'loading', 'memory', 'random', 'tamper', 'wire']
  const ids = new Set(rows.map(({ id }) => id))
  for (const name of files) {
    const titles = [
      ...read(`test/keys/attacks/${name}.test.ts`).matchAll(/^\s*test(?:\.each\([^)]*\))?\(\s*'([^']+)'/gm),
    ]
    expect(titles.length, name).toBeGreaterThan(0)
    for (const [, title = ''] of titles) {
      const id = /^(A\d\d) /.exec(title)?.[1] ?? ''
      expect(ids.has(id), `${name}: ${title}`).toBe(true)
      expect(title, name).toMatch(/→|:/)
    }
  }
})
