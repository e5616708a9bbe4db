import { badRequest } from '../../common/errors.ts'
import type { Needs } from '../../common/which-mode.ts'
import { LEAST, QUESTIONS, STEPS } from '../../common/which-mode.ts'

/** More of anything than anybody has. */
const MOST = 1_000_000_000

/** Answers as a page sent them, which is a program of its own: its word is checked. Throws BadRequest with a sentence. Pure. */
export function checkAnswers(answers: unknown): Partial<Needs> {
  if (typeof answers !== 'object' || answers === null) throw badRequest('The answers must be an object.')
  const given = Object.entries(answers).filter(([, answer]) => answer !== undefined)
  for (const [id, answer] of given) {
    if (!QUESTIONS.includes(id as keyof Needs)) throw badRequest(`Nobody asked for "${id}".`)
    const steps = STEPS[id as keyof typeof STEPS] as readonly unknown[] | undefined
    if (steps !== undefined && !steps.includes(answer)) throw badRequest(`"${String(answer)}" is no answer about ${id}: it is one of ${steps.join(', ')}.`)
    if (typeof LEAST[id as keyof Needs] === 'number' && !(Number.isInteger(answer) && Number(answer) >= 1 && Number(answer) <= MOST)) {
      throw badRequest(`"${String(answer)}" is no number of ${id}: write a whole number from 1 on.`)
    }
  }
  return Object.fromEntries(given) as Partial<Needs>
}
