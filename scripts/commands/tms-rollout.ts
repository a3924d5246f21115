import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { DeploymentRow, ReleaseRow } from '../../host-link/tms/api-releases.ts'
import { deploymentStates, releaseStates, targetStates } from '../../host-link/tms/states.ts'
import { type Column, detailText, tableText, timeText } from '../tms-output.ts'
import { type PlanOptions, planOfOptions } from '../tms-plan.ts'
import { addApiCommand, collect, noun } from './tms-options.ts'

/** `shuaka tms release`. */
export function addTmsRelease(tms: Command): void {
  const release = noun(tms, 'release', '版本', 'programs in the catalogue: upload, approve, withdraw')
  const columns: readonly Column<ReleaseRow>[] = [
    ['号 id', ({ id }) => id],
    ['版本 version', ({ version }) => version],
    ['计数 counter', ({ counter }) => counter],
    ['型号 models', ({ models }) => models.join(' ')],
    ['状态 state', ({ state }) => `${releaseStates[state].zh} ${state}`],
    ['上传 uploaded', ({ uploadedBy, uploadedAt }) => `${uploadedBy}, ${timeText(uploadedAt)}`],
    ['运行 running', ({ terminals }) => terminals],
  ]
  addApiCommand(release, {
    ...{ call: 'releases', usage: 'list', summary: 'all releases' },
    words: (rows) => tableText(rows, columns),
  })
  addApiCommand(release, {
    ...{ call: 'release', usage: 'show <id>', summary: 'manifest, signatures, approvals' },
    input: ([path = '']) => ({ path }),
    words: detailText,
  })
  addApiCommand(release, {
    ...{
      call: 'uploadRelease',
      usage: 'upload <file>',
      summary: 'a file of shuaka release, signed by enough people',
    },
    input: ([file = '']) => ({ bytes: new Uint8Array(readFileSync(file)) }),
    words: ({ row }) => tableText([row], columns),
  })
  addApiCommand<'approveRelease', { note: string }>(release, {
    ...{ call: 'approveRelease', usage: 'approve <id>', summary: 'by another person than who uploaded it' },
    options: (command) => command.option('--note <text>', 'for the audit', ''),
    input: ([path = ''], { note }) => ({ path, body: { note } }),
    words: ({ row }) => tableText([row], columns),
  })
  addApiCommand<'withdrawRelease', { reason: string }>(release, {
    ...{ call: 'withdrawRelease', usage: 'withdraw <id>', summary: 'no longer offered; its deployments end' },
    options: (command) => command.requiredOption('--reason <text>', 'why, for the audit'),
    input: ([path = ''], { reason }) => ({ path, body: { reason } }),
    words: ({ row }) => tableText([row], columns),
  })
}

const wantedOptions = (command: Command): Command =>
  planOptions(command)
    .option('--name <text>', 'what people call it; wanted without --plan')
    .option('--reason <text>', 'why, for the audit; wanted without --plan')

const planOptions = (command: Command): Command =>
  command
    .option('--plan <file>', 'the whole plan as JSON, instead of the other options')
    .option('--release <id>', 'the program')
    .option('--parameters', 'the parameter sets of those that do not have theirs yet')
    .option('--group <name>', 'to a group')
    .option('--filter <text>', 'to all that match now')
    .option('--serial <serial>', 'to this one; once for each', collect)
    .option('--dynamic', 'terminals that come into the group later join')
    .option('--waves <waves>', 'default (own, canary, 10 %, 30 %, rest), all, or percentages like 1,10,30')
    .option('--gate <words>', 'confirmed=95,failed=2,sample=20,bake=24: percent, percent, terminals, hours')
    .option('--window <from-to>', 'when terminals may restart, in their own day, like 22:00-05:30')
    .option('--earliest <time>', 'not before, like 2026-12-01 22:00')
    .option('--deadline <time>', 'then without asking, after a settlement')
    .option('--deferrals <n>', 'how often the merchant may say later, 0 to 9 (default: 3)')
    .option('--open-batch', 'also with an open batch, where the records stay as they are')
    .option('--ask', 'not before the merchant says yes, or the deadline')
    .option('--rate <n>', 'terminals told in a minute (default: no limit)')
    .option('--start <time>', 'not before (default: when it is approved)')

/** `shuaka tms deploy`. */
export function addTmsDeploy(tms: Command): void {
  const deploy = noun(tms, 'deploy', '下发', 'plan, approve, watch, pause, abort')
  const columns: readonly Column<DeploymentRow>[] = [
    ['号 id', ({ id }) => id],
    ['名称 name', ({ name }) => name],
    ['版本 version', ({ version, kind }) => (kind === 'parameters' ? '参数 parameters' : version)],
    ['状态 state', ({ state }) => `${deploymentStates[state].zh} ${state}`],
    ['波次 wave', ({ wave, waves }) => `${wave + 1}/${waves}`],
    ['确认 confirmed', ({ confirmed, terminals }) => `${confirmed}/${terminals}`],
    ['失败 failed', ({ failed }) => failed],
    ['原因 why', ({ why }) => why],
  ]
  addApiCommand(deploy, {
    ...{ call: 'deployments', usage: 'list', summary: 'all deployments' },
    words: (rows) => tableText(rows, columns),
  })
  addApiCommand(deploy, {
    ...{ call: 'deployment', usage: 'show <id>', summary: 'plan, waves and figures' },
    input: ([path = '']) => ({ path }),
    words: detailText,
  })
  addApiCommand<'targets', { state?: string; wave?: string; after?: string; limit?: string }>(deploy, {
    ...{ call: 'targets', usage: 'targets <id>', summary: 'each terminal: how far, and why it waits' },
    options: (command) =>
      command
        .option('--state <state>', `one of ${Object.keys(targetStates).join(', ')}`)
        .option('--wave <n>', 'of a wave, counted from 0')
        .option('--after <serial>', 'goes on after this one')
        .option('--limit <n>', 'rows, 1 to 500 (default: 100)'),
    input: ([path = ''], { state, wave, after, limit }) => ({ path, query: { state, wave, after, limit } }),
    words: ({ rows, total, next }) =>
      tableText(
        rows,
        [
          ['序列号 serial', ({ serial }) => serial],
          ['波次 wave', ({ wave }) => wave],
          ['状态 state', ({ state }) => `${targetStates[state].zh} ${state}`],
          ['% percent', ({ percent }) => percent],
          ['代码 code', ({ code }) => (code === 0 ? '' : code)],
          ['等待 waits for', ({ waiting }) => waiting.join(' ')],
          ['自 since', ({ since }) => timeText(since)],
        ],
        `共 ${total} total${next === undefined ? '' : `; more: --after ${next}`}`,
      ),
  })
  addApiCommand<'previewDeployment', PlanOptions>(deploy, {
    ...{
      call: 'previewDeployment',
      usage: 'preview',
      summary: 'what a plan would do: terminals, waves, bytes',
    },
    // The same words as for create are taken, and nothing is kept under them.
    options: (command) =>
      planOptions(command)
        .option('--name <text>', 'as for create')
        .option('--reason <text>', 'as for create'),
    input: (_, options) => ({ body: planOfOptions({ name: 'preview', reason: 'preview', ...options }) }),
    words: detailText,
  })
  addApiCommand<'createDeployment', PlanOptions>(deploy, {
    ...{ call: 'createDeployment', usage: 'create', summary: 'makes a draft' },
    options: wantedOptions,
    input: (_, options) => ({ body: planOfOptions(options) }),
    words: ({ row }) => tableText([row], columns),
  })
  addSteps(deploy, ({ row }) => tableText([row], columns))
}

function addSteps(deploy: Command, words: (detail: { readonly row: DeploymentRow }) => string): void {
  for (const [call, usage, summary] of [
    ['submitDeployment', 'submit <id>', 'hands a draft to a second person'],
    ['resumeDeployment', 'resume <id>', 'goes on after a pause'],
    ['nextWave', 'next <id>', 'begins the next wave without waiting for its gate'],
  ] as const)
    addApiCommand<typeof call>(deploy, {
      ...{ call, usage, summary },
      input: ([path = '']) => ({ path }),
      words,
    })
  for (const [call, usage, summary] of [
    ['pauseDeployment', 'pause <id>', 'tells no further terminal'],
    ['abortDeployment', 'abort <id>', 'ends it; what is confirmed stays'],
  ] as const)
    addApiCommand<typeof call, { reason: string }>(deploy, {
      ...{ call, usage, summary, words },
      options: (command) => command.requiredOption('--reason <text>', 'why, for the audit'),
      input: ([path = ''], { reason }) => ({ path, body: { reason } }),
    })
  addApiCommand<'approveDeployment', { note: string }>(deploy, {
    ...{
      call: 'approveDeployment',
      usage: 'approve <id>',
      summary: 'by another person than who made it; it starts at its time',
      words,
    },
    options: (command) => command.option('--note <text>', 'for the audit', ''),
    input: ([path = ''], { note }) => ({ path, body: { note } }),
  })
  addApiCommand<'retryDeployment', { serial?: readonly string[] }>(deploy, {
    ...{
      call: 'retryDeployment',
      usage: 'retry <id>',
      summary: 'tells those that failed once more, under a new order',
    },
    options: (command) => command.option('--serial <serial>', 'only this one; once for each', collect),
    input: ([path = ''], { serial }) => ({ path, body: serial === undefined ? {} : { serials: serial } }),
    words: ({ retried }) => `重试 retried ${retried}\n`,
  })
}
