#!/usr/bin/env node
// Loads the build with the machine code that was kept when it was made (dist/*.v8, see scripts/code-cache.mjs): to
// compile it anew takes 10 ms, or 40 after an edit of the compose file. What another version of Node made is refused
// by V8, which then compiles as ever.
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { Script } = require('node:vm')

const dist = join(__dirname, '..', 'dist')
const modules = new Map()

function load(name) {
  const known = modules.get(name)
  if (known !== undefined) return known.exports
  const module = { exports: {} }
  modules.set(name, module)
  const filename = join(dist, name)
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(filename, 'utf8')}\n})`
  const run = new Script(source, { filename, cachedData: readKept(`${filename}.v8`) }).runInThisContext()
  run(module.exports, requireFrom, module, filename, dist)
  return module.exports
}

function requireFrom(id) {
  return id.startsWith('./') ? load(id.slice(2)) : require(id)
}

function readKept(path) {
  try {
    return readFileSync(path)
  } catch {
    return undefined // slower, and just as good
  }
}

load('team.cjs')
