import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sentence } from '../../scripts/command-error.ts'

const thrown = (act: () => unknown): unknown => {
  try {
    return act()
  } catch (error) {
    return error
  }
}

test('an error of the system → what it was about and its cause in words', () => {
  expect(sentence(thrown(() => readFileSync('none.json')))).toBe('none.json: there is no such file.')
  expect(sentence(thrown(() => readFileSync('.')))).toMatch(/it is a folder, not a file\.$/)
  const busy = Object.assign(new Error('listen'), { code: 'EADDRINUSE', address: '127.0.0.1', port: 8080 })
  expect(sentence(busy)).toBe('127.0.0.1:8080: the port is in use.')
})

test('any other error → one line that ends with a full stop', () => {
  expect(sentence(new Error('wrong\n  twice'))).toBe('wrong twice.')
  expect(sentence(new Error('right.'))).toBe('right.')
  expect(sentence('text')).toBe('text.')
  expect(sentence(Object.assign(new Error('odd'), { code: 'toString' }))).toBe('odd.')
})
