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

const bundle = (input, file, name, banner = '') => ({
  input,
  plugins: [
    resolve({ browser: true, extensions: ['.ts', '.mjs', '.js'] }),
    commonjs(),
    esbuild({ target: 'es2020', supported, tsconfig: false, charset: 'utf8' }),
    terser({ ecma: 2020, compress: { passes: 3 }, format: { comments: false } }),
  ],
  output: { file, format: 'iife', name, banner, sourcemap: 'hidden', strict: true },
})

export default [
  /** The application, first script of a program: leaves `application.start`. */
  bundle('terminal/quickjs.ts', 'build/terminal.js', 'application'),
  /** The first stage, for a runtime that has none of its own: finds `board`, leaves its choice in the global `boot`. */
  bundle('terminal/boot/quickjs.ts', 'build/boot.js', 'boot'),
  /** The download engine, second script: starts `application` and leaves `application.running`, or finds that and does nothing. */
  bundle('terminal/update/quickjs.ts', 'build/update.js', undefined, 'application.running ||'),
  /** The device contract's suite as the one script of a program of its own: finds `device` with its `rig`. */
  bundle('terminal/device/conformance/quickjs.ts', 'build/conformance.js', 'application'),
]
