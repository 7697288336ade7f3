import type { LaunchOptions } from 'playwright-core'

export declare function chromiumLaunchOptions(): LaunchOptions
