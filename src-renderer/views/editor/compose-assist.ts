import { complete, explain, type SwarmWord } from '../../../src-main/common/compose/assist/assist.ts'
import type { TextAssist } from '../../components/editor/assist.ts'
import { m } from '../../paraglide/messages.js'
import { sentence } from '../../lib/sentence.ts'

/** What the editor knows of Compose texts for a swarm: the Compose schema's words, and what Swarm makes of each field. */
export const composeAssist: TextAssist = {
  complete: (text, offset) => {
    const found = complete(text, offset)
    return found && {
      from: found.from,
      items: found.items.map(({ swarm, ...item }) => ({ ...item, description: sentence(item.description), tag: swarm === undefined ? '' : tagOf(swarm), warning: swarm === undefined ? '' : warningOf(swarm), wanted: swarm !== undefined && swarm.is !== 'more' ? 'last' : 'as others' })),
    }
  },
  explain: (text, offset) => {
    const found = explain(text, offset)
    return found && { ...found, description: sentence(found.description), warning: found.swarm === undefined ? '' : warningOf(found.swarm) }
  },
}

function tagOf({ is }: SwarmWord): string {
  return { ignored: m.assist_ignored_tag, refused: m.assist_refused_tag, more: m.assist_more_tag }[is]()
}

function warningOf({ is, why }: SwarmWord): string {
  return { ignored: m.assist_ignored, refused: m.assist_refused, more: m.assist_more }[is]({ why: sentence(why) })
}
