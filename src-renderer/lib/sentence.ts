import korean from '../../resources/messages/sentences.ko.json'
import { getLocale } from '../paraglide/runtime.js'
import { SentenceBook } from './sentence-book.ts'

const KOREAN = new SentenceBook(Object.values(korean).flatMap((sentences: Record<string, string>) => Object.entries(sentences)))

/**
 * A sentence that the engine, a server or a cluster said, in the screens' language: in Korean by the catalog resources/messages/sentences.ko.json, where the English
 * sentence is the key. What is not in it stays: Docker's and Kubernetes' own words, names, and what is in the screens' language already.
 */
export function sentence(text: string): string
export function sentence(text: string | undefined): string | undefined
export function sentence(text: string | undefined): string | undefined {
  return text === undefined || text === '' || getLocale() !== 'ko' ? text : KOREAN.translate(text)
}
