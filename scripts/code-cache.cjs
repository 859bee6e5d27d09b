// Runs one team command and keeps, beside each file of the build that it loads, what V8 compiled of it so far:
// node code-cache.cjs ARG... What earlier runs kept is loaded first, and kept again.
const { writeFileSync } = require('node:fs')
const vm = require('node:vm')

const scripts = new Map()
vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options)
    scripts.set(options.filename, this)
  }
}
process.on('exit', () => {
  for (const [filename, script] of scripts) writeFileSync(`${filename}.v8`, script.createCachedData())
})

// Set first: as a command sees it.
process.argv.splice(1, 1, require.resolve('../bin/team.js'))
require('../bin/team.js')
