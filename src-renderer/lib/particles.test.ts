import { expect, test } from 'vitest'
import { withParticle } from './particles.ts'

test.each([
  ['web-1', '을(를) 엽니다', '을 엽니다'], ['web-2', '을(를) 엽니다', '를 엽니다'], ['web-3', '이(가)', '이'], ['web-4', '은(는)', '는'], ['10', '과(와) 20', '과 20'],
  ['매니저', '이(가) 없습니다', '가 없습니다'], ['볼륨', '은(는)', '은'], ['"볼륨"', '을(를)', '을'], ['서버', '(으)로', '로'], ['볼륨', '(으)로', '으로'], ['레이블', '(으)로', '로'], ['web-8', '(으)로', '로'],
  // A Latin name may be read in two ways.
  ['nginx', '을(를)', '을(를)'], ['', '을(를)', '을(를)'], ['web-1', '에서', '에서'],
])('after %j %j reads %j', (value, rest, words) => expect(withParticle(value, rest)).toBe(words))
