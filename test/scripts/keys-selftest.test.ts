import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, expect, test, vi } from 'vitest'
import { CommandError } from '../../scripts/command-error.ts'
import { addKeysSelftest } from '../../scripts/commands/keys-selftest.ts'

const folder = mkdtempSync(join(tmpdir(), 'shuaka-selftest-'))
afterAll(() => rmSync(folder, { recursive: true }))
const published = new URL('../vectors/keys.json', import.meta.url)
const all = JSON.parse(readFileSync(published, 'utf8')) as readonly { readonly name: string }[]
const some = all.filter(({ name }) => /^(sm3-|x25519-rfc|noise-.*XX|tr31-wrap-3$)/.test(name))

function written(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function run(...args: readonly string[]): Promise<{ readonly out: string; readonly error: unknown }> {
  const out: string[] = []
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0)
  const keys = new Command('keys').exitOverride()
  addKeysSelftest(keys)
  let error: unknown
  try {
    await keys.parseAsync(['selftest', ...args], { from: 'user' })
  } catch (caught) {
    error = caught
  } finally {
    spy.mockRestore()
  }
  return { out: out.join(''), error }
}

test('a good file: each name with its result, the counts at the end, no error', async () => {
  const { out, error } = await run('--vectors', written('good.json', JSON.stringify(some)))
  expect(error).toBeUndefined()
  expect(out).toBe(
    [...some.map(({ name }) => `${name} passed`), `${some.length} passed, 0 failed`, ''].join('\n'),
  )
  expect(some).toHaveLength(6)
})

test('a wrong vector: its line says what differs, the others are run, exit code 1', async () => {
  const wrong = some.map((each) => (each.name === 'sm3-empty' ? { ...each, expected: '00' } : each))
  const { out, error } = await run('--vectors', written('wrong.json', JSON.stringify(wrong)))
  expect(out).toContain('sm3-empty failed: expected: the file has 00, computed is 1AB21D83')
  expect(out).toContain('5 passed, 1 failed\n')
  expect(error).toBeInstanceOf(CommandError)
  expect(error).toMatchObject({ exitCode: 1, message: 'keys selftest: 1 failed.' })
})

test('--json: one document with the counts and each vector', async () => {
  const { out } = await run('--json', '--vectors', written('json.json', JSON.stringify(some)))
  expect(JSON.parse(out)).toMatchObject({ passed: 6, failed: 0 })
  expect(JSON.parse(out).vectors[0]).toEqual({ name: some[0]?.name, result: 'passed', detail: '' })
})

test('a name with control characters does not write on the terminal', async () => {
  const evil = some.slice(0, 1).map((each) => ({ ...each, name: 'a\u001b[2J\nb' }))
  const { out } = await run('--vectors', written('evil.json', JSON.stringify(evil)))
  expect(out).toBe('a [2J b passed\n1 passed, 0 failed\n')
})

test('without --vectors: one line of usage, exit code 2', async () => {
  const { out, error } = await run()
  expect(out).toBe('')
  expect(error).toMatchObject({ exitCode: 2, message: 'keys selftest: which vectors? Give --vectors FILE.' })
})

// biome-ignore format: one row a file
test.each([
  ['not JSON',      'name: a',                       'the file is not JSON'],
  ['not an array',  '{"name":"a"}',                  'wants an array of vectors'],
  ['no vector',     '[]',                            'holds no vector'],
  ['no name',       '[{"category":"sm3"}]',          'vector 1 has no "name"'],
  ['no answer',     '[{"name":"a","category":"b"}]', 'vector 1 has no "expected"'],
])('a file that is %s → one line, exit code 1', async (name, content, why) => {
  const path = written(`${name}.json`, content)
  const { out, error } = await run('--vectors', path)
  expect(out).toBe('')
  expect(error).toMatchObject({ exitCode: 1, message: `keys selftest: ${path}: ${why}.` })
})

test('a file that is not there → one line', async () => {
  const path = join(folder, 'missing.json')
  const { error } = await run('--vectors', path)
  expect(error).toMatchObject({ exitCode: 1, message: `keys selftest: ${path}: there is no such file.` })
})
