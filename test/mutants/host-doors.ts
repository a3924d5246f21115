import type { Mutant } from './mutant.ts'

const answers = 'test/host-link/host/page/answers.test.ts'
const answersMore = 'test/host-link/host/page/refused.test.ts'

/** Looks that wait for each other, and what of the host's files others may see. */
// biome-ignore format: one row a mutant
export const hostDoors: readonly Mutant[] = [
  row('look-waits-for-look', 'one connection a look', 'host-link/host/node/clearing-postgres.ts', 'return look === undefined || look.over', 'return look === undefined || !look.over', answers, 'Needs a second connection for each look at the clearing page.'),
  row('page-hidden-file', 'no hidden files', 'host-link/host/node/page-server.ts', "if (isHidden(pathname)) throw", "if (pathname === '/.') throw", answers, 'Serves hidden files of its folder.'),
  row('page-hidden-written', 'no hidden files', 'scripts/page-guard.ts', 'test(decodeURIComponent(pathname))', 'test(pathname)', answers, 'Serves a hidden file whose dot is written as %2e.'),
  row('secret-of-others', 'the secret is its owner’s', 'host-link/host/node/secret-file.ts', '.mode & 0o077) !== 0', '.mode & 0o007) !== 0', 'test/host-link/host/node/sqlite-store.test.ts', 'Takes a secret that the group can read.'),
]

function row(
  id: string,
  rule: string,
  file: string,
  find: string,
  replace: string,
  test: string,
  does: string,
): Mutant {
  return { id, rule, file, find, replace, tests: test === answers ? [answers, answersMore] : [test], does }
}
