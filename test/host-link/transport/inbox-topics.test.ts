import { expect, test } from 'vitest'
import { inboxTopics, SHARDS, shardOf } from '../../../host-link/transport/inbox-topics.ts'

test('topics of a terminal: tenant, shard of two digits, serial number', () => {
  // SHA-256('SK000001') begins with EB: 235 modulo 64 is 43
  const topics = inboxTopics('acme', 'SK000001')
  expect([topics.up('hello'), topics.down('blk'), topics.on]).toEqual([
    't/acme/43/SK000001/up/hello',
    't/acme/43/SK000001/dn/blk',
    't/acme/43/SK000001/up/on',
  ])
})

test('serial numbers spread over all shards', () => {
  const seen = new Set(Array.from({ length: 2_000 }, (_, at) => shardOf(`SK${at}`)))
  expect(seen.size).toBe(SHARDS)
})

test.each([
  ['', 'SK1'],
  ['A', 'SK1'],
  ['a/b', 'SK1'],
  ['+', 'SK1'],
  ['a23456789012345678', 'SK1'],
  ['acme', ''],
  ['acme', 'SK/1'],
  ['acme', '#'],
  ['acme', '+'],
  ['acme', '刷卡'],
  ['acme', 'S'.repeat(21)],
])('tenant “%s” with serial number “%s” would reach into other topics → RangeError', (tenant, serial) => {
  expect(() => inboxTopics(tenant, serial)).toThrow(RangeError)
})
