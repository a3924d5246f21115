import { connectMqttWeb } from '../../../emulator/page/worker/mqtt-web.ts'
import { mqttInbox } from '../../../host-link/transport/mqtt-client.ts'

/** In a worker of a browser: an inbox at the address it is sent; tells what comes, and says one thing once online. */
self.onmessage = ({ data }: MessageEvent<{ url: string; serial: string; password: Uint8Array }>) => {
  const connection = mqttInbox({
    ...{ connect: connectMqttWeb, ...data, tenant: 'acme' },
    scheduler: {
      monotonicMs: () => performance.now(),
      after(ms: number, then: () => void) {
        const timer = setTimeout(then, ms / 10)
        return () => clearTimeout(timer)
      },
    },
    now: () => Date.now(),
    random: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
  }).open({
    online() {
      self.postMessage('online')
      connection.publish('hello', new Uint8Array(33_000).fill(7), 1)
    },
    offline: () => self.postMessage('offline'),
    message: (topic, bytes) => self.postMessage(`${topic} ${bytes.length} ${bytes[0]}`),
  })
}
