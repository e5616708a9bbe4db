import { stringify } from 'yaml'
import type { Manifest } from './convert.ts'

/** Objects as one text of several documents, as kubectl reads it; `todo`: what has to be there first. */
export function manifestText(objects: readonly Manifest[], todo: readonly string[]): string {
  const header = todo.length === 0 ? '' : `# Before this is applied:\n${todo.map((line) => `# - ${line.replace(/\s+/g, ' ')}\n`).join('')}`
  return header + objects.map((object) => {
    const comment = COMMENTS[object.kind]
    return (comment === undefined ? '' : `# ${comment}\n`) + stringify(object, { lineWidth: 0, version: '1.1', aliasDuplicateObjects: false })
  }).join('---\n')
}

/** What a reader who knows Compose may ask at first sight. */
const COMMENTS: Record<string, string | undefined> = {
  StatefulSet: 'Its data is its own: each replica has a claim, and keeps it when it is replaced.',
  PersistentVolumeClaim: 'Ask for what the data needs: it is easier before the first start than after.',
  NetworkPolicy: 'In Compose, services that share no network do not reach each other; here everything does, unless a policy says otherwise.',
}
