/** Join tokens and unlock keys, wherever they stand. */
const SECRET = /SWM(TKN|KEY)-1-[A-Za-z0-9+/=-]+/g

/** A text of Docker's or a person's, without the swarm's secrets that may be in it. Pure. */
export function hidden(text: string): string {
  return text.replace(SECRET, 'SWM$1-1-…')
}

/** Whether a text has one of the swarm's secrets in it. */
export function hasSecret(text: string): boolean {
  return new RegExp(SECRET.source).test(text)
}
