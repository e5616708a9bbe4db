import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Budget, CALL_BUDGET } from './budget.ts'
import type { Declared } from './check.ts'
import { CelBudgetError, CelError, CelSyntaxError } from './errors.ts'
import { Expression } from './expression.ts'
import { ArrayList } from './values.ts'
import type { Value } from './values.ts'

const run = (source: string, budget = new Budget(CALL_BUDGET)): Value => new Expression(source).evaluate({ get: () => undefined }, budget)

// What Kubernetes adds to the language, by its own documentation's examples and more.
test.each([
  '[1, 2, 2].isSorted()', '!["b", "a"].isSorted()', '[1, 3].sum() == 4', '[1.5, 2.0].sum() == 3.5', '[].sum() == 0', '[3, 1, 2].min() == 1', '["a", "b"].max() == "b"', '[1, 2, 2].indexOf(2) == 1', '[1, 2, 2].lastIndexOf(2) == 2',
  '"abc 123".find("[0-9]*$") == "123"', '"123 abc 456".findAll("[0-9]+") == ["123", "456"]', '"123 abc 456".findAll("[0-9]+", 1) == ["123"]', '"x".find("y") == ""', '"abc".matches("^a.c$")', '!"abc".matches("^b")',
  'url("https://example.com:80/a%20b?k=v&k=w").getHost() == "example.com:80"', 'url("https://example.com:80/").getPort() == "80"', 'url("https://[::1]:80/").getHostname() == "::1"', 'url("/a/b").getScheme() == ""', 'isURL("https://a.b")', '!isURL("a b")', 'url("https://h/a%20b").getEscapedPath() == "/a%20b"', 'url("https://h/?k=v&k=w").getQuery() == {"k": ["v", "w"]}',
  'ip("127.0.0.1").isLoopback()', 'ip("::1").family() == 6', '!isIP("127.0.0.256")', 'ip.isCanonical("2001:db8::1")', '!ip.isCanonical("2001:DB8::1")', 'ip("fe80::1").isLinkLocalUnicast()', 'ip("10.0.0.1").isGlobalUnicast()', 'ip("0.0.0.0").isUnspecified()', 'string(ip("2001:db8:0:0:0:0:0:1")) == "2001:db8::1"', 'ip("::1") == ip("0:0:0:0:0:0:0:1")',
  'cidr("192.168.0.0/24").containsIP("192.168.0.1")', '!cidr("192.168.0.0/24").containsIP(ip("192.168.1.1"))', 'cidr("192.168.0.0/16").containsCIDR("192.168.10.0/24")', 'cidr("192.168.1.5/24").masked() == cidr("192.168.1.0/24")', 'cidr("::1/128").prefixLength() == 128', 'isCIDR("10.0.0.0/8")', '!isCIDR("10.0.0.0/33")', 'string(cidr("192.168.0.0/24")) == "192.168.0.0/24"',
  'quantity("1Gi").isGreaterThan(quantity("1G"))', 'quantity("50k").add(quantity("20k")) == quantity("70k")', 'quantity("50k").sub(20000) == quantity("30k")', 'quantity("100m").compareTo(quantity("0.1")) == 0', 'quantity("-1").sign() == -1', '!isQuantity("1.3Gx")', 'quantity("50k").asInteger() == 50000', '!quantity("1.5").isInteger()', 'quantity("1e3") == quantity("1k")', 'quantity("1500m").asApproximateFloat() == 1.5',
  'sets.contains([1, 2, 3], [2, 3])', 'sets.equivalent([1, 2], [2, 1, 1])', 'sets.intersects([1], [1, 2])', '!format.dns1123Label().validate("my-label").hasValue()', 'format.dns1123Label().validate("-x").hasValue()', 'format.named("uuid").hasValue()', '!format.named("nope").hasValue()',
  '[1, 2].all(x, x > 0)', '{"a": 1}.all(k, k == "a")', '[1, 2].exists_one(x, x == 1)', '[1, 2].map(x, x > 1, x * 2) == [4]', 'cel.bind(x, 2, x * x) == 4', 'optional.of(1).optMap(x, x + 1).orValue(0) == 2', '{"a": {"b": 1}}.?a.?b.orValue(0) == 1', '{}.?a.?b.orValue(7) == 7', '[?optional.none(), 1] == [1]',
  'true || 1 / 0 == 1', '1 / 0 == 1 || true', '!(false && 1 / 0 == 1)', 'type(1) == int', 'size("é😀") == 2', 'timestamp("2026-11-28T10:00:00Z").getHours("Asia/Seoul") == 19', 'duration("1h30m").getMinutes() == 90', '"%s is %d".format(["a", 3]) == "a is 3"',
])('%s', (source) => expect(run(source)).toBe(true))

test.each([
  ['{"a": 1}.b', 'no such key: b'], ['[1][2]', 'index out of bounds: 2'], ['1 / 0', 'division by zero'], ['9223372036854775807 + 1', 'integer overflow'], ['nope', "undeclared reference to 'nope'"], ['1 + "a"', 'no such overload: _+_(int, string)'],
  ['"a".matches("(")', 'error parsing regexp'], ['quantity("x")', 'quantities must match'], ['optional.none().value()', 'optional.none() dereference'], ['1 && true', 'no such overload'],
])('%s goes wrong: %s', (source, message) => {
  expect(() => run(source)).toThrow(CelError)
  expect(() => run(source)).toThrow(message)
})

test.each(['1 +', '(1', 'a.', '[1,,2]', '"unclosed', 'has(a)', 'for', 'a ? b', '{1 2}', '1u8', '`', '@', 'x.map(1, 2)', '9223372036854775808', `${'('.repeat(300)}1${')'.repeat(300)}`, `${'!'.repeat(10_000)}true`, `1${' + 1'.repeat(5000)}`])('%# is no expression', (source) => expect(() => new Expression(source)).toThrow(CelSyntaxError))

describe('a hostile expression ends', () => {
  const numbers = `[${Array.from({ length: 100 }, (_, i) => String(i)).join(', ')}]`
  test.each([
    ['nested loops', `${numbers}.all(a, ${numbers}.all(b, ${numbers}.all(c, ${numbers}.all(d, true))))`],
    ['a text that doubles', `[1,2,3,4,5,6,7,8,9,10].map(x, "aaaaaaaaaa").map(x, ${numbers}.map(y, x + x + x + x)).map(l, l.map(x, ${numbers}.map(y, (x + x + x + x).replace("a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))))`],
    ['lists compared', `cel.bind(l, ${numbers}.map(x, ${numbers}.map(y, ${numbers})), ${numbers}.all(z, l == l))`],
    ['a regular expression', `cel.bind(s, ${numbers}.map(x, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").join(), ${numbers}.all(x, ${numbers}.all(y, !s.matches("^(a+)+b$"))))`],
    ['a format', `${numbers}.map(x, ${numbers}.map(y, "%.99f%.99f%.99f%.99f".format([1.0,1.0,1.0,1.0]))).map(l, ${numbers}.map(z, l.join()))`],
  ])('%s', (_, source) => {
    expect(() => run(source)).toThrow(CelBudgetError)
    // Nothing that decides forgets it.
    expect(() => run(`true || ${source} == 1`, new Budget(CALL_BUDGET))).not.toThrow()
    expect(() => run(`(${source} == 1) || true`)).toThrow(CelBudgetError)
  })
})

test('whatever it is given, it gives a value or one of its errors', () => {
  const pieces = ['1', '-2', '1.5', '3u', '"a"', 'b"x"', 'true', 'null', '[1, 2]', '{"a": 1}', 'x', 'timestamp("2026-01-01T00:00:00Z")', 'duration("1s")', ' + ', ' - ', ' * ', ' / ', ' % ', ' == ', ' < ', ' in ', ' && ', ' || ', '!', '(', ')', '[', ']', '.', '.size()', '.map(x, x)', '.a', '?', ':', ',', 'size(', 'int(', 'string(', '.matches("a")', '.?a', '[?0]', '.orValue(1)', 'quantity("1")', 'ip("::1")', '.format([1])', '.split("")', '.substring(1)', '.sum()', '.getHours()']
  fc.assert(fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 14 }), (parts) => {
    try {
      const expression = new Expression(parts.join(''))
      expression.check({ x: { name: 'dyn' } })
      expression.evaluate({ get: (name) => (name === 'x' ? new ArrayList([1n, 'a']) : undefined) }, new Budget(10_000))
    } catch (error) {
      if (!(error instanceof CelError) && !(error instanceof CelSyntaxError) && !(error instanceof CelBudgetError)) throw error
    }
  }), { numRuns: 3000 })
})

describe('checked without a value', () => {
  const declared: Declared = {
    self: { name: 'object', field: (name) => ({ count: { name: 'int' }, names: { name: 'list', elem: { name: 'string', most: 10 }, most: 20 }, many: { name: 'list', elem: { name: 'list', elem: { name: 'string' } } }, any: { name: 'dyn' } })[name] },
  }
  test.each([
    ['self.nope == 1', "undefined field 'nope'"], ['slf.count == 1', "undeclared reference to 'slf'"], ['self.count == "a"', "found no matching overload for '_==_' applied to '(int, string)'"], ['self.count + 1.0 > 0', "found no matching overload for '_+_' applied to '(int, double)'"],
    ['self.names.all(n, n > 1)', "found no matching overload for '_>_' applied to '(string, int)'"], ['self.count.all(x, true)', 'cannot be range of a comprehension'], ['nofunc(self.count)', "undeclared reference to 'nofunc'"], ['self.names.exists(n, n.size())', "expected type 'bool'"], ['!self.count', 'found no matching overload'],
  ])('%s: %s', (source, message) => expect(() => new Expression(source).check(declared)).toThrow(message))
  test.each(['self.count > 1 && self.names.all(n, n.startsWith("a"))', 'self.any.what.ever == 1', 'has(self.any.x) ? self.any.x == 1 : true', 'self.names.filter(n, n == "a").map(n, size(n)).sum() > 0', 'self.?count.orValue(1) == 1', 'type(self.any) == string', 'self.names == []'])('%s is right', (source) => expect(new Expression(source).check(declared).type.name).toBe('bool'))

  test('its cost follows what its lists and texts may have', () => {
    const cost = (source: string): number => new Expression(source).check(declared).cost
    expect(cost('self.names.all(n, n == "abc")')).toBeLessThan(1000)
    expect(cost('self.many.all(l, l.all(s, s.contains("abc")))')).toBeGreaterThan(1e9)
  })
})
