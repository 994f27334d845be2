/**
 * Measures each contender once per round, one after the other and all of them in every round, so that a busy spell of the
 * machine meets them alike. Resolves with the runs of each, by name.
 */
export async function inRounds<Run>(
  rounds: number,
  contenders: Readonly<Record<string, () => Promise<Run>>>,
  progress: (text: string) => void,
): Promise<Readonly<Record<string, readonly Run[]>>> {
  const runs = Object.fromEntries(Object.keys(contenders).map((name): [string, Run[]] => [name, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const [name, measure] of Object.entries(contenders)) {
      progress(`round ${round} of ${rounds}: ${name}`)
      runs[name]?.push(await measure())
    }
  }
  return runs
}
