/** How earlier access lists name the workers on the broker: no terminal is called so, whatever list a broker still has. */
const FORMER_SERVICE_USER = 'shuaka-service'
const SERIAL = /^[0-9A-Za-z][0-9A-Za-z._-]{0,19}$/

/** What `isSerial` takes, in words. */
export const SERIAL_WANTED = 'a serial of 1 to 20 letters, digits, . _ and -, a letter or digit first,'

/**
 * Whether a text can be a terminal's serial: it is its name on the broker too, and a level of its topics, so there is no slash
 * and no wildcard in it, and it is none of the names of the service.
 */
export function isSerial(text: string): boolean {
  return SERIAL.test(text) && text.toLowerCase() !== FORMER_SERVICE_USER
}
