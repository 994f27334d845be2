import { expect, it } from 'vitest'
import { benchResult, renderJson, renderTable } from './result.ts'

it('a figure over its limit, under its least, not measured or no number misses its target', () => {
  const targets = [
    { figure: 'size', limit: 10 },
    { figure: 'rate', limit: 0.9, atLeast: true as const },
    { figure: 'fine', limit: 10 },
    { figure: 'forgotten', limit: 1 },
    { figure: 'senseless', limit: 1 },
  ]
  const result = benchResult('x', { size: 11, rate: 0.5, fine: 10, senseless: Number.NaN }, targets)
  expect(result.missed).toEqual(['size', 'rate', 'forgotten', 'senseless'])
})

it('renderTable() aligns, names what was not measured, and ends with the notes', () => {
  const result = benchResult('x', { 'size kB': 7, other: 1.5 }, [
    { figure: 'size kB', limit: 10 },
    { figure: 'gone', limit: 3 },
  ])
  expect(renderTable({ ...result, notes: ['by hand'] }).split('\n')).toEqual([
    'figure       measured  target',
    'size kB             7      10  ok',
    'other            1.50',
    'gone     not measured       3  MISSED',
    'by hand',
  ])
})

it('renderJson() is what was found, without the notes', () => {
  const result = { ...benchResult('x', { size: 7 }, [{ figure: 'size', limit: 5 }]), notes: ['by hand'] }
  expect(JSON.parse(renderJson(result))).toEqual({
    bench: 'x',
    figures: { size: 7 },
    targets: { size: 5 },
    missed: ['size'],
  })
})
