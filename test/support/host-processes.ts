import { capture } from '../../src/io/exec.ts'
import { linuxProcesses, type Processes } from '../../src/io/processes.ts'
import { psOutput, psProcesses } from '../../src/io/processes-ps.ts'

/** The process table of the machine that the tests run on. */
export const hostProcesses: Processes =
  process.platform === 'linux' ? linuxProcesses : psProcesses(capture, psOutput)
