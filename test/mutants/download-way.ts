import type { Mutant } from './mutant.ts'

const demonstration = 'test/scripts/demonstration-downloads.test.ts'

/** The service inside the emulator, and what shows only when everything is put together. */
export const downloadWay: readonly Mutant[] = [
  {
    id: 'demonstration-starts-for-anything',
    rule: 'emulator: a download service that nobody uses costs nothing',
    file: 'scripts/demonstration-downloads.ts',
    find: 'path === console.slice(0, -1) ||',
    replace: "path !== '' ||",
    tests: [demonstration],
    does: 'Opens database and broker with the first request for anything.',
  },
  {
    id: 'demonstration-obeys-other-pages',
    rule: 'emulator: only its own page offers a release',
    file: 'scripts/demonstration-service.ts',
    find: 'host === undefined || !own',
    replace: 'host === undefined',
    tests: [demonstration],
    does: 'Does what a page from elsewhere posts.',
  },
  {
    id: 'broker-for-pages-from-elsewhere',
    rule: 'emulator: no WebSocket for a page of another name',
    file: 'host-link/transport/web-socket-server.ts',
    find: "    if (!isFromHere(request) || !isOurs(request)) return refuse(socket, '403 Forbidden')\n",
    replace:
      "    if (others(request, socket, head)) return\n    if (!isFromHere(request) || !isOurs(request)) return refuse(socket, '403 Forbidden')\n",
    tests: [demonstration],
    does: 'Asks the others before it looks where the page is from.',
  },
  {
    id: 'demonstration-password-of-all',
    rule: 'emulator: a terminal has a password of its own',
    file: 'scripts/demonstration-downloads.ts',
    find: "createHmac('sha256', secret)",
    replace: "createHmac('sha256', '')",
    tests: [demonstration],
    does: 'Gives every terminal the same password, which anybody can compute.',
  },
  {
    id: 'one-version-offered-twice',
    rule: 'emulator: each release has a version of its own',
    file: 'scripts/demonstration-desk.ts',
    find: 'other.seq - one.seq',
    replace: 'one.seq - other.seq',
    tests: [demonstration],
    does: 'Counts on from the oldest release.',
  },
  {
    id: 'hanging-release-ends',
    rule: 'release: one that is to hang hangs',
    file: 'scripts/release/development.ts',
    find: "'for (;;);\\n'",
    replace: "';\\n'",
    tests: ['test/scripts/release/development.test.ts'],
    does: 'Offers a good program under the name of one that hangs.',
  },
  {
    id: 'numbers-of-a-forgotten-key-stand',
    rule: 'service: numbers of reports are those of a key',
    file: 'host-link/tms/node/accept.ts',
    find: '    ;[terminal.epoch, terminal.seq] = [0, 0]\n',
    replace: '',
    tests: ['test/host-link/tms/node/forgotten-key.test.ts'],
    does: 'Is deaf to a terminal whose new secure element counts from one.',
  },
]
