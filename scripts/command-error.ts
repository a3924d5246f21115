/** What a command answers to bad input: one sentence for standard error and an exit code that is not 0. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: number
  /** `exitCode` 2 is a wrong use of the command line, 1 all else. */
  constructor(sentence: string, exitCode: 1 | 2 = 1) {
    super(sentence)
    this.exitCode = exitCode
  }
}

// biome-ignore format: one row an error code of the system
const causes: { readonly [code: string]: string } = {
  ENOENT:       'there is no such file',
  EISDIR:       'it is a folder, not a file',
  ENOTDIR:      'a part of the path is no folder',
  EEXIST:       'there is a file where a folder is wanted',
  EACCES:       'permission is denied',
  EPERM:        'permission is denied',
  EADDRINUSE:   'the port is in use',
  EADDRNOTAVAIL:'this machine has no such address',
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND:    'there is no host of this name',
  EAI_AGAIN:    'the name cannot be looked up now',
  ETIMEDOUT:    'there is no answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH:  'the network cannot be reached',
  ENOSPC:       'the disk is full',
  EROFS:        'the file system is read-only',
}

/** Any error as one sentence without line breaks. */
export function sentence(error: unknown): string {
  if (!(error instanceof Error)) return `${error}.`
  const code: unknown = Reflect.get(error, 'code')
  const cause = typeof code === 'string' && Object.hasOwn(causes, code) ? causes[code] : undefined
  if (cause === undefined) return full(error.message)
  const path: unknown = Reflect.get(error, 'path') ?? Reflect.get(error, 'hostname') ?? endpoint(error)
  return full(path === undefined ? cause : `${path}: ${cause}`)
}

function endpoint(error: Error): string | undefined {
  const port: unknown = Reflect.get(error, 'port')
  return port === undefined ? undefined : `${Reflect.get(error, 'address') ?? ''}:${port}`
}

/** One line that ends with a full stop. */
function full(text: string): string {
  const line = text.replace(/\s*\n\s*/g, ' ').trim()
  return /[.!?。]$/.test(line) ? line : `${line}.`
}
