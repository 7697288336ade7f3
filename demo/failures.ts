/** What can go wrong, in plain words, each with what to do. */

export interface Failure {
  readonly kind: FailureKind
  readonly title: string
  /** What the library said, where it says more than the title. */
  readonly detail: string
  /** What to do. */
  readonly advice: string
  /** Whether the page cannot train any more. */
  readonly fatal: boolean
}

export type FailureKind =
  | 'no-webgpu'
  | 'insecure'
  | 'no-adapter'
  | 'limits'
  | 'memory'
  | 'lost'
  | 'file'
  | 'data'
  | 'training'
  | 'setting'
  | 'other'

/** Why this browser cannot run the page, before anything is asked of it; undefined where it can. */
export function missingWebGpu(): Failure | undefined {
  if (!window.isSecureContext) return describe('insecure')
  return 'gpu' in navigator ? undefined : describe('no-webgpu')
}

/** A rejection of the worker's as a failure: by the name of the library's error, which Comlink keeps. */
export function failureOf(error: unknown): Failure {
  const { name = '', message = String(error) } = error as Partial<Error>
  return describe(kindOf(name, message), message)
}

function kindOf(name: string, message: string): FailureKind {
  switch (name) {
    case 'DeviceLostError':
      return 'lost'
    case 'OutOfMemoryError':
      return 'memory'
    case 'LimitError':
      return 'limits'
    case 'AdapterError':
      return message.includes('secure context')
        ? 'insecure'
        : message.includes('has no WebGPU')
          ? 'no-webgpu'
          : 'no-adapter'
    case 'WeightsError':
      return 'file'
    case 'DataError':
      return 'data'
    case 'TrainingError':
      return 'training'
    case 'OptionError':
    case 'ShapeError':
      return 'setting'
    default:
      return 'other'
  }
}

const fatalKinds: readonly FailureKind[] = ['no-webgpu', 'insecure', 'no-adapter', 'data']

function describe(kind: FailureKind, detail = ''): Failure {
  return { kind, ...words[kind], detail, fatal: fatalKinds.includes(kind) }
}

const words: Readonly<Record<FailureKind, Pick<Failure, 'title' | 'advice'>>> = {
  'no-webgpu': {
    title: 'This browser has no WebGPU',
    advice:
      'Open the page in Chrome or Edge 113, Safari 26, Firefox 141, or a later version of them. Below is a run that was recorded.',
  },
  insecure: {
    title: 'WebGPU needs a secure page',
    advice: 'Open this page over https, or from localhost. Below is a run that was recorded.',
  },
  'no-adapter': {
    title: 'WebGPU is there, but no GPU answers',
    advice:
      'Turn on hardware acceleration in the browser’s settings and update the graphics driver; chrome://gpu or about:support names the reason. Below is a run that was recorded.',
  },
  limits: {
    title: 'This GPU cannot hold so large a model',
    advice: 'Use fewer or narrower layers, or fewer training images.',
  },
  memory: {
    title: 'The GPU is out of memory',
    advice: 'Use a smaller model or batch, or close other pages that draw on the GPU; then train again.',
  },
  lost: {
    title: 'The GPU was lost',
    advice:
      'The driver was reset or took the GPU away. Your last model is kept: reload the page, and train on.',
  },
  file: {
    title: 'This file is no model that the page can use',
    advice: 'Choose a .safetensors file that this page or “wgrad train” has written.',
  },
  data: {
    title: 'The data set could not be loaded',
    advice: 'Check the connection, and reload the page. Nothing has to be downloaded twice.',
  },
  training: {
    title: 'The training went astray',
    advice: 'Lower the learning rate, and train again.',
  },
  setting: {
    title: 'This cannot be trained as it is set',
    advice: 'Change the setting that is named here.',
  },
  other: {
    title: 'Something went wrong',
    advice: 'Reload the page. If it happens again, this is a defect: please report what it says here.',
  },
}
