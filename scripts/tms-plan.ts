import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { DeploymentPlan, TargetRule } from '../host-link/tms/api-releases.ts'
import { DEFAULT_GATE } from '../host-link/tms/model.ts'
import { CommandError } from './command-error.ts'
import { readJson } from './json-file.ts'

/** Options of `shuaka tms deploy preview|create`. */
export interface PlanOptions {
  readonly plan?: string
  readonly name?: string
  readonly release?: string
  readonly parameters?: boolean
  readonly group?: string
  readonly filter?: string
  readonly serial?: readonly string[]
  readonly dynamic?: boolean
  readonly waves?: string
  readonly window?: string
  readonly earliest?: string
  readonly deadline?: string
  readonly start?: string
  readonly deferrals?: string
  readonly openBatch?: boolean
  readonly ask?: boolean
  readonly rate?: string
  readonly gate?: string
  readonly reason?: string
}

/** What a terminal does not look at when it takes parameters. */
const IDLE_OF_PARAMETERS = [
  ['window', '--window'],
  ['earliest', '--earliest'],
  ['deadline', '--deadline'],
  ['deferrals', '--deferrals'],
  ['openBatch', '--open-batch'],
  ['ask', '--ask'],
] as const

/** The plan of a file (JSON of `DeploymentPlan`), or of the options. The service checks it. Throws CommandError, FileFault. */
export function planOfOptions(options: PlanOptions): unknown {
  if (options.plan !== undefined) return readJson(options.plan)
  const { name, release, parameters, reason } = options
  if (name === undefined || reason === undefined)
    throw wrong('--name and --reason are wanted, or a --plan FILE')
  if ((release === undefined) === (parameters !== true))
    throw wrong('one of --release ID and --parameters is wanted')
  const idle = parameters === true && IDLE_OF_PARAMETERS.find(([name]) => options[name] !== undefined)
  if (idle)
    throw wrong(
      `${idle[1]} is for programs: parameters come into force at the time of their layer, at the next safe point`,
    )
  const [windowFrom, windowTo] = windowOf(options.window)
  const plan: DeploymentPlan = {
    ...{ name, reason, dynamic: options.dynamic === true, target: targetOf(options) },
    kind: parameters === true ? 'parameters' : 'program',
    release: release === undefined ? 0 : wholeOf('--release', release),
    waves: wavesOf(options.waves ?? 'default'),
    gate: gateOf(options.gate),
    policy: {
      ...{
        windowFrom,
        windowTo,
        earliest: timeOf('--earliest', options.earliest),
        deadline: timeOf('--deadline', options.deadline),
      },
      deferrals: wholeOf('--deferrals', options.deferrals ?? (parameters === true ? '0' : '3')),
      allowOpenBatch: options.openBatch === true,
      automatic: options.ask !== true,
    },
    ratePerMinute: wholeOf('--rate', options.rate ?? '0'),
    startAt: timeOf('--start', options.start),
  }
  return plan
}

const wrong = (why: string): CommandError => new CommandError(`tms deploy: ${why}.`, 2)

function targetOf({ group, filter, serial }: PlanOptions): TargetRule {
  if ([group, filter, serial].filter((one) => one !== undefined).length !== 1)
    throw wrong('one of --group, --filter and --serial says which terminals')
  if (group !== undefined) return { kind: 'group', name: group }
  return filter === undefined ? { kind: 'list', serials: serial ?? [] } : { kind: 'filter', text: filter }
}

function wavesOf(text: string): DeploymentPlan['waves'] {
  if (text === 'default' || text === 'all') return text
  if (!/^\d{1,2}(,\d{1,2})*$/.test(text))
    throw wrong('--waves wants default, all, or percentages like 1,10,30')
  return text.split(',').map(Number)
}

function windowOf(text: string | undefined): readonly [number, number] {
  if (text === undefined) return [0, 0]
  const match = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(text)
  if (match === null) throw wrong('--window wants times of the terminal’s day, like 22:00-05:30')
  const [, fromHour, fromMinute, toHour, toMinute] = match.map(Number)
  return [(fromHour ?? 0) * 60 + (fromMinute ?? 0), (toHour ?? 0) * 60 + (toMinute ?? 0)]
}

/** `2026-12-01`, `2026-12-01 22:00` by this machine's clock; 0 for none. */
export function timeOf(option: string, text: string | undefined): number {
  if (text === undefined) return 0
  const match = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d))?$/.exec(text)
  const time = match === null ? Number.NaN : new Date(`${match[1]}T${match[2] ?? '00:00'}:00`).getTime()
  if (Number.isNaN(time)) throw wrong(`${option} wants a time like 2026-12-01 22:00`)
  return Math.floor(time / 1000)
}

const GATE_WORDS = ['confirmed', 'failed', 'sample', 'bake'] as const

/** `confirmed=95,failed=2,sample=20,bake=24`; bake in hours. */
function gateOf(text: string | undefined): DeploymentPlan['gate'] {
  const gate = { ...DEFAULT_GATE }
  for (const part of text === undefined ? [] : text.split(',')) {
    const [, word = '', number = ''] = /^([a-z]+)=(\d{1,7})$/.exec(part) ?? []
    const known = GATE_WORDS.find((one) => one === word)
    if (known === undefined)
      throw wrong('--gate wants confirmed=95,failed=2,sample=20,bake=24 (percent, percent, terminals, hours)')
    if (known === 'confirmed') gate.confirmedPercent = Number(number)
    if (known === 'failed') gate.failurePercent = Number(number)
    if (known === 'sample') gate.sample = Number(number)
    if (known === 'bake') gate.bakeSeconds = Number(number) * 3600
  }
  return gate
}

/** A whole number of an option. */
export function wholeOf(option: string, text: string): number {
  if (!/^\d{1,12}$/.test(text))
    throw new CommandError(`tms: ${option} wants a whole number, not ${text.slice(0, 40)}.`, 2)
  return Number(text)
}

/** Text of a file a person wrote, or of standard input for `-`. */
export function textOfFile(path: string): string {
  return readFileSync(path === '-' ? 0 : path, 'utf8')
}

/** Bytes into a new file, readable by its owner. Throws CommandError where it is there already. */
export function writeNew(path: string, bytes: Uint8Array): void {
  if (existsSync(path)) throw new CommandError(`${path}: the file is there already.`)
  writeFileSync(path, bytes, { mode: 0o600, flag: 'wx' })
}
