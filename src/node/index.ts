/** The entry `wgrad/node`: devices through Dawn, and weights on disk. The only importer of `webgpu`. */
export type { DoctorAdapter, DoctorProblem, DoctorReport, DoctorRuntime } from './doctor.ts'
export { doctor, formatDoctor } from './doctor.ts'
export { readWeights, writeFileAtomic, writeWeights } from './files.ts'
export type { OpenDeviceOptions } from './openDevice.ts'
export { openDevice } from './openDevice.ts'
export { tuningCache } from './tuningFile.ts'
