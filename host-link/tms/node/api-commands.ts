import { WireError } from '../../wire/message.ts'
import type { CommandOrder } from '../api-terminals.ts'
import { argumentOf, commandViews, printable } from './api-command-views.ts'
import { emptyBody, serialsOf } from './api-deployment-input.ts'
import { terminalsOf } from './api-documents.ts'
import { accepted, type Face, type Handlers, notFound } from './api-face.ts'
import { ApiFault, type Input, inputOf, numberOf } from './api-input.ts'
import { filterOf, terminalAt } from './api-terminals.ts'

type CommandCalls = 'sendCommand' | 'commands' | 'logOf' | 'cancelCommand' | 'alarms' | 'seeAlarm'

/** Terminals that one request can command. */
export const COMMANDED_MAX = 1_000
const ALARMS_MAX = 200

/** 远程命令 and 告警. */
export const commandHandlers: Handlers<CommandCalls> = {
  sendCommand: ({ body, who }) => {
    const input = inputOf(body, ['serials', 'filter', 'order'])
    const order = orderOf(input)
    const right = order.kind === 'lock' || order.kind === 'unlock' ? 'lock' : 'command'
    if (who?.may(right) !== true) throw new ApiFault('forbidden', `Your role may not do this: ${right}.`)
    const argument = bytesOf(order)
    if (input.has('serials') === input.has('filter'))
      throw new ApiFault('badInput', 'body: serials or a filter, one of the two, is wanted.', 'serials')
    const serials = input.has('serials') ? serialsOf(input, 'serials') : undefined
    const filter = serials === undefined ? filterOf(input.text('filter', 1_000)) : ''
    return async (face) => {
      const meant = serials ?? (await matching(face, filter))
      if (meant.length > COMMANDED_MAX)
        throw new ApiFault(
          'refused',
          `${meant.length} terminals are meant; ${COMMANDED_MAX} at most at a time.`,
          'filter',
        )
      const commands: { serial: string; id: number }[] = []
      const refused: { serial: string; why: string }[] = []
      for (const serial of meant) {
        const added = await face.store.addCommand(
          { serial, kind: order.kind, argument, createdBy: face.who.name },
          face.now,
        )
        if (added.kind === 'refused') refused.push({ serial, why: added.why })
        else commands.push({ serial, id: added.id })
      }
      const first = commands[0]
      if (first !== undefined) {
        const subject = commands.length === 1 ? `terminal ${first.serial}` : `${commands.length} terminals`
        const ids = commands.map(({ serial, id }) => `${serial}=${id}`).join(' ')
        await face.audit('commandSent', subject, { kind: order.kind, order: JSON.stringify(order), ids })
        face.wake()
      }
      return { commands, refused }
    }
  },

  commands:
    ({ path }) =>
    async (face) => {
      await terminalAt(face, path)
      return commandViews(face, path)
    },

  logOf: ({ path }) => {
    const id = numberOf(path)
    return async (face) => {
      const log = await face.store.logOf(id)
      if (log === undefined) throw new ApiFault('notFound', 'No log has come for such a command.')
      const { command, serial, size, bytes } = log
      return {
        ...{ command, serial, size, bytes: bytes.length, complete: bytes.length === size },
        ...{ text: printable(bytes), base64: Buffer.from(bytes).toString('base64') },
      }
    }
  },

  cancelCommand: ({ path, body }) => {
    const id = numberOf(path)
    emptyBody(body)
    return async (face) => {
      accepted(await face.store.cancelCommand(id))
      await face.audit('commandCancelled', `command ${id}`)
      face.wake()
      return {}
    }
  },

  alarms: () => async (face) =>
    (await face.store.alarms(ALARMS_MAX)).map(({ id, at, deployment, text, seenBy }) => ({
      id,
      time: at,
      deployment,
      text,
      seenBy,
    })),

  seeAlarm: ({ path, body }) => {
    const id = numberOf(path)
    emptyBody(body)
    return async (face) => {
      const [there] = await face.query.query('SELECT 1 FROM alarm WHERE id = ?', [id])
      if (there === undefined) throw notFound('alarm')
      await face.store.seeAlarm(id, face.who.name)
      await face.audit('alarmSeen', `alarm ${id}`)
      return {}
    }
  },
}

const KINDS = ['message', 'lock', 'unlock', 'log', 'report', 'inspection'] as const

function orderOf(input: Input): CommandOrder {
  const kind = input.object('order', ['kind', 'number', 'zh', 'en', 'bytes', 'plan']).one('kind', KINDS)
  const order = (names: readonly string[]): Input => input.object('order', ['kind', ...names])
  switch (kind) {
    case 'message': {
      const message = order(['number', 'zh', 'en'])
      return {
        kind,
        number: message.whole('number', 1, 9_999),
        zh: message.text('zh', 160),
        en: message.text('en', 160),
      }
    }
    case 'lock': {
      const lock = order(['zh', 'en'])
      return { kind, zh: lock.text('zh', 60), en: lock.text('en', 60) }
    }
    case 'log':
      return { kind, bytes: order(['bytes']).whole('bytes', 1, 32_768) }
    case 'inspection':
      return {
        kind,
        plan: order(['plan']).matching('plan', /^[ -~]{1,32}$/, 'a plan of 1 to 32 ASCII characters'),
      }
    case 'unlock':
    case 'report':
      order([])
      return { kind }
  }
}

function bytesOf(order: CommandOrder): Uint8Array {
  try {
    return argumentOf(order)
  } catch (error) {
    if (error instanceof WireError) throw new ApiFault('badInput', `order: ${error.message}.`, 'order')
    throw error
  }
}

async function matching(face: Face, filter: string): Promise<readonly string[]> {
  const serials: string[] = []
  for await (const { serial, status } of terminalsOf(face, { filter }))
    if (status !== 'retired') serials.push(serial)
  return serials
}
