import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, root)), 'utf8')

/** Rows of the tables of docs/failures.md: id, and the test files that its last cell links. */
const rows = read('docs/failures.md')
  .split('\n')
  .flatMap((line) => {
    const id = /^\| ([SRVFTCBNILKJXDG]\d\d) \|/.exec(line)?.[1]
    const files = [...line.matchAll(/\]\(\.\.\/(test\/[^)]+)\)/g)].map((match) => match[1] ?? '')
    const isCase = line.split(' | ').length === 5 // what waits for its function has two columns
    return id === undefined || !isCase ? [] : [{ id, files }]
  })

test('docs/failures.md: every row stands once', () => {
  const ids = rows.map(({ id }) => id)
  expect(ids.length).toBeGreaterThan(100)
  expect(new Set(ids).size).toBe(ids.length)
})

test.each(rows)('docs/failures.md: row $id links tests that name it', ({ id, files }) => {
  expect(files.length, `${id} links no test`).toBeGreaterThan(0)
  for (const file of files) {
    expect(existsSync(fileURLToPath(new URL(file, root))), file).toBe(true)
    expect(read(file), file).toMatch(new RegExp(`\\b${id}\\b`))
  }
})

/** Rows of the table of stories: words, and the test files of the second cell. */
const stories = read('docs/failures.md')
  .split('## Stories of downloads')[1]
  ?.split('\n## ')[0]
  ?.split('\n')
  .flatMap((line) => {
    const [, name = '', cell = ''] = /^\| ([^|]+) \| (\[.*) \|$/.exec(line) ?? []
    const files = [...cell.matchAll(/\]\(\.\.\/(test\/[^)]+)\)/g)].map((match) => match[1] ?? '')
    return name === '' ? [] : [{ name, files }]
  })

test('docs/failures.md: the stories of downloads are fifteen', () => {
  expect(new Set(stories?.map(({ name }) => name)).size).toBe(15)
})

test.each(stories ?? [])('docs/failures.md: the story “$name” has tests of its name', ({ name, files }) => {
  expect(files.length).toBeGreaterThan(0)
  for (const file of files) {
    expect(existsSync(fileURLToPath(new URL(file, root))), file).toBe(true)
    const text = read(file).replace(/\(\s+/g, '(') // a title may stand on a line of its own
    const found = ["'", '`'].some((quote) => text.includes(`(${quote}story: ${name}`))
    expect(found, `${file}: no title begins with “story: ${name}”`).toBe(true)
  }
})
