import { defineConfig } from 'vitest/config'
import { packageTests } from '../../tools/vitest-preset.ts'

export default defineConfig(packageTests)
