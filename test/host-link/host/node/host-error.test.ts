import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { cannotListen, causeOf } from '../../../../host-link/host/node/host-error.ts'

test('causeOf: a code of the system → words; anything else → its own text', () => {
  const of = (code: string) => causeOf(Object.assign(new Error(`${code}: raw`), { code }))
  expect(of('ENOENT')).toBe('there is no such file')
  expect(of('EADDRNOTAVAIL')).toBe('it is no address of this machine')
  expect(of('toString')).toBe('toString: raw')
  expect(causeOf(new Error('odd'))).toBe('odd')
  expect(causeOf('text')).toBe('text')
  expect(() => readFileSync('.')).toThrow(
    expect.toSatisfy((error) => causeOf(error).startsWith('it is a folder')),
  )
})
test('cannotListen → address and cause; an IPv6 address in brackets', () => {
  const error = Object.assign(new Error('raw'), { code: 'EADDRINUSE' })
  expect(cannotListen('127.0.0.1', 80, error)).toBe('127.0.0.1:80: cannot listen there, the port is in use')
  expect(cannotListen('::1', 80, error)).toBe('[::1]:80: cannot listen there, the port is in use')
})
