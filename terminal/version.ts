/** 版本 of the application; `test/terminal/version.test.ts` holds it against package.json. */
export const VERSION = '0.1.0'
