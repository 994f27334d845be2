import { errorText } from './error-text.ts'
import type { LogRecord } from './logger.ts'
import { isSecretKey, toJsonText, toPrintable } from './printable.ts'
import { strippedText } from './secret.ts'

/**
 * klog's structured text on one line: `I0102 15:04:05.000000       1 file.ts:12] "message" key="value"`.
 * klog spreads texts with newlines over several lines; here they are escaped, because a log collector takes each line for a record.
 */
export function formatKlog(record: LogRecord, time: string, pid: string): string {
  const { severity, caller, message } = record
  let line = `${severity}${time} ${pid} ${caller.file}:${caller.line}] ${quote(message)}`
  if ('error' in record) line += ` err=${quote(errorText(record.error))}`
  for (const [key, value] of Object.entries(record.fields)) line += ` ${key}=${fieldText(key, value)}`
  return `${line}\n`
}

function fieldText(key: string, value: unknown): string {
  if (isSecretKey(key)) return quote(strippedText)
  const printable = toPrintable(value)
  return typeof printable === 'string' ? quote(printable) : toJsonText(printable)
}

// Go's %q and JSON agree on what people write; JSON leaves a few invisible characters, which a terminal would act on.
function quote(text: string): string {
  return JSON.stringify(text).replace(
    hiddenCharacters,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const hiddenCharacters = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g
