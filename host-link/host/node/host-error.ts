/** What keeps a host from starting or a report from being made, as one sentence for a person. */
export class HostError extends Error {
  override readonly name = 'HostError'
}

// biome-ignore format: one row an error code of the system
const causes: { readonly [code: string]: string } = {
  EADDRINUSE:    'the port is in use',
  EADDRNOTAVAIL: 'it is no address of this machine',
  ENOTFOUND:     'there is no machine of this name',
  EAI_AGAIN:     'the name cannot be looked up now',
  EACCES:        'it is not allowed',
  EPERM:         'it is not allowed',
  ENOENT:        'there is no such file',
  EISDIR:        'it is a folder, not a file',
  ENOTDIR:       'a part of the path is no folder',
  ENOSPC:        'the disk is full',
  EROFS:         'the file system is read-only',
}

/** The cause in words: of a code of the system that is known here, else the error's own text. */
export function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = String(Reflect.get(error, 'code'))
  return (Object.hasOwn(causes, code) ? causes[code] : undefined) ?? error.message
}

/** Why nobody can listen on `host:port`. */
export function cannotListen(host: string, port: number, error: unknown): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}: cannot listen there, ${causeOf(error)}`
}
