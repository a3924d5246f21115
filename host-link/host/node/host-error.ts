/** What keeps a host from starting or a report from being made, as one sentence for a person. */
export class HostError extends Error {
  override readonly name = 'HostError'
}
