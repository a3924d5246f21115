import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { sqliteStore } from '../../../../host-link/host/node/sqlite-store.ts'
import { converse, deskOn, elementIn, ID, saleWith, signOnWith } from '../remote-rig.ts'
import { terminalNumbered } from '../rig.ts'

const victim = new URL('./key-victim.ts', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'shuaka-key-kill-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Commits of a loading: sent, proven, confirmed. */
const COMMITS = 3

function killed(
  books: string,
  element: string,
  commit: number,
  when: 'before' | 'after',
): Promise<string | null> {
  const args = ['--import', 'tsx', victim, books, element, String(commit), when]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  return new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)))
}

/** What another host finds on these books: a sign-on and a sale, then the loading to its end, then both again. */
async function look(books: string, file: string, commit: number) {
  const store = sqliteStore(books, { secretCheck: '00000000' })
  const element = elementIn(file)
  const desk = deskOn(store, [terminalNumbered(ID)], 100 + commit)
  const terminal = desk.rig.terminal()
  terminal.trace = 100
  const first = [await signOnWith(element, terminal), await saleWith(element, terminal)]
  const open = (await store.keyOrders()).length > 0
  const over = (await converse(desk, element, { seed: 100 })).hostOver
  const last = [await signOnWith(element, terminal), await saleWith(element, terminal)]
  const [keys] = await store.masterKeys()
  await store.close()
  return {
    ...{ first, last, loading: [open, over] },
    same: keys?.current.checkValue === element.checks().master && keys?.previous === undefined,
  }
}

it('the host is killed (kill -9) before and after each commit of a loading → never without a key, and both sides agree after it', async () => {
  await Promise.all(
    (['before', 'after'] as const).map(async (when) => {
      for (let commit = 0; commit < COMMITS; commit++) {
        const name = `commit ${commit}, ${when}`
        const [books, file] = [join(folder, `${name}.db`), join(folder, `${name}.keys`)] as const
        expect(await killed(books, file, commit, when), name).toBe('SIGKILL')
        const ordered = commit === 0 || (commit === 1 && when === 'before')
        expect(await look(books, file, commit), name).toEqual({
          ...{ first: ['ok', '00'], last: ['ok', '00'], same: true },
          loading: ordered ? [true, 'confirmed'] : [false, 'refused'],
        })
      }
    }),
  )
})
