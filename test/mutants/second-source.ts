import type { Mutant } from './mutant.ts'

const objects = 'test/host-link/transport/http-objects.test.ts'
const provision = 'test/scripts/provision-tms.test.ts'

/** The second source 第二来源: ranges over HTTPS, and who is believed there. */
export const secondSource: readonly Mutant[] = [
  {
    id: 'objects-whole-for-a-range',
    rule: 'second source',
    file: 'host-link/transport/http-objects.ts',
    find: 'response.status === 206 && ',
    replace: 'response.ok && ',
    tests: [objects],
    does: 'Takes an answer that is no range.',
  },
  {
    id: 'objects-another-range',
    rule: 'second source',
    file: 'host-link/transport/http-objects.ts',
    find: ' && range.startsWith(',
    replace: ' && range !== (',
    tests: [objects],
    does: 'Takes another place of the object for the one it asked for.',
  },
  {
    id: 'objects-too-short',
    rule: 'second source',
    file: 'host-link/transport/http-objects.ts',
    find: 'if (done) return at === length ? bytes : undefined',
    replace: 'if (done) return bytes',
    tests: [objects],
    does: 'Fills what did not come with zeros.',
  },
  {
    id: 'objects-of-any-server',
    rule: 'second source',
    file: 'host-link/transport/https-get.ts',
    find: 'new Agent({ ca, ',
    replace: 'new Agent({ ca, rejectUnauthorized: false, ',
    tests: [objects],
    does: 'Asks a server whose certificate nobody signed whom it believes.',
  },
  {
    id: 'objects-without-the-ca',
    rule: 'second source',
    file: 'emulator/console/terminal.ts',
    find: '    ...(isSecure && tms.ca !== undefined && { get: httpsGet(tms.ca) }),\n',
    replace: '',
    tests: ['test/emulator/console/inbox.test.ts'],
    does: 'Gives --tms-ca to the broker alone: a second source under the same CA never answers.',
  },
  {
    id: 'provision-plain-objects',
    rule: 'second source',
    file: 'scripts/provision-tms.ts',
    find: '(?:localhost|127(?:\\.\\d{1,3}){3}|\\[::1\\])',
    replace: '[^\\s/]+',
    tests: [provision],
    does: 'Lets the second source be asked in plain text on another machine.',
  },
]
