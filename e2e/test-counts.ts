/** What a test runner's report says. */
export interface Counts {
  passed: number
  failed: number
  /** Full names of the tests that did not run. */
  skipped: string[]
}

interface VitestReport {
  testResults: { assertionResults: { status: string; fullName: string }[] }[]
}

/** Reads vitest's JSON report. */
export function vitestCounts(json: string): Counts {
  const tests = (JSON.parse(json) as VitestReport).testResults.flatMap(({ assertionResults }) => assertionResults)
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: tests.filter(({ status }) => status === 'failed').length,
    skipped: tests.filter(({ status }) => status !== 'passed' && status !== 'failed').map(({ fullName }) => fullName),
  }
}

interface PlaywrightSuite {
  title: string
  specs?: { title: string; tests: { status: string }[] }[]
  suites?: PlaywrightSuite[]
}

/** Reads Playwright's JSON report. A test that passed only when tried again counts as failed. */
export function playwrightCounts(json: string): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: [] }
  const walk = (suite: PlaywrightSuite, path: string): void => {
    for (const spec of suite.specs ?? []) {
      for (const { status } of spec.tests) {
        if (status === 'expected') counts.passed++
        else if (status === 'skipped') counts.skipped.push(`${path} ${spec.title}`)
        else counts.failed++
      }
    }
    for (const inner of suite.suites ?? []) walk(inner, `${path} ${inner.title}`.trim())
  }
  for (const suite of (JSON.parse(json) as { suites: PlaywrightSuite[] }).suites) walk(suite, suite.title)
  return counts
}
