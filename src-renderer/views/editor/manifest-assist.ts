import type { Resources } from '../../../src-main/common/contract/index.ts'
import { completeManifest, explainManifest } from '../../../src-main/common/manifests/assist.ts'
import type { TextAssist } from '../../components/editor/assist.ts'
import { m } from '../../paraglide/messages.js'

/** What the editor knows of Kubernetes manifests: the kinds that the cluster serves, and their schemas' words. A cluster that cannot be asked offers nothing. */
export function manifestAssist(resources: Pick<Resources, 'kinds' | 'fields'>): TextAssist {
  return {
    complete: async (text, offset) => {
      const found = await completeManifest(text, offset, resources).catch(() => undefined)
      return found && { from: found.from, items: found.items.map(({ isRequired, ...item }) => ({ ...item, tag: isRequired ? m.assist_required_tag() : '', warning: '', low: false })) }
    },
    explain: async (text, offset) => {
      const found = await explainManifest(text, offset, resources).catch(() => undefined)
      return found && { ...found, warning: '' }
    },
  }
}
