import { readFile, stat } from 'node:fs/promises'
import { runProgram } from '@csi-ts/process/testing'
import { expect, it } from 'vitest'

const root = new URL('../../../../', import.meta.url)
const readme = await readFile(new URL('README.md', root), 'utf8')

/** A run's output without what differs from run to run: times, ports, ids, the temporary folder. */
function normalised(text: string): string {
  return text
    .replace(/\d+\.\d\d s \(\+\d+ ms\) */g, 'TIME ')
    .replace(/127\.0\.0\.1:\d+/g, 'ADDRESS')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID')
    .replace(/\S*\/quickstart-\w+/g, 'FOLDER')
    .replace(/ +/g, ' ')
    .replace(/(ext4|overlay|tmpfs|xfs|btrfs) mounted/g, 'FS mounted')
}

it('shows what npm run quickstart prints', async () => {
  const transcript = /```\n\$ npm run quickstart\n(.*?)```/s.exec(readme)?.[1] ?? ''
  await using program = runProgram(new URL('main.ts', import.meta.url), [], {
    env: { PATH: process.env['PATH'] ?? '' },
  })
  expect((await program.ended).code).toBe(0)
  expect(normalised(transcript)).toBe(normalised(program.stdout()))
})

it('names only commands and files that exist', async () => {
  const texts = await Promise.all(
    ['README.md', 'CONTRIBUTING.md', 'docs/architecture.md'].map((path) => readFile(new URL(path, root), 'utf8')),
  )
  const { scripts } = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as { scripts: object }
  const commands = texts.flatMap((text) =>
    [...text.matchAll(/npm (?:run )?(test|(?<=run )[a-z0-9]+)/g)].map((match) => match[1]),
  )
  expect(commands.length).toBeGreaterThan(5)
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(commands))
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] ?? '')
  expect(links.length).toBeGreaterThan(10)
  for (const link of links) expect((await stat(new URL(link, root))).isDirectory() || link.endsWith('.md')).toBe(true)
})
