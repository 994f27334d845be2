import { errorText } from './error-text.ts'
import type { LogRecord } from './logger.ts'
import { isSecretKey, type Printable, toJsonText, toPrintable } from './printable.ts'
import { strippedText } from './secret.ts'

/**
 * component-base's JSON: `{"ts":…,"caller":"file.ts:12","msg":"…","v":0,…}`. `ts` is in milliseconds; error lines have
 * no `v` and end with `err`, as zap writes them.
 */
export function formatJson(record: LogRecord, epochMs: string): string {
  const { caller, message, severity, level, fields } = record
  let line = `{"ts":${epochMs},"caller":${JSON.stringify(`${caller.file}:${caller.line}`)},"msg":${JSON.stringify(message)}`
  if (severity !== 'E') line += `,"v":${level}`
  for (const [key, value] of Object.entries(fields))
    line += `,${JSON.stringify(key)}:${toJsonText(fieldOf(key, value))}`
  if ('error' in record) line += `,"err":${JSON.stringify(errorText(record.error))}`
  return `${line}}\n`
}

function fieldOf(key: string, value: unknown): Printable {
  return isSecretKey(key) ? strippedText : toPrintable(value)
}
