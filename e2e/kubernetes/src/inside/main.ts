import { runScenarios } from './run-scenarios.ts'
import { connectToRunner } from './runner-channel.ts'

/** The first process of the namespaces. When it ends, the kernel ends everything in them. */
const runner = connectToRunner()
const message = await runner.firstMessage
process.exitCode = await runScenarios(message, runner, process.env['PATH'] ?? '')
process.exit()
