import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { parseProvision, readCards, readProvision } from '../../scripts/provision.ts'
import { makeTerminalSetup, prepare } from '../../scripts/terminal-setup.ts'
import { rootEnvelope } from '../rig/tms-root.ts'

const folder = mkdtempSync(join(tmpdir(), 'shuaka-tms-'))
afterAll(() => rmSync(folder, { recursive: true }))
const demo = (name: string): string => fileURLToPath(new URL(`../../scripts/demo/${name}`, import.meta.url))
const mall = JSON.parse(readFileSync(demo('mall.json'), 'utf8'))
const file = join(folder, 'mall.json')

const root = rootEnvelope()
const hex = Buffer.from(root).toString('hex')
const PASSWORD = 'correct horse'
const tms = { url: 'mqtt://broker.example:1883', tenant: 'acme', password: PASSWORD, root: hex }

/** What the file is, or what is wrong with it. */
function read(value: object) {
  try {
    return parseProvision({ ...mall, tms: value }, file).tms
  } catch (error) {
    return error instanceof Error ? error.message.replace(folder, '') : error
  }
}

test('a provisioning file without tms has no download service', () => {
  expect(readProvision(demo('mall.json')).tms).toBeUndefined()
})

test('tms: address, tenant, password and root; objects where there is a second source', () => {
  const read_ = read({ ...tms, objects: 'https://broker.example/objects' })
  expect(read_).toEqual({
    ...{ url: tms.url, tenant: 'acme', root, objects: 'https://broker.example/objects' },
    password: new Uint8Array(Buffer.from(PASSWORD)),
  })
})

test.each(['http://127.0.0.1:8100', 'http://localhost', 'http://[::1]:8100/a'])(
  'objects over plain HTTP on this machine alone: %s',
  (objects) => {
    expect(read({ ...tms, objects })).toMatchObject({ objects })
  },
)

test.each([
  ['bytes', root],
  ['hex with a line end', `${hex}\n`],
])('the root may stand in a file beside it, as %s', (_, content) => {
  writeFileSync(join(folder, 'one.root'), content)
  expect(read({ ...tms, root: 'one.root' })).toMatchObject({ root })
})

// biome-ignore format: one row a fault
test.each([
  [{ ...tms, url: 'http://broker.example' },        /tms\.url: wants an address mqtt:/],
  [{ ...tms, url: 'mqtt://name:word@broker' },      /tms\.url: wants an address mqtt:/],
  [{ ...tms, tenant: 'Acme' },                      /tms\.tenant: wants 1 to 16 of a-z/],
  [{ ...tms, password: 'short' },                   /tms\.password: wants 8 to 64 ASCII/],
  [{ ...tms, objects: 'https://broker.example/' },  /tms\.objects: wants an address https:/],
  [{ ...tms, objects: 'http://broker.example' },    /tms\.objects: wants an address https:/],
  [{ ...tms, objects: 'http://127.0.0.1.example' }, /tms\.objects: wants an address https:/],
  [{ ...tms, objects: 'http://localhost:80@evil' }, /tms\.objects: wants an address https:/],
  [{ ...tms, root: 'not.there' },                   /tms\.root: not\.there: there is no such file/],
  [{ ...tms, root: hex.slice(2) },                  /tms\.root: it is no root document/],
  [{ ...tms, root: Buffer.from(rootEnvelope('acme', 2)).toString('hex') }, /tms\.root: it is not root document 1/],
  [{ ...tms, more: 1 },                             /tms: "more" is not a property here/],
] as const)('%# a fault is one sentence with its place, and never the password', (value, message) => {
  expect(read(value)).toMatch(message)
  expect(read(value)).not.toContain(PASSWORD)
})

const options = { dialect: 'cup', device: 'standard', locale: 'zh', engine: 'v8', bundle: '' } as const
const cards = readCards(demo('cards.json'))
const withTms = parseProvision({ ...mall, tms }, file)

test('a terminal of such a file knows its service and whom it trusts; --tms is another address, --tms-ca its CA', () => {
  const setup = makeTerminalSetup(withTms, cards, options)
  expect(setup.setup.update).toEqual({ tenant: 'acme', root })
  expect(setup.tms).toEqual({ url: tms.url, tenant: 'acme', password: new Uint8Array(Buffer.from(PASSWORD)) })
  const ca = fileURLToPath(new URL('../rig/tls/cert.pem', import.meta.url))
  const other = makeTerminalSetup(withTms, cards, { ...options, tms: 'mqtts://other:8883', tmsCa: ca })
  expect(other.tms).toMatchObject({ url: 'mqtts://other:8883', ca: readFileSync(ca, 'utf8') })
})

test('--tms for a file without tms → one sentence; neither → no service and nobody trusted', () => {
  const bare = parseProvision(mall, file)
  expect(() => makeTerminalSetup(bare, cards, { ...options, tms: 'mqtt://h:1' })).toThrow(
    /--tms and --tms-ca want "tms" with tenant, password and root in the provisioning file/,
  )
  const setup = makeTerminalSetup(bare, cards, options)
  expect([setup.tms, setup.setup.update]).toEqual([undefined, undefined])
})

test('--engine v8 for a file with tms → refused with one sentence: it could not run what is downloaded', async () => {
  writeFileSync(file, JSON.stringify({ ...mall, tms }))
  const given = { ...options, provision: file, cards: demo('cards.json') }
  await expect(prepare(given)).rejects.toThrow(/--engine v8 runs the program built in and no other/)
})
