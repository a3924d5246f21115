import type { Command } from 'commander'
import type { LayerName } from '../../host-link/tms/api-parameters.ts'
import { layerOfText, layerText } from '../../host-link/tms/parameters/layer.ts'
import { CommandError } from '../command-error.ts'
import { readJson } from '../json-file.ts'
import { detailText, tableText, timeText } from '../tms-output.ts'
import { timeOf, wholeOf } from '../tms-plan.ts'
import { addApiCommand, noun } from './tms-options.ts'

/** `product`, `model:A8`, `store:8981…/0001`. */
function layerOf(text: string): { readonly kind: string; readonly name: string } {
  const layer: LayerName | undefined = layerOfText(text)
  if (layer === undefined)
    throw new CommandError(
      'tms parameters: a layer is product, model:…, acquirer:…, merchant:…, store:MERCHANT/STORE or terminal:SERIAL.',
      2,
    )
  return { kind: layer.kind, name: layer.name }
}

/** `shuaka tms parameters`. */
export function addTmsParameters(tms: Command): void {
  const parameters = noun(tms, 'parameters', '参数', 'layers, locks, origin of a value, publishing')
  addApiCommand(parameters, {
    ...{ call: 'layers', usage: 'layers', summary: 'all layers' },
    words: (rows) =>
      tableText(rows, [
        ['层 layer', ({ layer }) => layerText(layer)],
        ['版本 version', ({ version }) => (version === 0 ? '草稿 draft' : version)],
        ['参数 keys', ({ keys }) => keys],
        ['锁定 locks', ({ locks }) => locks],
        ['终端 terminals', ({ terminals }) => terminals],
        ['待复核 waits', ({ waiting }) => waiting],
        ['何人 by', ({ by }) => by],
        ['时间 time', ({ time }) => timeText(time)],
      ]),
  })
  addApiCommand(parameters, {
    ...{ call: 'parameterTable', usage: 'table', summary: 'every parameter with type, range and default' },
    words: (rows) =>
      tableText(rows, [
        ['参数 key', ({ key }) => key],
        ['中文', ({ zh }) => zh],
        ['类型 type', ({ type }) => type],
        [
          '范围 range',
          ({ min, max, choices, lengthMax }) =>
            choices?.join(' ') ?? (min === undefined ? lengthMax : `${min}–${max}`),
        ],
        ['默认 default', ({ initial }) => initial],
        ['须空批 empty batch', ({ emptyBatch }) => emptyBatch],
      ]),
  })
  addApiCommand(parameters, {
    ...{ call: 'layer', usage: 'show <layer>', summary: 'what a layer says, its draft and its history' },
    input: ([layer = '']) => ({ query: layerOf(layer) }),
    words: detailText,
  })
  addApiCommand(parameters, {
    ...{
      call: 'terminalParameters',
      usage: 'explain <serial>',
      summary: 'each value of a terminal, the layer that gives it, and what it hides',
    },
    input: ([path = '']) => ({ path }),
    words: ({ rows, document, reportedPseq }) =>
      tableText(
        rows,
        [
          ['参数 key', ({ key }) => key],
          ['值 value', ({ value }) => String(value)],
          ['来自 from', ({ layer }) => (layer === undefined ? '默认 default' : layerText(layer))],
          ['锁 lock', ({ lockedBy }) => (lockedBy === undefined ? '' : '🔒')],
          [
            '覆盖 hides',
            ({ overrides }) =>
              overrides
                .map(
                  ({ layer, value, locked }) => `${layerText(layer)}=${value}${locked ? ' (ignored)' : ''}`,
                )
                .join(' '),
          ],
          ['终端 reported', ({ reported }) => reported],
        ],
        `参数集 set ${document?.pseq ?? '无 none'}, 终端 reported ${reportedPseq ?? '无 none'}`,
      ),
  })
  addApiCommand(parameters, {
    ...{
      call: 'diffLayer',
      usage: 'diff <layer> <file>',
      summary: 'checks a file of values, locks and variables and compares it; writes nothing',
    },
    input: ([layer = '', file = '']) => ({ query: layerOf(layer), body: readJson(file) }),
    words: detailText,
  })
  addDrafts(parameters)
}

function addDrafts(parameters: Command): void {
  const words = ({
    history,
  }: {
    readonly history: readonly {
      readonly version: number
      readonly state: string
      readonly by: string
      readonly reason: string
    }[]
  }) =>
    tableText(history.slice(0, 10), [
      ['版本 version', ({ version }) => version],
      ['状态 state', ({ state }) => state],
      ['何人 by', ({ by }) => by],
      ['原因 reason', ({ reason }) => reason],
    ])
  addApiCommand<'saveLayer', { reason: string; effective?: string; waves: string }>(parameters, {
    ...{
      call: 'saveLayer',
      usage: 'save <layer> <file>',
      summary: 'makes a draft of a file of values, locks and variables (JSON)',
      words,
    },
    options: (command) =>
      command
        .requiredOption('--reason <text>', 'why, for the audit')
        .option('--effective <time>', 'from when on it counts, like 2026-12-01 04:00 (default: at once)')
        .option('--waves <waves>', 'all at once, or default: in waves with gates', 'all'),
    input: ([layer = '', file = ''], { reason, effective, waves }) => ({
      query: layerOf(layer),
      body: { content: readJson(file), effective: timeOf('--effective', effective), waves, reason },
    }),
  })
  addApiCommand(parameters, {
    ...{
      call: 'publishLayer',
      usage: 'publish <layer> <version>',
      summary: 'makes a draft count, or hands it to a second person',
      words,
    },
    input: ([layer = '', version = '']) => ({
      query: layerOf(layer),
      body: { draft: wholeOf('version', version) },
    }),
  })
  for (const [call, usage, summary] of [
    ['approveLayer', 'approve <layer> <version>', 'agrees to it; terminals get their sets'],
    ['rejectLayer', 'reject <layer> <version>', 'does not agree to it'],
  ] as const)
    addApiCommand<typeof call, { note: string }>(parameters, {
      ...{ call, usage, summary, words },
      options: (command) => command.option('--note <text>', 'for the audit', ''),
      input: ([layer = '', version = ''], { note }) => ({
        query: layerOf(layer),
        body: { version: wholeOf('version', version), note },
      }),
    })
  addApiCommand<'revertLayer', { reason: string }>(parameters, {
    ...{
      call: 'revertLayer',
      usage: 'revert <layer> <version>',
      summary: 'a draft like an old version; publish it to go back',
      words,
    },
    options: (command) => command.requiredOption('--reason <text>', 'why, for the audit'),
    input: ([layer = '', version = ''], { reason }) => ({
      query: layerOf(layer),
      body: { version: wholeOf('version', version), reason },
    }),
  })
  addApiCommand(parameters, {
    ...{
      call: 'dropDraft',
      usage: 'drop <layer>',
      summary: 'gives up a draft, or takes it back from the second person',
      words,
    },
    input: ([layer = '']) => ({ query: layerOf(layer) }),
  })
}
