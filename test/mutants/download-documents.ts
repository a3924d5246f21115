import type { Mutant } from './mutant.ts'

const documents = 'test/host-link/wire/tms/documents.test.ts'
const envelope = 'test/host-link/wire/tms/envelope.test.ts'
const limits = 'test/host-link/wire/tms/limits.test.ts'

/** Bytes of the signed documents of downloads: each lets something in that must not be read (docs/download.md). */
export const downloadDocuments: readonly Mutant[] = [
  {
    id: 'documents-one-key-counts-twice',
    rule: 'T18 duplicate key under two ids',
    file: 'host-link/wire/tms/envelope.ts',
    find: 'signers.some((one) => same(one.kid, kid) || same(one.key, key))',
    replace: 'signers.some((one) => same(one.kid, kid) && same(one.key, key))',
    tests: [envelope],
    does: 'Counts a key under each of its ids.',
  },
  {
    id: 'documents-ids-in-any-order',
    rule: 'T17 duplicate key id',
    file: 'host-link/wire/tms/envelope.ts',
    find: '(signatures) => rising(signatures.map(({ headers }) => headers.kid)),',
    replace: '() => true,',
    tests: [envelope],
    does: 'Reads an envelope with one id twice.',
  },
  {
    id: 'documents-role-is-not-signed',
    rule: 'T21 role confusion',
    file: 'host-link/wire/tms/envelope.ts',
    find: 'Uint8Array.from(EDDSA), context, payload])',
    replace: 'Uint8Array.from(EDDSA), context.slice(0, 7), payload])',
    tests: [envelope],
    does: 'Signs the same bytes whatever the document is.',
  },
  {
    id: 'documents-any-algorithm',
    rule: 'T01 arbitrary installation',
    file: 'host-link/wire/tms/envelope.ts',
    find: '(head) => same(head, EDDSA)',
    replace: '(head) => head.length === EDDSA.length',
    tests: [envelope],
    does: 'Takes a signature whose header names another algorithm.',
  },
  {
    id: 'documents-unknown-keys-passed-over',
    rule: 'T03 extraneous document',
    file: 'host-link/wire/tms/shape.ts',
    find: 'read.size !== names.length + others',
    replace: 'read.size < names.length + others',
    tests: [documents],
    does: 'Reads a document with keys that nobody knows.',
  },
  {
    id: 'documents-type-is-not-read',
    rule: 'T21 role confusion',
    file: 'host-link/wire/tms/shape.ts',
    find: 'whole.get(key) !== wanted',
    replace: '!whole.has(key)',
    tests: [documents],
    does: 'Reads a document of another type as its own.',
  },
  {
    id: 'documents-numbers-without-end',
    rule: 'T20 oversize lengths',
    file: 'host-link/wire/tms/shape.ts',
    find: 'Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max',
    replace: 'Number.isSafeInteger(value) && Number(value) >= min',
    tests: [limits],
    does: 'Reads numbers above their range.',
  },
  {
    id: 'documents-blocks-of-any-size',
    rule: 'T20 oversize lengths',
    file: 'host-link/wire/tms/order.ts',
    find: '(bytes & (bytes - 1)) === 0',
    replace: 'bytes > 0',
    tests: [limits],
    does: 'Takes a block size that is no power of two.',
  },
  {
    id: 'documents-threshold-out-of-reach',
    rule: 'T12 key rotation',
    file: 'host-link/wire/tms/root.ts',
    find: 'threshold <= kids.length && ',
    replace: '',
    tests: [limits],
    does: 'Reads a root whose role can never be met.',
  },
  {
    id: 'documents-command-twice',
    rule: 'T05 rollback',
    file: 'host-link/wire/tms/order.ts',
    find: 'id > (commands[index - 1]?.id ?? -1)',
    replace: 'id >= (commands[index - 1]?.id ?? -1)',
    tests: [limits],
    does: 'Reads an order that has one command twice.',
  },
]
