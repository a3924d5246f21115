import { programOf } from '../../host-link/tms/payload.ts'
import { CommandError } from '../command-error.ts'
import { basesOf, cleanComponents } from './build.ts'
import { secondsOf } from './dates.ts'
import { loadFile, loadRoot } from './signed-file.ts'
import { type Finding, hexes, payloadFindings, releaseFindings, rootFindings, sha256 } from './verify.ts'

export interface VerifyCommand {
  readonly root: readonly string[]
  readonly base?: readonly string[]
  readonly at?: string
  readonly rebuild?: boolean
  readonly json?: boolean
}

export interface VerifyReport {
  readonly file: string
  readonly good: boolean
  readonly findings: readonly Finding[]
}

/** `shuaka release verify`: everything that was looked at. Throws CommandError or FileFault. */
export async function releaseVerify(
  path: string,
  options: VerifyCommand,
  nowSeconds = Math.floor(Date.now() / 1000),
): Promise<VerifyReport> {
  const at = options.at === undefined ? nowSeconds : secondsOf(options.at, '--at')
  const loaded = loadFile(path)
  const roots = options.root.map((each) => ({ path: each, ...loadRoot(each) }))
  if (loaded.kind === 'root') roots.push({ path, file: loaded.file, root: loaded.root })
  const findings = rootFindings(roots, at)
  const newest = roots[roots.length - 1]
  if (newest === undefined) throw new CommandError('release verify: --root names the root of the devices.', 2)
  if (loaded.kind === 'release') {
    const { file, release } = loaded
    const bases = (await basesOf(options.base ?? [])).map(({ program }) => program)
    findings.push(...releaseFindings(path, file, release, newest.root.root, at))
    findings.push(...(await payloadFindings(path, release, bases)))
    if (options.rebuild === true) findings.push(await rebuilt(path, hexes([release.manifest.program.hash])))
  }
  return { file: path, good: findings.every(({ good }) => good), findings }
}

/** Whether this checkout makes the same program: what a second signer looks at before signing. */
async function rebuilt(path: string, wanted: string): Promise<Finding> {
  const own = hexes([sha256(programOf(await cleanComponents()))])
  const text = own === wanted ? 'this checkout builds the same program' : `this checkout builds ${own}`
  return { good: own === wanted, text: `${path}: ${text}` }
}

/** For a person: what is wrong is marked, so that nobody overlooks it. */
export function verifyText({ file, good, findings }: VerifyReport): string {
  const lines = findings.map((each) => `${each.good ? 'good  ' : 'WRONG '}${each.text}\n`)
  const wrong = findings.filter((each) => !each.good).length
  return `${lines.join('')}${file}: ${good ? 'terminals take it' : `${wrong} wrong or missing: terminals refuse it`}\n`
}
