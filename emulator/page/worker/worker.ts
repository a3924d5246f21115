import { type WebSocketLike, webSocketDial } from '../../../host-link/transport/web-socket-client.ts'
import { fromHex } from '../../../keys/hex.ts'
import type { InboxPort, Scheduler } from '../../device/ports.ts'
import { STACK_BYTES } from '../../vm/limits.ts'
import { quickJsEngine } from '../../vm/quickjs-engine.ts'
import type { FromWorker, TerminalSetup, ToWorker } from '../protocol.ts'
import { loadQuickJsWeb } from '../quickjs-web.ts'
import { startTerminal, type WorkerTerminal } from './terminal.ts'
import { openVault } from './vault.ts'

/** The worker of the page: the whole terminal runs here, its program in QuickJS. */
function post(message: FromWorker): void {
  self.postMessage(message)
}

const scheduler: Scheduler = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now() - new Date().getTimezoneOffset() * 60_000,
  after(ms, then) {
    const timer = setTimeout(then, ms)
    return () => clearTimeout(timer)
  },
}
const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))

/** The client of the broker's protocol is loaded only for a terminal that has a download service: it is larger than all else. */
async function inboxOf({ tms, serial }: TerminalSetup): Promise<InboxPort | undefined> {
  if (tms === undefined) return undefined
  const { connectMqttWeb } = await import('./mqtt-web.ts')
  const { mqttInbox } = await import('../../../host-link/transport/mqtt-client.ts')
  const { origin } = self.location
  return mqttInbox({
    connect: connectMqttWeb,
    url: `${origin.replace(/^http/, 'ws')}${tms.path}`,
    ...{ tenant: tms.tenant, serial, password: fromHex(tms.password) },
    ...(tms.objectsPath === undefined ? {} : { objects: `${origin}${tms.objectsPath}` }),
    ...{ scheduler, random },
    now: () => Date.now(),
  })
}

/** Its reports count from one again, and the service is to believe them. A server that cannot be asked is found out later. */
async function tellNew({ tms }: TerminalSetup): Promise<void> {
  if (tms !== undefined) await fetch(`${tms.deskPath}/new`, { method: 'POST' }).catch(() => undefined)
}

async function begin(message: Extract<ToWorker, { kind: 'begin' }>): Promise<WorkerTerminal> {
  const module = await loadQuickJsWeb(message.engineUrl)
  const inbox = await inboxOf(message.terminal)
  return startTerminal({
    terminal: message.terminal,
    choice: message.choice,
    vault: await openVault(message.terminal.serial),
    scheduler,
    // The type of `onmessage` asks for less than the browser's event has.
    dial: webSocketDial(() => new WebSocket(message.hostUrl) as WebSocketLike),
    ...(inbox === undefined ? {} : { inbox }),
    isNew: () => tellNew(message.terminal),
    dialStation: (url) => webSocketDial(() => new WebSocket(url) as WebSocketLike),
    async loadEngine() {
      const response = await fetch(message.programUrl, { cache: 'no-store' })
      if (!response.ok) throw new Error(`${message.programUrl}: ${response.status}`)
      return quickJsEngine({ module, bundle: await response.text(), stackBytes: STACK_BYTES.webWorker })
    },
    post,
    random,
    gbk: (bytes) => new TextDecoder('gbk').decode(bytes),
  })
}

function listen(): void {
  let terminal: Promise<WorkerTerminal> | undefined
  // One after the other, in the order of the hands: a key after a restart is a key of the restarted terminal.
  let turn: Promise<void> = Promise.resolve()
  self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
    turn = turn
      .then(async () => {
        if (data.kind === 'begin') terminal = begin(data)
        const made = await terminal
        if (data.kind !== 'begin') await made?.handle(data)
      })
      .catch((error: unknown) =>
        post({ kind: 'failed', why: error instanceof Error ? error.message : String(error) }),
      )
  }
}

listen()
