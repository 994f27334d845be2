import { defineConfig } from 'vitest/config'
import { packageTests } from './vitest-preset.ts'

export default defineConfig(packageTests)
