import { execFileSync } from 'node:child_process'
import { CommandError } from '../command-error.ts'

/** Unix seconds of `2028-12-31` (its first second, UTC), `2028-12-31T08:00:00Z` or a count of seconds. CommandError. */
export function secondsOf(text: string, option: string): number {
  if (/^[0-9]{1,11}$/.test(text)) return Number(text)
  const iso = /^\d{4}-\d\d-\d\d$/.test(text)
    ? `${text}T00:00:00Z`
    : /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)
      ? text
      : ''
  const seconds = Date.parse(iso) / 1000
  // Date.parse rolls 2027-02-30 over to March: what comes back must be what was said.
  if (Number.isInteger(seconds) && new Date(1000 * seconds).toISOString().startsWith(iso.slice(0, 19)))
    return seconds
  throw new CommandError(`release: ${option} wants a date like 2028-12-31 or 2028-12-31T08:00:00Z.`, 2)
}

/** `2028-12-31T08:00:00Z`. */
export function timeText(seconds: number): string {
  return seconds > 8_640_000_000_000
    ? `${seconds} s`
    : new Date(1000 * seconds).toISOString().replace('.000', '')
}

/**
 * The time that a build says it was made: SOURCE_DATE_EPOCH (reproducible-builds.org), else that of the commit that is
 * checked out. CommandError where there is neither.
 */
export function sourceSeconds(folder: string, environment = process.env): number {
  const given = environment.SOURCE_DATE_EPOCH
  if (given !== undefined) {
    if (/^[0-9]{1,11}$/.test(given)) return Number(given)
    throw new CommandError('release: SOURCE_DATE_EPOCH wants a count of seconds.', 2)
  }
  const text = git(folder, ['log', '-1', '--format=%ct'])
  if (text !== undefined && /^[0-9]+$/.test(text)) return Number(text)
  throw new CommandError('release: there is no commit to take the time from; give --created.', 2)
}

/** The commit that is checked out, with `+` where a file that the bundle is made of differs from it; undefined: no repository. */
export function commitOf(folder: string, paths: readonly string[]): string | undefined {
  const commit = git(folder, ['rev-parse', 'HEAD'])
  if (commit === undefined) return undefined
  return git(folder, ['status', '--porcelain', '--', ...paths]) === '' ? commit : `${commit}+`
}

function git(folder: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', [...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return undefined // no git, or no repository
  }
}
