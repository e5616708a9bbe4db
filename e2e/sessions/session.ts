import { setTimeout as delay } from 'node:timers/promises'
import { runProgram, type Outcome } from './program.ts'
import { type Expected, type Result, type Step, filled, filledExpected, mismatch, words } from './step.ts'

/** Where a session's commands run. */
export interface SessionPlace {
  readonly program: string
  readonly env: NodeJS.ProcessEnv
  /** The session's folder. */
  readonly dir: string
  /** What `{name}`s stand for from the start. */
  readonly known: Readonly<Record<string, string>>
}

const PATIENCE_MS = 15_000
const AGAIN_MS = 100

/** Runs the commands one after the other and returns what went wrong, one text each. One that fails keeps none of the others from running. */
export async function runSession(steps: readonly Step[], { program, env, dir, known: given }: SessionPlace): Promise<string[]> {
  const known: Record<string, string> = { ...given }
  const wrong: string[] = []
  for (const step of steps) {
    const args = words(step.run).map((word) => filled(word, known))
    const wanted = wantedOf(step, known)
    const stdin = step.stdin === undefined ? {} : { stdin: filled(step.stdin, known) }
    const extra = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, filled(value, known)]))
    const run = (): Promise<Outcome> => runProgram(program, args, { env: { ...env, ...extra }, cwd: dir, ...stdin })
    let outcome = await run()
    let why = mismatch(wanted, outcome)
    for (const until = Date.now() + PATIENCE_MS; step.eventually === true && why !== undefined && Date.now() < until;) {
      await delay(AGAIN_MS)
      outcome = await run()
      why = mismatch(wanted, outcome)
    }
    if (why !== undefined) wrong.push(`kubectl ${args.join(' ')}: ${why}`)
    if (step.keep !== undefined) known[step.keep] = outcome.out.trim()
  }
  return wrong
}

function wantedOf({ code, out, err }: Result, known: Readonly<Record<string, string>>): Result {
  const put = (expected: Expected): Expected => filledExpected(expected, known)
  return { ...(code === undefined ? {} : { code }), ...(out === undefined ? {} : { out: put(out) }), ...(err === undefined ? {} : { err: put(err) }) }
}
