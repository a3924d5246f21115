import { WireError } from '../../wire/message.ts'
import {
  decodeInspectionArgument,
  decodeLockArgument,
  decodeLogArgument,
  decodeMessageArgument,
  encodeInspectionArgument,
  encodeLockArgument,
  encodeLogArgument,
  encodeMessageArgument,
} from '../../wire/tms/command.ts'
import type { CommandOrder, CommandView } from '../api-terminals.ts'
import type { Command, CommandKind } from '../model.ts'
import type { Face } from './api-face.ts'

/** The argument of a command as it goes to the terminal. Throws a WireError for one that no terminal would read. */
export function argumentOf(order: CommandOrder): Uint8Array {
  switch (order.kind) {
    case 'message':
      return encodeMessageArgument({ number: order.number, zh: order.zh, en: order.en })
    case 'lock':
    case 'unlock':
      return order.kind === 'lock' ? encodeLockArgument({ zh: order.zh, en: order.en }) : new Uint8Array(0)
    case 'log':
      return encodeLogArgument({ bytes: order.bytes })
    case 'inspection':
      return encodeInspectionArgument({ plan: order.plan })
    case 'report':
      return new Uint8Array(0)
  }
}

function orderOf(kind: CommandKind, argument: Uint8Array): CommandOrder {
  switch (kind) {
    case 'message':
      return { kind, ...decodeMessageArgument(argument) }
    case 'lock':
      return { kind, ...decodeLockArgument(argument) }
    case 'log':
      return { kind, ...decodeLogArgument(argument) }
    case 'inspection':
      return { kind, ...decodeInspectionArgument(argument) }
    case 'unlock':
    case 'report':
      return { kind }
  }
}

/** Commands of a terminal, the newest first. */
export async function commandViews(
  { store }: Pick<Face, 'store'>,
  serial: string,
): Promise<readonly CommandView[]> {
  const commands = await store.commandsOf(serial)
  const logs = await store.logSizes(commands.filter(({ kind }) => kind === 'log').map(({ id }) => id))
  return commands.map((command) => commandView(command, logs.get(command.id)))
}

function commandView(
  { id, serial, kind, argument, state, code, result, createdBy, createdAt, endedAt }: Command,
  log: CommandView['log'],
): CommandView {
  return {
    ...{ id, serial, kind, order: shownOrder(kind, argument), by: createdBy, time: createdAt, state },
    ...(endedAt > 0 && { doneAt: endedAt, code }),
    ...(result.length > 0 && { answer: printable(result) }),
    ...(log !== undefined && { log }),
  }
}

/** An argument that cannot be read was not made here: its kind is shown alone. */
function shownOrder(kind: CommandKind, argument: Uint8Array): CommandOrder {
  try {
    return orderOf(kind, argument)
  } catch (error) {
    if (error instanceof WireError) return { kind: 'report' }
    throw error
  }
}

/** What a terminal answered, as text: what is none of it becomes `·`. */
export function printable(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/[^\P{Cc}\n\t]/gu, '·')
}
