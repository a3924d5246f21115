import { posix } from 'node:path'
import { type Finding, lineAt, type Source } from './source.ts'

/** 'nothing': no package at all; 'packages': npm packages; 'node': also Node's own modules. */
type Outside = 'nothing' | 'packages' | 'node'

interface Room {
  readonly path: string
  readonly mayImport: readonly string[] | 'all'
  readonly outside: Outside
}

const pure = ['terminal', 'host-link/wire', 'keys', 'host-link/channel'] as const
const emulated = ['emulator/device', 'emulator/vm', 'emulator/engine.ts', 'emulator/virtual-time.ts'] as const
const terminals = [...emulated, 'emulator/boot.ts', 'emulator/machine.ts', 'emulator/scenario'] as const

/**
 * Who may import whom (ARCHITECTURE.md, import table). A file belongs to the room with the longest matching path; a
 * room may always import itself.
 */
// biome-ignore format: one row a room
export const rooms: readonly Room[] = [
  room('host-link/wire',      [],                                                                'nothing' ),
  room('page',                [],                                                                'nothing' ),
  room('keys',                ['host-link/wire'],                                                'packages'),
  room('keys/station',        'all',                                                             'node'    ),
  room('keys/station/page',   [...pure, 'keys/station', 'page'],                                 'packages'),
  room('terminal',            ['host-link/wire'],                                                'nothing' ),
  room('host-link/channel',   pure,                                                              'packages'),
  room('host-link/host',      pure,                                                              'packages'),
  room('host-link/host/node', 'all',                                                             'node'    ),
  room('host-link/host/page', [...pure, 'host-link/host', 'page'],                               'packages'),
  room('host-link/tms',       pure,                                                              'packages'),
  room('host-link/tms/node',  'all',                                                             'node'    ),
  room('host-link/tms/page',  [...pure, 'host-link/tms', 'page'],                                'packages'),
  room('host-link/transport', 'all',                                                             'node'    ),
  room('emulator',            [...pure, ...terminals],                                           'packages'),
  room('emulator/scenario',   [...pure, 'emulator/device'],                                      'nothing' ),
  room('emulator/simulator',  [...pure, ...terminals, 'host-link/host'],                         'packages'),
  room('emulator/page',       [...pure, ...terminals, 'host-link/host', 'host-link/transport'],  'packages'),
  room('emulator/console',    'all',                                                             'node'    ),
  room('emulator/native',     'all',                                                             'node'    ),
  room('scripts',             'all',                                                             'node'    ),
  room('test',                'all',                                                             'node'    ),
]

function room(path: string, mayImport: readonly string[] | 'all', outside: Outside): Room {
  return { path, mayImport, outside }
}

const inside = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

function roomOf(path: string): Room | undefined {
  return rooms
    .filter((candidate) => inside(path, candidate.path))
    .sort((a, b) => b.path.length - a.path.length)[0]
}

/** Imports that climb a wall of the table. */
export function walls(file: Source): Finding[] {
  const from = roomOf(file.path)
  if (from === undefined) return []
  const found: Finding[] = []
  for (const { specifier, index } of imports(file)) {
    const why = refusal(file, from, specifier)
    if (why !== undefined) found.push({ path: file.path, line: lineAt(file.text, index), what: why })
  }
  return found
}

function refusal(file: Source, from: Room, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) {
    if (from.outside === 'nothing')
      return `imports ${specifier}; ${from.path} may use no package: have it handed in`
    if (from.outside === 'packages' && specifier.startsWith('node:'))
      return `imports ${specifier}; ${from.path} may not use Node: have it handed in`
    return undefined
  }
  const target = posix.join(posix.dirname(file.path), specifier.replace(/\?.*$/, ''))
  const to = roomOf(target)
  if (to === undefined || to.path === from.path) return undefined
  const test = inside(target, 'test')
  const allowed =
    from.mayImport === 'all' ? !test || from.path === 'test' : reaches(from.mayImport, target, to)
  return allowed
    ? undefined
    : `imports ${target}; ${from.path} may not import ${to.path}: move it or hand it in`
}

/** `keys` in the list does not open `keys/station`: a room of its own must be named itself. */
function reaches(list: readonly string[], target: string, to: Room): boolean {
  return list.some((entry) => inside(target, entry) && to.path.length <= entry.length)
}

interface Import {
  readonly specifier: string
  readonly index: number
}

/** Specifiers of `import … from`, `export … from`, `import '…'` and `import('…')`. */
export function imports(file: Source): Import[] {
  const pattern = /(?:\bfrom|\bimport\s*\(?)\s*(['"])([^'"\n]+)\1/g
  const found: Import[] = []
  for (const match of file.bare.matchAll(pattern)) {
    // `from` inside a string is text: the code without strings has no keyword there.
    const keyword = match[0].startsWith('from') ? 'from' : 'import'
    if (!file.code.startsWith(keyword, match.index) || match[2] === undefined) continue
    found.push({ specifier: match[2], index: match.index })
  }
  return found
}
