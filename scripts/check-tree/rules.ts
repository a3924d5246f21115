import { type Finding, findings, type Source } from './source.ts'

/** Code lines that a file may have: beyond, it holds two ideas. */
export const CODE_LINES_MAX = 350

export type Rule = (file: Source, tree: readonly Source[]) => Finding[]

const isScript = (path: string): boolean => /\.(ts|tsx|mjs|js)$/.test(path)
const isTest = (path: string): boolean => /^test\/.*\.test\.ts$/.test(path)
const under = (path: string, ...folders: string[]): boolean =>
  folders.some((folder) => path.startsWith(`${folder}/`))

/** `declare` makes the compiler believe in what is not there. Only an untyped package may be declared. */
export const ambient: Rule = ({ path, code }) =>
  isScript(path)
    ? findings(
        path,
        code,
        /^[ \t]*(export[ \t]+)?declare[ \t]+(?!module[ \t]*['"])\w+/gm,
        (match) => `${match}: an ambient declaration climbs the wall; have it handed in`,
      )
    : []

/** Brands are made where they are checked. */
export const brands: Rule = ({ path, code }, tree) => {
  if (!isScript(path) || path === 'host-link/wire/values.ts') return []
  const values = tree.find((file) => file.path === 'host-link/wire/values.ts')?.code ?? ''
  const names = Array.from(values.matchAll(/export type (\w+) = Brand</g), (match) => match[1] ?? '')
  if (names.length === 0) return []
  return findings(
    path,
    code,
    new RegExp(`\\bas\\s+(${names.join('|')})\\b(?!\\s*[,}])`, 'g'),
    (match) => `${match}: use ${match.replace(/\s+/, '')}(…) of host-link/wire/values.ts, which checks`,
  )
}

const UNFINISHED = ['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')

/** Nothing unfinished is committed. */
export const words: Rule = ({ path, text }) =>
  findings(
    path,
    text,
    new RegExp(`\\b(${UNFINISHED})\\b`, 'g'),
    (match) => `${match}: finish it or open an issue`,
  )

export const size: Rule = ({ path, bare }) => {
  if (!isScript(path)) return []
  const lines = bare.split('\n').filter((line) => line.trim() !== '').length
  return lines > CODE_LINES_MAX
    ? [{ path, line: 1, what: `${lines} lines of code, ${CODE_LINES_MAX} at most: split it by its ideas` }]
    : []
}

/** The application is a function of its inputs (ARCHITECTURE.md, contract 4), and of what QuickJS has right. */
export const globals: Rule = ({ path, code }) => {
  if (!isScript(path)) return []
  const everywhere = /\bMath\s*\.\s*random\b|\bDate\s*\.\s*now\b|\bnew\s+Date\s*\(\s*\)/g
  const device =
    /\bDate\b|\bMath\s*\.\s*random\b|\bset(Timeout|Interval|Immediate)\b|\basU?intN\b|\btoLocale\w*|\bIntl\b/g
  if (under(path, 'terminal', 'host-link/wire') || (under(path, 'keys') && !under(path, 'keys/station')))
    return findings(
      path,
      code,
      device,
      (match) => `${match}: not here; time, chance and words come from the device`,
    )
  const core =
    under(path, 'emulator/device', 'emulator/vm', 'emulator/scenario', 'emulator/simulator') ||
    (under(path, 'host-link/host') && !under(path, 'host-link/host/node')) ||
    (under(path, 'host-link/tms') && !under(path, 'host-link/tms/node', 'host-link/tms/page'))
  if (core)
    return findings(
      path,
      code,
      everywhere,
      (match) => `${match}: not here; have a clock or a source handed in`,
    )
  return []
}

const MACHINE = ['work', 'home', 'root', 'Users', 'tmp'].join('|')

/** The project stands alone: no path of somebody's machine. */
export const machinePaths: Rule = ({ path, text }) =>
  findings(
    path,
    text,
    new RegExp(`(?<![\\w.~)\\]-])/(${MACHINE})/[\\w.]`, 'g'),
    (match) =>
      `${match}…: a path of one machine; use a relative one or the system's folder for temporary files`,
  )

/** Modules are imported where they are, and checked as they are. */
export const modules: Rule = ({ path, code, text }) => {
  if (!isScript(path)) return []
  const statements = code.split(/\n(?=\S)/).filter((statement) => statement.trim() !== '')
  const barrel = statements.length > 0 && statements.every((part) => /^export\b[^=(]*\bfrom\b/.test(part))
  return [
    ...(barrel ? [{ path, line: 1, what: 'only passes names on: import them from where they are' }] : []),
    ...findings(path, code, /\bexport\s*\*/g, () => 'export *: name what is exported'),
    ...findings(path, text, /@ts-(ignore|nocheck)\b(?=[^'"|)\n]*$)/gm, (match) => `${match}: mend the type`),
  ]
}

/** Each test asserts, and each test runs. */
export const tests: Rule = ({ path, code }) => {
  if (!isTest(path)) return []
  // `sees`, `shows` and `logs` are a browser's or console's `expect`, which waits.
  const asserting = new Set(['expect', 'assert', 'sees', 'shows', 'logs'])
  for (const match of code.matchAll(/(?:function\s+|const\s+)(\w+)[^\n]*/g)) {
    const body = block(code, match.index)
    if (match[1] !== undefined && /\b(expect|assert)\b/.test(body)) asserting.add(match[1])
  }
  for (const match of code.matchAll(/\b(?:expect|assert|check|verify)[A-Z]\w*/g)) asserting.add(match[0])
  const found = findings(
    path,
    code,
    /\b(?:test|it|describe|suite)\.(?:skip|only|todo|fails)\b/g,
    (match) => `${match}: every test runs`,
  )
  const called = new RegExp(`\\b(${[...asserting].join('|')})\\b`)
  for (const match of code.matchAll(/^[ \t]*(?:test|it)(?:\.\w+)*\s*[(`]/gm)) {
    if (called.test(block(code, match.index))) continue
    found.push(
      ...findings(
        path,
        code.slice(0, match.index + match[0].length),
        /[^\s(]+\s*[(`]$/g,
        () => 'this test asserts nothing',
      ),
    )
  }
  return found
}

/** From `from` to the next line that is indented no deeper, which closes what stands there. */
function block(code: string, from: number): string {
  const start = code.lastIndexOf('\n', from) + 1
  const lines = code.slice(start).split('\n')
  const indent = /^\s*/.exec(lines[0] ?? '')?.[0].length ?? 0
  const end = lines.findIndex(
    (line, index) =>
      index > 0 &&
      line.trim() !== '' &&
      (/^\s*/.exec(line)?.[0].length ?? 0) <= indent &&
      !/^\s*[)}\]]/.test(line),
  )
  return lines.slice(0, end < 0 ? lines.length : end).join('\n')
}
