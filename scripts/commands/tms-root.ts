import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { RootView } from '../../host-link/tms/api-releases.ts'
import { type Column, tableText, timeText } from '../tms-output.ts'
import { addApiCommand, noun } from './tms-options.ts'

const columns: readonly Column<RootView>[] = [
  ['号 number', ({ version }) => version],
  ['制作 made', ({ created }) => timeText(created)],
  ['到期 expires', ({ expires }) => timeText(expires)],
  [
    '密钥 keys',
    ({ keys }) => keys.map(({ role, threshold, kids }) => `${role} ${threshold}/${kids.length}`).join(', '),
  ],
  ['指令 director', ({ knows }) => knows.director],
  ['参数 parameters', ({ knows }) => knows.parameters],
]

/** `shuaka tms root`. */
export function addTmsRoot(tms: Command): void {
  const root = noun(tms, 'root', '信任根', 'root documents that follow the factory’s')
  addApiCommand(root, {
    ...{
      call: 'roots',
      usage: 'list',
      summary: 'all of them, and whether each knows the keys of this service',
    },
    words: (roots) => tableText(roots, columns),
  })
  addApiCommand(root, {
    ...{ call: 'addRoot', usage: 'add <file>', summary: 'the next one, signed; terminals are told of it' },
    input: ([file = '']) => ({ bytes: new Uint8Array(readFileSync(file)) }),
    words: (view) => tableText([view], columns),
  })
}
