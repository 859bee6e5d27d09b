// Rows -> a table for people, a JSON file for machines.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, platform, release } from 'node:os'
import { join } from 'node:path'
import Table from 'cli-table3'

export function tableOf(rows) {
  const table = new Table({
    head: ['agents', 'what', 'value', 'floor', 'ratio', 'target', ''],
    colAligns: ['right', 'left', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  })
  for (const row of rows) {
    table.push([
      String(row.agents),
      row.what,
      amount(row.value, row.unit),
      row.floor === null ? '' : amount(row.floor, row.unit),
      row.ratio === null ? '' : row.ratio.toFixed(2),
      row.target ?? '',
      row.ok === null ? '' : row.ok ? 'ok' : 'OVER',
    ])
  }
  return table.toString()
}

function amount(value, unit) {
  const text = unit === '' || value >= 1_000 ? value.toFixed(0) : value.toFixed(value < 10 ? 2 : 1)
  return `${text} ${unit}`.trim()
}

/** Writes DIR/<time>.json and returns its path. */
export function writeResults(dir, results) {
  mkdirSync(dir, { recursive: true })
  const path = join(dir, `${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}.json`)
  writeFileSync(path, `${JSON.stringify({ host: host(), ...results }, null, 2)}\n`)
  return path
}

function host() {
  return {
    node: process.version,
    tmux: execFileSync('tmux', ['-V'], { encoding: 'utf8' }).trim(),
    system: `${platform()} ${release()}`,
    cpus: cpus().length,
    load: loadavg(),
  }
}

/** `0.42 0.60 0.71`: on a loaded machine ratios are worth more than times. */
export function loadNow() {
  return readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' ')
}
