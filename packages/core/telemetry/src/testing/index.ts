export { createLogRecorder, type LogRecorder, type RecordedLine } from './log-recorder.ts'
