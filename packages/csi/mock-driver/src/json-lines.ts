import type { Socket } from 'node:net'

/** Calls `take` with each line of a socket, parsed. What is no JSON ends the connection. */
export function readJsonLines(socket: Socket, take: (value: unknown) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk) => {
    const lines = `${rest}${String(chunk)}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      try {
        take(JSON.parse(line))
      } catch (error) {
        socket.destroy(error as Error)
        return
      }
    }
  })
}

/** Writes a value as one line. */
export function writeJsonLine(socket: Socket, value: unknown): void {
  socket.write(`${JSON.stringify(value)}\n`)
}
