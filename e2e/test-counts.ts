/** What a test runner's report says. */
export interface Counts {
  passed: number
  /** Full names of the tests that failed, each with the first lines of what it said. */
  failed: string[]
  /** Full names of the tests that did not run. */
  skipped: string[]
}

interface VitestReport {
  testResults: { name?: string; status?: string; message?: string; assertionResults: { status: string; fullName: string; failureMessages?: string[] }[] }[]
}

const linesOfMessage = 4

const colour = new RegExp(String.raw`\u001b\[[0-9;]*m`, 'g')

const longestLine = 600

function failure(name: string, message: string | undefined): string {
  const all = (message ?? '').replace(colour, '').split('\n').filter((line) => line.trim() !== '')
  // Of the stack the first place is enough.
  const isPlace = (line: string): boolean => /^\s+at /.test(line)
  const lines = [...all.filter((line) => !isPlace(line)).slice(0, linesOfMessage), ...all.filter(isPlace).slice(0, 1)].map((line) => line.slice(0, longestLine))
  return [name, ...lines.map((line) => `  ${line}`)].join('\n')
}

/** Reads vitest's JSON report. */
export function vitestCounts(json: string): Counts {
  const files = (JSON.parse(json) as VitestReport).testResults
  const tests = files.flatMap(({ assertionResults }) => assertionResults)
  // A file that fails in its hooks has no failed test to tell of it.
  const hooks = files.filter(({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'))
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: [
      ...tests.filter(({ status }) => status === 'failed').map(({ fullName, failureMessages }) => failure(fullName, failureMessages?.[0])),
      ...hooks.map(({ name, message }) => failure(name ?? 'a file', message)),
    ],
    skipped: tests.filter(({ status }) => status !== 'passed' && status !== 'failed').map(({ fullName }) => fullName),
  }
}

interface PlaywrightSuite {
  title: string
  specs?: { title: string; tests: { status: string; results?: { error?: { message?: string } }[] }[] }[]
  suites?: PlaywrightSuite[]
}

/** Reads Playwright's JSON report. A test that passed only when tried again counts as failed. */
export function playwrightCounts(json: string): Counts {
  const counts: Counts = { passed: 0, failed: [], skipped: [] }
  const walk = (suite: PlaywrightSuite, path: string): void => {
    for (const spec of suite.specs ?? []) {
      for (const { status, results } of spec.tests) {
        if (status === 'expected') counts.passed++
        else if (status === 'skipped') counts.skipped.push(`${path} ${spec.title}`)
        else counts.failed.push(failure(`${path} ${spec.title}`, results?.find(({ error }) => error !== undefined)?.error?.message))
      }
    }
    for (const inner of suite.suites ?? []) walk(inner, `${path} ${inner.title}`.trim())
  }
  for (const suite of (JSON.parse(json) as { suites: PlaywrightSuite[] }).suites) walk(suite, suite.title)
  return counts
}
