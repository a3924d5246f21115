import type { QuickJSContext, QuickJSHandle } from 'quickjs-emscripten-core'

/** The end of a guest, thrown through the engine's own frames: nothing in the guest can catch it. */
export class Stop extends Error {
  constructor(why: string) {
    super(why)
    this.name = 'Stop'
  }
}

/** A guest that ran without end. */
export class Hang extends Stop {}

const LINE_MAX = 500

/** `text` on one line, of at most 500 characters. */
export function oneLine(text: string): string {
  const line = text
    .split('\n')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' < ')
  return line.length > LINE_MAX ? `${line.slice(0, LINE_MAX)}…` : line
}

/** What the guest threw, with its stack, on one line. The handle stays the caller's. */
export function whyGuest(context: QuickJSContext, thrown: QuickJSHandle): string {
  // an engine that has no room for the Error object throws null instead
  if (context.sameValue(thrown, context.null)) return 'out of memory: the engine threw null'
  if (context.typeof(thrown) !== 'object') return oneLine(`threw ${String(context.dump(thrown))}`)
  const name = text(context, thrown, 'name')
  if (name === '') return oneLine(`threw ${JSON.stringify(context.dump(thrown))}`)
  const message = text(context, thrown, 'message')
  const stack = text(context, thrown, 'stack')
  const said = name === 'InternalError' && message === 'out of memory' ? message : `${name}: ${message}`
  return oneLine(stack === '' ? said : `${said}\n${stack}`)
}

/** What the host threw while it ran the guest. */
export function whyHost(error: unknown): string {
  if (error instanceof Stop) return error.message
  if (error instanceof RangeError) return oneLine(`the host could not carry on: ${error.message}`)
  return oneLine(error instanceof Error ? `${error.name}: ${error.message}` : String(error))
}

function text(context: QuickJSContext, handle: QuickJSHandle, name: string): string {
  return context.getProp(handle, name).consume((value) => {
    return context.typeof(value) === 'string' ? context.getString(value) : ''
  })
}
