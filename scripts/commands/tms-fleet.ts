import type { Command } from 'commander'
import type { GroupView, TerminalRow } from '../../host-link/tms/api-terminals.ts'
import { downloadLine } from '../../host-link/tms/report.ts'
import { CommandError } from '../command-error.ts'
import { type Column, detailText, tableText, timeText } from '../tms-output.ts'
import { textOfFile } from '../tms-plan.ts'
import {
  type ApiCommandOptions,
  addApiCommand,
  collect,
  foot,
  type ListOptions,
  lister,
  listOptions,
  noun,
} from './tms-options.ts'

const fleetColumns: readonly Column<TerminalRow>[] = [
  ['序列号 serial', ({ serial }) => serial],
  ['型号 model', ({ model }) => model],
  ['商户 merchant', ({ merchant }) => merchant],
  ['门店 store', ({ store }) => store],
  ['终端 tid', ({ terminalId }) => terminalId],
  ['在线 online', ({ online }) => online],
  [
    '版本 version',
    ({ version, wantedVersion }) =>
      wantedVersion === undefined || wantedVersion === version
        ? version
        : `${version ?? ''} → ${wantedVersion}`,
  ],
  [
    '下载 download',
    ({ download }) =>
      download === undefined || download.state === 'empty'
        ? ''
        : downloadLine({ ...download, download: download.state }),
  ],
  [
    '参数 parameters',
    ({ parameters }) =>
      `${parameters.upToDate ? '' : '≠ '}${parameters.reported ?? ''}${parameters.drift > 0 ? `, ${parameters.drift} drift` : ''}`,
  ],
  ['最后 last seen', ({ lastSeen }) => timeText(lastSeen)],
]

/** `shuaka tms terminal`. */
export function addTmsTerminal(tms: Command): void {
  const terminal = noun(tms, 'terminal', '终端', 'the fleet: list, data, import')
  addApiCommand<'terminals', ListOptions>(terminal, {
    ...{ call: 'terminals', usage: 'list', summary: 'the fleet, by a filter' },
    options: (command) =>
      listOptions(command)
        .option('--filter <text>', 'like: model = A8 and not online = yes')
        .option('--group <name>', 'those of a group'),
    input: (_, options) => ({ query: { ...lister(options), filter: options.filter, group: options.group } }),
    words: (page) => tableText(page.rows, fleetColumns, foot(page)),
  })
  addExport(terminal)
  addApiCommand(terminal, {
    ...{ call: 'filterWords', usage: 'words', summary: 'the words of filters' },
    words: (words) =>
      tableText(words, [
        ['词 word', ({ word }) => word],
        ['中文', ({ zh }) => zh],
        ['例 example', ({ example }) => example],
      ]),
  })
  addApiCommand(terminal, {
    ...{ call: 'terminal', usage: 'show <serial>', summary: 'all that is known of one terminal' },
    input: ([path]) => ({ ...(path !== undefined && { path }) }),
    words: detailText,
  })
  addApiCommand<'terminalEvents', ListOptions>(terminal, {
    ...{
      call: 'terminalEvents',
      usage: 'events <serial>',
      summary: 'what it said and what was done, newest first',
    },
    options: (command) => command.option('--limit <n>', 'rows, 1 to 500 (default: 100)'),
    input: ([path = ''], { limit }) => ({ path, query: { limit } }),
    words: (events) =>
      tableText(events, [
        ['时间 time', ({ time }) => timeText(time)],
        ['类 kind', ({ kind }) => kind],
        ['内容 text', ({ text }) => text],
      ]),
  })
  addChanges(terminal)
}

function addExport(terminal: Command): void {
  const command = terminal
    .command('export')
    .allowExcessArguments(false)
    .summary('the fleet as CSV, all of it or by a filter')
    .description('The fleet 终端 as CSV, all of it or by a filter: what each is, runs and was to run.')
    .option('--filter <text>', 'like: model = A8 and not online = yes')
    .option('--group <name>', 'those of a group')
    .option('--url <address>', 'where the service is', 'http://127.0.0.1:8100')
    .option('--token-file <file>', 'file of the token (default: SHUAKA_TMS_TOKEN has it)')
  command.action(async () => {
    const options = command.optsWithGlobals<ListOptions & ApiCommandOptions>()
    const { tmsClient } = await import('../tms-client.ts')
    const { exportFleet } = await import('../tms-export.ts')
    const { print } = await import('../tms-output.ts')
    await exportFleet(tmsClient(options), options, print)
  })
}

interface DataOptions {
  readonly model?: string
  readonly set?: readonly string[]
  readonly reason: string
}

function addChanges(terminal: Command): void {
  const withData = (command: Command): Command =>
    command.option('--set <name=value>', 'its data, as merchant=8981… store=0001; once for each', collect)
  addApiCommand<'addTerminal', DataOptions>(terminal, {
    ...{
      call: 'addTerminal',
      usage: 'add <serial>',
      summary: 'a new terminal; prints its password for the broker, once',
    },
    options: (command) => withData(command.requiredOption('--model <model>', 'its model')),
    input: ([serial], { model, set }) => ({ body: { ...dataOf(set), serial, model } }),
    words: ({ row, password }) => `${row.serial}  ${password}\n`,
  })
  addApiCommand<'changeTerminal', DataOptions>(terminal, {
    ...{
      call: 'changeTerminal',
      usage: 'change <serial>',
      summary: 'changes its data; its parameters follow',
    },
    options: withData,
    input: ([path = ''], { set }) => ({ path, body: dataOf(set) }),
    words: ({ asset }) => detailText(asset),
  })
  for (const [call, usage, summary] of [
    [
      'retireTerminal',
      'retire <serial>',
      'takes it out of service: nothing is taken from it any more; it is cut off, by mosquitto after tms acl and SIGHUP',
    ],
    ['restoreTerminal', 'restore <serial>', 'takes it into service again'],
  ] as const)
    addApiCommand<typeof call, DataOptions>(terminal, {
      ...{ call, usage, summary },
      options: (command) => command.requiredOption('--reason <text>', 'why, for the audit'),
      input: ([path = ''], { reason }) => ({ path, body: { reason } }),
      words: ({ row }) => `${row.serial}  ${row.status}\n`,
    })
  addApiCommand<'resetTerminal', DataOptions>(terminal, {
    ...{
      call: 'resetTerminal',
      usage: 'password <serial>',
      summary:
        'a new password for the broker; prints it, once; mosquitto goes by it after tms acl and SIGHUP',
    },
    options: (command) => command.requiredOption('--reason <text>', 'why, for the audit'),
    input: ([path = ''], { reason }) => ({ path, body: { reason } }),
    words: ({ row, password }) => `${row.serial}  ${password}\n`,
  })
  addApiCommand(terminal, {
    ...{
      call: 'importTerminals',
      usage: 'import <file>',
      summary: 'terminals of a CSV file; the first line names the columns; - is standard input',
    },
    input: ([file = '']) => ({ body: { csv: textOfFile(file) } }),
    words: ({ added, changed, same, passwords, wrong, waits }) => {
      const [first] = wrong
      if (first !== undefined)
        throw new CommandError(
          `tms terminal import: line ${first.line}: ${first.why}${wrong.length > 1 ? `, and ${wrong.length - 1} more` : ''}; nothing was imported.`,
        )
      const lines = passwords.map(({ serial, password }) => `${serial},${password}\n`)
      const waiting =
        waits === undefined
          ? ''
          : `待复核 waits for a second person: deployment ${waits.deployments.join(', ')}, new parameters for ${waits.terminals} terminals\n`
      return `新增 added ${added}, 修改 changed ${changed}, 未变 same ${same}\n${waiting}${lines.join('')}`
    },
  })
}

/** `name=value` of a terminal's data; labels have commas between them. */
function dataOf(set: readonly string[] | undefined): object {
  const data: { [name: string]: unknown } = {}
  for (const text of set ?? []) {
    const at = text.indexOf('=')
    if (at < 1) throw new CommandError(`tms terminal: --set wants name=value, not ${text.slice(0, 40)}.`, 2)
    const [name, value] = [text.slice(0, at), text.slice(at + 1)]
    if (name === 'zoneMinutes') data[name] = /^-?\d{1,4}$/.test(value) ? Number(value) : value
    else data[name] = name === 'labels' ? value.split(',').filter((label) => label !== '') : value
  }
  return data
}

/** `shuaka tms group`. */
export function addTmsGroup(tms: Command): void {
  const group = noun(tms, 'group', '分组', 'lists of terminals, and filters that are looked at anew')
  const columns: readonly Column<GroupView>[] = [
    ['名称 name', ({ name }) => name],
    ['规则 rule', ({ rule }) => (rule.kind === 'filter' ? rule.text : '名单 list')],
    ['终端 terminals', ({ terminals }) => terminals],
    ['备注 note', ({ note }) => note],
  ]
  addApiCommand(group, {
    ...{ call: 'groups', usage: 'list', summary: 'all groups' },
    words: (groups) => tableText(groups, columns),
  })
  addApiCommand<'putGroup', { filter?: string; serial?: readonly string[]; note: string }>(group, {
    ...{ call: 'putGroup', usage: 'put <name>', summary: 'makes a group, or changes it' },
    options: (command) =>
      command
        .option('--filter <text>', 'whoever matches is in it')
        .option('--serial <serial>', 'is in it; once for each', collect)
        .option('--note <text>', 'what it is for', ''),
    input: ([path = ''], { filter, serial, note }) => {
      if ((filter === undefined) === (serial === undefined))
        throw new CommandError('tms group put: one of --filter and --serial is wanted.', 2)
      const rule = filter === undefined ? { kind: 'list', serials: serial } : { kind: 'filter', text: filter }
      return { path, body: { note, rule } }
    },
    words: (view) => tableText([view], columns),
  })
  addApiCommand(group, {
    ...{ call: 'dropGroup', usage: 'drop <name>', summary: 'deletes a group; its terminals stay' },
    input: ([path = '']) => ({ path }),
    words: () => '已删除 dropped\n',
  })
}
