import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PRELUDE } from '../../emulator/vm/prelude.ts'
import { contract } from '../../terminal/device/contract.ts'
import { TIMEOUT_MS_MAX } from '../../terminal/device/device.ts'
import { FETCH_BYTES_MAX, INBOX_BYTES_MAX } from '../../terminal/device/inbox.ts'
import { KEYS } from '../../terminal/device/keypad.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** The header as a porter finds it. */
export const CONTRACT_HEADER = join(root, 'terminal/port/contract.h')

/** A set of words of the contract: a type that is a union of string literals, by the name of its macro. */
// biome-ignore format: one row a set
const WORD_SETS: readonly (readonly [file: string, type: string, macro: string])[] = [
  ['display', 'Style',        'STYLES'        ],
  ['secure',  'MacAlgorithm', 'MAC_ALGORITHMS'],
  ['secure',  'SignOnKind',   'SIGN_ON_KINDS' ],
  ['slots',   'Place',        'PLACES'        ],
  ['inbox',   'UpTopic',      'UP_TOPICS'     ],
  ['inbox',   'DownTopic',    'DOWN_TOPICS'   ],
]

/** Text of `contract.h`: the device contract of `terminal/device` for C. Throws Error for what it cannot read there. */
export function contractHeader(): string {
  const calls = Object.entries(contract).flatMap(([peripheral, methods]) =>
    Object.entries(methods).map(([method, kind]) => ({ peripheral, method, kind })),
  )
  const rows = calls.map(
    ({ peripheral, method, kind }) => `    X(${peripheral}, ${method}, ${kind.toUpperCase()})`,
  )
  return [
    '/* The device contract for C. Made by `npm run build:native` from the files of terminal/device; do not edit. */',
    '#ifndef SHUAKA_CONTRACT_H',
    '#define SHUAKA_CONTRACT_H',
    '',
    '#include "quickjs.h"',
    '',
    '/* Each call: peripheral, method, and whether it returns its value (INSTANT) or a promise (WAITS). */',
    '#define DEVICE_CALLS(X) \\',
    rows.join(' \\\n'),
    '',
    `#define DEVICE_CALL_COUNT ${calls.length}`,
    '',
    '/* The words of the contract, in its order. */',
    words('KEYS', KEYS),
    ...WORD_SETS.map(([file, type, macro]) => words(macro, wordsOf(file, type))),
    '',
    '/* First and last code points of terminal/screen/width.ts (UAX #11): of two cells, and without a picture. */',
    ranges('WIDE_RANGES', 'wide'),
    ranges('UNDRAWABLE_RANGES', 'undrawable'),
    '',
    `#define TIMEOUT_MS_MAX ${TIMEOUT_MS_MAX}`,
    `#define INBOX_BYTES_MAX ${INBOX_BYTES_MAX}`,
    `#define FETCH_BYTES_MAX ${FETCH_BYTES_MAX}`,
    '',
    ...Object.entries(contract).flatMap(([peripheral, methods]) =>
      prototypes(peripheral, Object.keys(methods)),
    ),
    '/* Runs in the guest before the program (emulator/vm/prelude.ts). */',
    `#define PRELUDE \\\n${PRELUDE.split('\n').map(quoted).join(' \\\n')}`,
    '',
    '#endif',
    '',
  ].join('\n')
}

/** Writes the header where it is not as it should be; true when it did. */
export function writeContractHeader(): boolean {
  const text = contractHeader()
  if (textOf(CONTRACT_HEADER) === text) return false
  writeFileSync(CONTRACT_HEADER, text)
  return true
}

function prototypes(peripheral: string, methods: readonly string[]): string[] {
  const source = readFileSync(join(root, `terminal/device/${peripheral}.ts`), 'utf8')
  return methods.flatMap((method) => {
    const signature = new RegExp(`^ {2}(${method}\\(.*\\): .+)$`, 'm').exec(source)?.[1]
    if (signature === undefined)
      throw new Error(`terminal/device/${peripheral}.ts has no signature of ${method}`)
    return [`/* ${signature} */`, `JSValue ${peripheral}_${method}(JSContext *ctx, JSValueConst *argv);`, '']
  })
}

function wordsOf(file: string, type: string): string[] {
  const source = readFileSync(join(root, `terminal/device/${file}.ts`), 'utf8')
  const union = new RegExp(`^export type ${type} = (.+)$`, 'm').exec(source)?.[1]
  const found = union?.split(' | ').map((word) => /^'([^']+)'$/.exec(word)?.[1] ?? '')
  if (found === undefined || found.includes(''))
    throw new Error(`terminal/device/${file}.ts: ${type} is no list of words`)
  return found
}

function words(macro: string, list: readonly string[]): string {
  return `#define ${macro} ${list.map((word) => `"${word}"`).join(', ')}`
}

/** A table of ranges of `width.ts`, which a device draws by too. */
function ranges(macro: string, table: string): string {
  const source = readFileSync(join(root, 'terminal/screen/width.ts'), 'utf8')
  const rows = new RegExp(`^const ${table}:.* = \\[\\n([\\s\\S]*?)^\\]`, 'm').exec(source)?.[1]
  const found = rows?.match(/\[0x[0-9a-f]+, 0x[0-9a-f]+\]/g) ?? []
  if (found.length === 0) throw new Error(`terminal/screen/width.ts has no ranges named ${table}`)
  return `#define ${macro} ${found.map((range) => range.replace('[', '{').replace(']', '}')).join(', ')}`
}

function quoted(line: string): string {
  return `    "${line.replace(/[\\"]/g, '\\$&')}\\n"`
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // not there yet
  }
}
