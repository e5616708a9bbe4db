import { autocompletion, closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { HighlightStyle, bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, lintKeymap, type Diagnostic } from '@codemirror/lint'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { EditorState, type Extension, type Text } from '@codemirror/state'
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import type { Problem } from '../../../src-main/common/contract/index.ts'
import { sentence } from '../../lib/sentence.ts'

const look = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'var(--surface)', color: 'var(--ink)', fontSize: '12.5px' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '20px' },
  '.cm-content': { caretColor: 'var(--accent)', padding: '10px 0' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--ink-3)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--accent) 6%, transparent)' },
  '&.cm-focused': { outline: 'none' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'color-mix(in srgb, var(--accent) 24%, transparent) !important' },
  '.cm-cursor': { borderLeftColor: 'var(--accent)' },
  '.cm-selectionMatch, .cm-searchMatch': { backgroundColor: 'var(--warn-soft)' },
  '.cm-panels': { backgroundColor: 'var(--bg)', color: 'var(--ink)', borderColor: 'var(--line)' },
  '.cm-textfield': { border: '1px solid var(--line-strong)', borderRadius: '6px', backgroundColor: 'var(--surface)', color: 'var(--ink)', fontFamily: 'var(--font-sans)' },
  '.cm-button': { backgroundImage: 'none', backgroundColor: 'var(--surface)', border: '1px solid var(--line-strong)', borderRadius: '6px', color: 'var(--ink)', fontFamily: 'var(--font-sans)' },
  '.cm-tooltip': { backgroundColor: 'var(--surface)', border: '1px solid var(--line)', borderRadius: '8px', color: 'var(--ink)', boxShadow: 'var(--shadow-pop)', overflow: 'hidden' },
  '.cm-diagnostic': { fontFamily: 'var(--font-sans)', padding: '6px 10px', maxWidth: '480px' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warn)' },
  '.cm-changedLine, .cm-insertedLine': { backgroundColor: 'var(--ok-soft) !important' },
  '.cm-deletedChunk, .cm-deletedLine': { backgroundColor: 'var(--bad-soft) !important' },
  '.cm-changedText': { background: 'color-mix(in srgb, var(--ok) 26%, transparent) !important' },
  '.cm-deletedText, .cm-deletedChunk .cm-deletedText': { background: 'color-mix(in srgb, var(--bad) 26%, transparent) !important' },
  '.cm-changeGutter': { width: '3px', paddingLeft: '0' },
  '.cm-changedLineGutter': { background: 'var(--ok) !important' },
  '.cm-deletedLineGutter': { background: 'var(--bad) !important' },
  '.cm-collapsedLines': { background: 'var(--bg) !important', color: 'var(--ink-3)', fontFamily: 'var(--font-sans)', fontSize: '12px', padding: '3px 12px' },
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: 'none' },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--idle-soft)', border: 'none', color: 'var(--ink-2)' },
})

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--syntax-key)' },
  { tag: [tags.string, tags.special(tags.string), tags.content], color: 'var(--ink)' },
  { tag: [tags.string], color: 'var(--syntax-string)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword, tags.atom], color: 'var(--syntax-number)' },
  { tag: [tags.comment, tags.meta], color: 'var(--syntax-comment)', fontStyle: 'italic' },
  { tag: [tags.punctuation, tags.separator], color: 'var(--ink-3)' },
])

/** What every YAML text has, edited or only shown. `label` is its accessible name. */
export function yamlBase(label: string): Extension[] {
  return [lineNumbers(), yaml(), look, syntaxHighlighting(colours), EditorView.contentAttributes.of({ 'aria-label': label }), search({ top: true }), keymap.of(searchKeymap), foldGutter(), keymap.of(foldKeymap)]
}

/** A text that is only shown; it can be focused, searched and copied. */
export function readOnly(): Extension[] {
  return [EditorState.readOnly.of(true), EditorView.editable.of(false), EditorView.contentAttributes.of({ tabindex: '0' })]
}

/** What editing adds. Tab indents; Ctrl+M (Shift+Alt+M on a Mac) gives Tab back to moving the focus. */
export function editing(onChange: (text: string) => void): Extension[] {
  return [
    history(), drawSelection(), highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(), indentOnInput(), bracketMatching(), closeBrackets(), autocompletion(), lintGutter(),
    indentUnit.of('  '), EditorState.tabSize.of(2),
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...lintKeymap, indentWithTab]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange(update.state.doc.toString())
    }),
  ]
}

/** Problems where they are. One without a place stands at the start of the text. */
export function diagnosticsOf(problems: readonly Problem[], doc: Text): Diagnostic[] {
  return problems.map((problem) => {
    const line = doc.line(Math.min(Math.max(1, problem.line ?? 1), doc.lines))
    const from = Math.min(line.from + Math.max(0, (problem.column ?? 1) - 1), line.to)
    const endLine = problem.endLine === undefined ? line : doc.line(Math.min(Math.max(line.number, problem.endLine), doc.lines))
    const to = problem.endColumn === undefined ? line.to : Math.min(endLine.from + problem.endColumn - 1, endLine.to)
    return { from, to: Math.max(from, to), severity: problem.severity, message: sentence(problem.message) }
  })
}
