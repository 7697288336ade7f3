#!/usr/bin/env node
/** The command line. `wgrad train`, `bench`, `doctor` … are a file each; this one starts and ends them. */
import { Command } from 'commander'
import { addBench } from './bench.ts'
import { addDoctor } from './doctor.ts'
import { addEval } from './eval.ts'
import { exitCodesHelp, reportError } from './exit.ts'
import { addPredict } from './predict.ts'
import { addGradcheck } from './gradcheck.ts'
import { describeMissing } from './prerequisites.ts'
import { addTrain } from './train.ts'
import { addTuneKernels } from './tuneKernels.ts'
import { version } from './versions.ts'

const program = new Command('wgrad')
  .description('Train and use a classifier of handwritten digits on WebGPU.')
  .version(version)
  // `bench compare --json` is compare's option, not bench's.
  .enablePositionalOptions()
  .exitOverride()
  // Errors are told in one place, in one line: exit.ts.
  .configureOutput({ outputError: () => undefined })
  .addHelpText('afterAll', exitCodesHelp)
  .addHelpText('after', () => {
    const missing = describeMissing()
    return missing === undefined ? '\nStart with: wgrad train' : `\n${missing}`
  })
for (const add of [addTrain, addEval, addPredict, addBench, addTuneKernels, addGradcheck, addDoctor])
  add(program)

// `wgrad train | head` closes the pipe early; the work goes on and the results are written.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

try {
  await program.parseAsync()
} catch (error) {
  // The exit code is set rather than exited with: a normal end waits for the device's queue.
  process.exitCode = reportError(error)
}
