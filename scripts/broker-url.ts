/** Address of an MQTT broker; name and password are the terminal's own and not in it. */
export const BROKER_URL = /^(mqtts?|wss?):\/\/[^\s/@]+(\/\S*)?$/
