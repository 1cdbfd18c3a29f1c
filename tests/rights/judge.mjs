// Judges requests by policies, with iam-simulate: a JSON list of simulations on stdin, a list of verdicts on stdout.
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

const { runSimulation } = createRequire(`${process.argv[2]}/package.json`)('@cloud-copilot/iam-simulate')
const verdicts = []
for (const simulation of JSON.parse(readFileSync(0, 'utf8'))) {
  const result = await runSimulation(simulation, {})
  verdicts.push({ result: result.overallResult ?? result.analysis?.result ?? 'error', detail: result.errors ?? null, type: result.resultType ?? null })
}
process.stdout.write(JSON.stringify(verdicts))
