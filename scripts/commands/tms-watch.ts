import type { Command } from 'commander'
import type { CommandOrder, CommandView } from '../../host-link/tms/api-terminals.ts'
import { isLogLacking } from '../../host-link/tms/states.ts'
import { CommandError } from '../command-error.ts'
import { detailText, tableText, timeText } from '../tms-output.ts'
import { wholeOf, writeNew } from '../tms-plan.ts'
import { addApiCommand, collect, foot, type ListOptions, lister, listOptions, noun } from './tms-options.ts'

interface SendOptions {
  readonly serial?: readonly string[]
  readonly filter?: string
  readonly zh?: string
  readonly en?: string
  readonly number?: string
  readonly bytes?: string
  readonly plan?: string
}

/** `shuaka tms command`. */
export function addTmsCommand(tms: Command): void {
  const command = noun(tms, 'command', '远程命令', 'message, lock, unlock, log, report, inspection')
  addApiCommand<'sendCommand', SendOptions>(command, {
    ...{
      call: 'sendCommand',
      usage: 'send <kind>',
      summary: 'to terminals: message, lock, unlock, log, report or inspection',
    },
    options: (one) =>
      one
        .option('--serial <serial>', 'to this one; once for each', collect)
        .option('--filter <text>', 'to all that match, 1,000 at most')
        .option('--zh <text>', 'message, lock: what the merchant reads in Chinese')
        .option('--en <text>', 'message, lock: and in English')
        .option('--number <n>', 'message: its number, 1 to 9999', '1')
        .option('--bytes <n>', 'log: its last bytes, 1 to 32768', '4096')
        .option('--plan <name>', 'inspection: its plan'),
    input: ([kind = ''], options) => ({
      body: {
        order: orderOf(kind, options),
        ...(options.serial !== undefined && { serials: options.serial }),
        ...(options.filter !== undefined && { filter: options.filter }),
      },
    }),
    words: ({ commands, refused }) =>
      tableText(
        [
          ...commands.map(({ serial, id }) => ({ serial, result: String(id) })),
          ...refused.map(({ serial, why }) => ({ serial, result: why })),
        ],
        [
          ['序列号 serial', ({ serial }) => serial],
          ['命令 command', ({ result }) => result],
        ],
      ),
  })
  addApiCommand(command, {
    ...{ call: 'commands', usage: 'list <serial>', summary: 'commands of a terminal and what came of them' },
    input: ([path = '']) => ({ path }),
    words: (commands) =>
      tableText(commands, [
        ['号 id', ({ id }) => id],
        ['命令 kind', ({ kind }) => kind],
        ['状态 state', ({ state }) => state],
        ['代码 code', ({ code }) => code],
        ['何人 by', ({ by }) => by],
        ['时间 time', ({ time }) => timeText(time)],
        ['回答 answer', (one) => (one.kind === 'log' ? logText(one) : one.answer?.slice(0, 60))],
      ]),
  })
  addApiCommand<'logOf', { out?: string }>(command, {
    ...{ call: 'logOf', usage: 'log <id>', summary: 'the log that a command brought, as far as it has come' },
    options: (one) => one.option('--out <file>', 'writes its bytes into a new file'),
    input: ([path = '']) => ({ path }),
    words: ({ text, base64, serial, bytes, size, complete }, { out }) => {
      const foot = `${serial}: ${bytes} of ${size} bytes${complete ? '' : ', the rest has not come'}\n`
      if (out === undefined) return `${text.replace(/\n?$/, '\n')}${foot}`
      writeNew(out, Uint8Array.from(Buffer.from(base64, 'base64')))
      return `${out}\n${foot}`
    },
  })
  addApiCommand(command, {
    ...{
      call: 'cancelCommand',
      usage: 'cancel <id>',
      summary: 'takes back one that was not carried out yet',
    },
    input: ([path = '']) => ({ path }),
    words: () => '已取消 cancelled\n',
  })
}

/** How much of a log has come. */
export function logText(command: CommandView): string {
  const { log } = command
  const came = log === undefined ? 'nothing' : `${log.bytes} of ${log.size} bytes`
  if (isLogLacking(command)) return `没有收齐 ${came}: ask again`
  return log === undefined ? '' : came
}

function orderOf(kind: string, { zh, en, number = '1', bytes = '4096', plan }: SendOptions): CommandOrder {
  const both = (): { readonly zh: string; readonly en: string } => {
    if (zh === undefined || en === undefined)
      throw new CommandError(
        `tms command send ${kind}: --zh and --en are wanted; the merchant reads one of the two.`,
        2,
      )
    return { zh, en }
  }
  switch (kind) {
    case 'message':
      return { kind, number: wholeOf('--number', number), ...both() }
    case 'lock':
      return { kind, ...both() }
    case 'log':
      return { kind, bytes: wholeOf('--bytes', bytes) }
    case 'inspection':
      if (plan === undefined) throw new CommandError('tms command send inspection: --plan is wanted.', 2)
      return { kind, plan }
    case 'unlock':
    case 'report':
      return { kind }
    default:
      throw new CommandError(
        'tms command send: one of message, lock, unlock, log, report and inspection is wanted.',
        2,
      )
  }
}

/** `shuaka tms report`. */
export function addTmsReport(tms: Command): void {
  const report = noun(tms, 'report', '报表', 'overview, versions, failures, silent terminals, drift, alarms')
  addApiCommand(report, {
    ...{ call: 'overview', usage: 'overview', summary: 'figures of the fleet' },
    words: detailText,
  })
  addApiCommand<'versions', ListOptions>(report, {
    ...{ call: 'versions', usage: 'versions', summary: 'which program runs where' },
    options: (command) => command.option('--filter <text>', 'of these terminals'),
    input: (_, { filter }) => ({ query: { filter } }),
    words: ({ rows, terminals }) =>
      tableText(
        rows,
        [
          ['版本 version', ({ version }) => (version === '' ? '未报告 none reported' : version)],
          ['型号 model', ({ model }) => model],
          ['终端 terminals', ({ terminals: count }) => count],
          ['在线 online', ({ online }) => online],
        ],
        foot({ total: terminals }),
      ),
  })
  addApiCommand<'failures', { deployment?: string }>(report, {
    ...{ call: 'failures', usage: 'failures', summary: 'why downloads failed, most first' },
    options: (command) => command.option('--deployment <id>', 'of one deployment'),
    input: (_, { deployment }) => ({ query: { deployment } }),
    words: (rows) =>
      tableText(rows, [
        ['代码 code', ({ code }) => code],
        ['状态 state', ({ state }) => state],
        ['型号 model', ({ model }) => model],
        ['版本 version', ({ version }) => version],
        ['终端 terminals', ({ terminals }) => terminals],
        ['例 examples', ({ examples }) => examples.join(' ')],
      ]),
  })
  addApiCommand<'silent', ListOptions & { days?: string }>(report, {
    ...{ call: 'silent', usage: 'silent', summary: 'terminals that have said nothing for days' },
    options: (command) => listOptions(command).option('--days <n>', 'so many (default: 7)'),
    input: (_, options) => ({ query: { ...lister(options), days: options.days } }),
    words: (page) =>
      tableText(
        page.rows,
        [
          ['序列号 serial', ({ serial }) => serial],
          ['商户 merchant', ({ merchant }) => merchant],
          ['门店 store', ({ store }) => store],
          ['天 days', ({ days }) => days],
          ['最后 last seen', ({ lastSeen }) => timeText(lastSeen)],
          ['未结 batch open', ({ batchOpen }) => batchOpen],
        ],
        foot(page),
      ),
  })
  addApiCommand<'drift', ListOptions>(report, {
    ...{ call: 'drift', usage: 'drift', summary: 'parameters that were changed at terminals' },
    options: listOptions,
    input: (_, options) => ({ query: lister(options) }),
    words: (page) =>
      tableText(
        page.rows,
        [
          ['序列号 serial', ({ serial }) => serial],
          ['参数 parameters', ({ names }) => names.join(' ')],
          ['最后 last seen', ({ lastSeen }) => timeText(lastSeen)],
        ],
        foot(page),
      ),
  })
  addApiCommand(report, {
    ...{ call: 'alarms', usage: 'alarms', summary: 'what deployments want a person to see' },
    words: (alarms) =>
      tableText(alarms, [
        ['号 id', ({ id }) => id],
        ['时间 time', ({ time }) => timeText(time)],
        ['下发 deployment', ({ deployment }) => deployment],
        ['告警 alarm', ({ text }) => text],
        ['已阅 seen by', ({ seenBy }) => seenBy],
      ]),
  })
  addApiCommand(report, {
    ...{ call: 'seeAlarm', usage: 'seen <id>', summary: 'an alarm was seen' },
    input: ([path = '']) => ({ path }),
    words: () => '已阅 seen\n',
  })
}
