import commonjs from '@rollup/plugin-commonjs'
import resolve from '@rollup/plugin-node-resolve'
import terser from '@rollup/plugin-terser'
import esbuild from 'rollup-plugin-esbuild'

// QuickJS 2021-03-27 knows these class features, although they came after ES2020. Without them esbuild would write
// WeakMaps for every private field, which cost heap on the device.
const supported = {
  'class-field': true,
  'class-static-field': true,
  'class-private-field': true,
  'class-private-method': true,
  'class-private-accessor': true,
  'class-private-static-field': true,
  'class-private-static-method': true,
}

/** The device's bundle: one script that finds `device` and leaves its exports in the global `application`. */
export default {
  input: 'terminal/quickjs.ts',
  plugins: [
    resolve({ browser: true, extensions: ['.ts', '.mjs', '.js'] }),
    commonjs(),
    esbuild({ target: 'es2020', supported, tsconfig: false, charset: 'utf8' }),
    terser({ ecma: 2020, compress: { passes: 3 }, format: { comments: false } }),
  ],
  output: {
    file: 'build/terminal.js',
    format: 'iife',
    name: 'application',
    sourcemap: 'hidden',
    strict: true,
  },
}
