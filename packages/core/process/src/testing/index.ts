export { type ProgramEnd, type RunningProgram, runProgram } from './run-program.ts'
