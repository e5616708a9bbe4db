import { autocompletion, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete'
import type { Extension } from '@codemirror/state'
import { EditorView, hoverTooltip } from '@codemirror/view'

/** One thing that could be typed, in words for people. */
export interface AssistItem {
  text: string
  kind: 'key' | 'value'
  description: string
  /** What is to be heeded, in a word and in a sentence; '' where there is nothing. */
  tag: string
  warning: string
  /** How much it is wanted among the others. */
  wanted: 'first' | 'as others' | 'last'
  after: '' | ': ' | ':\n'
  /** It begins a group in braces. */
  inBraces?: true
}

type MaybeLater<T> = T | Promise<T>

/** What a kind of text knows of itself, at once or when the cluster was asked. Offsets count from 0. */
export interface TextAssist {
  complete(text: string, offset: number): MaybeLater<{ from: number; items: AssistItem[] } | undefined>
  explain(text: string, offset: number): MaybeLater<{ from: number; to: number; title: string; description: string; warning: string } | undefined>
}

const look = EditorView.theme({
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-mono)', maxHeight: '240px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 10px', color: 'var(--ink)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--accent-soft)', color: 'var(--accent)' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '600' },
  '.cm-completionDetail': { fontFamily: 'var(--font-sans)', fontStyle: 'normal', color: 'var(--warn)', marginLeft: '12px' },
  '.cm-tooltip.cm-completionInfo': { padding: '0', marginLeft: '4px', borderRadius: '8px' },
  '.cm-assist': { fontFamily: 'var(--font-sans)', fontSize: '12.5px', lineHeight: '18px', padding: '8px 12px', maxWidth: '400px', color: 'var(--ink)' },
  '.cm-assist strong': { display: 'block', fontFamily: 'var(--font-mono)', fontWeight: '600', marginBottom: '2px' },
  '.cm-assist p': { margin: '0', color: 'var(--ink-2)' },
  '.cm-assist p.cm-assist-warning': { color: 'var(--warn)', marginTop: '4px' },
})

/** Completion while typing (and with Ctrl+Space), and what a field means when the pointer rests on it. */
export function assisting(assist: TextAssist): Extension[] {
  const source = async (context: CompletionContext): Promise<CompletionResult | null> => {
    const text = context.state.doc.toString()
    const found = await assist.complete(text, context.pos)
    // On an empty place only who asks is shown everything.
    if (found === undefined || (!context.explicit && found.from === context.pos && !/(?:[:-]\s+|[{[,]\s*)$/.test(text.slice(0, context.pos)))) return null
    return { from: found.from, options: found.items.map(optionOf), validFor: /^[\w.@/=-]*$/ }
  }
  return [
    autocompletion({ override: [source], icons: false }), look,
    hoverTooltip(async (view, pos) => {
      const about = await assist.explain(view.state.doc.toString(), pos)
      return about === undefined ? null : { pos: about.from, end: about.to, above: true, create: () => ({ dom: panel(about) }) }
    }),
  ]
}

const BOOST: Readonly<Record<AssistItem['wanted'], number>> = { 'first': 60, 'as others': 0, 'last': -60 }

function optionOf(item: AssistItem): Completion {
  return {
    label: item.text, type: item.kind === 'key' ? 'property' : 'enum', boost: BOOST[item.wanted],
    ...(item.tag === '' ? {} : { detail: item.tag }),
    ...(item.description === '' && item.warning === '' ? {} : { info: () => panel({ title: '', ...item }) }),
    apply: (view, _completion, from, to) => {
      const line = view.state.doc.lineAt(from)
      const rest = view.state.doc.sliceString(to, line.to)
      const below = `:\n${' '.repeat(from - line.from + 2)}`
      const insert = item.text + (item.kind === 'value' || rest.trimStart().startsWith(':') ? '' : item.after === ':\n' ? below : item.after)
      const [open, close] = item.inBraces === true ? ['{', '}'] : ['', '']
      view.dispatch({ changes: { from, to, insert: `${open}${insert}${close}` }, selection: { anchor: from + open.length + insert.length }, userEvent: 'input.complete' })
    },
  }
}

function panel({ title, description, warning }: { title: string; description: string; warning: string }): HTMLElement {
  const box = document.createElement('div')
  box.className = 'cm-assist'
  const add = (tag: string, text: string, name = ''): void => {
    if (text === '') return
    const part = document.createElement(tag)
    part.textContent = text
    part.className = name
    box.append(part)
  }
  add('strong', title)
  add('p', description)
  add('p', warning, 'cm-assist-warning')
  return box
}
