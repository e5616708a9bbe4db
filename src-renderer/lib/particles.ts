/** `을(를)` and its like right after a word; for `(으)로` the first form is with a final consonant other than ㄹ. */
const PAIRS: readonly [form: string, withFinal: string, without: string][] = [
  ['을(를)', '을', '를'], ['이(가)', '이', '가'], ['은(는)', '은', '는'], ['과(와)', '과', '와'], ['(으)로', '으로', '로'],
]
/** How digits end when they are read: 영 일 이 삼 사 오 육 칠 팔 구. */
const DIGITS = ['ㅇ', 'ㄹ', '', 'ㅁ', '', '', 'ㄱ', 'ㄹ', 'ㄹ', ''] as const
const FIRST_SYLLABLE = 0xac00
const FINALS = 28
const FINAL_RIEUL = 8

/**
 * Korean text that follows a value, its particle chosen: `을(를) 열 수 없습니다` after `web-1` begins with `을`. Where the sound of the value's end is not known (a
 * Latin name may be read in two ways) both forms stay, as everywhere else in the screens. Pure.
 */
export function withParticle(value: string, rest: string): string {
  const pair = PAIRS.find(([form]) => rest.startsWith(form))
  const final = finalOf(value)
  if (pair === undefined || final === undefined) return rest
  const [form, withFinal, without] = pair
  const closed = withFinal === '으로' ? final !== '' && final !== 'ㄹ' : final !== ''
  return rest.replace(form, closed ? withFinal : without)
}

/** The final consonant of the last sound of a word: '' for none, undefined where it cannot be told. */
function finalOf(value: string): string | undefined {
  const last = value.replace(/["'”’)\]`]+$/, '').at(-1) ?? ''
  if (/\d/.test(last)) return DIGITS[Number(last)]
  const syllable = last.charCodeAt(0) - FIRST_SYLLABLE
  if (!(syllable >= 0 && syllable < 11_172)) return undefined
  const final = syllable % FINALS
  return final === 0 ? '' : final === FINAL_RIEUL ? 'ㄹ' : 'ㅇ'
}
