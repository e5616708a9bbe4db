const NEWEST = 13

/** Why a `version` is not one that a stack file may have, or undefined. None at all and 3 to 3.13 are taken, as Docker does; the formats 1 and 2 mean other things. */
export function versionProblem(version: unknown): string | undefined {
  if (version === undefined || version === '') return undefined
  const m = /^(\d+)(?:\.(\d+))?$/.exec(String(version))
  if (m !== null && m[1] === '3' && Number(m[2] ?? 0) <= NEWEST) return undefined
  if (m !== null && (m[1] === '1' || m[1] === '2')) return `Version ${String(version)} of the Compose format is not supported: its keys mean other things. Leave the version out and check the file against what is reported then.`
  return `Version "${String(version)}" of the Compose format is not supported: versions 3 to 3.${String(NEWEST)} are. Leave it out: it is not needed any more.`
}
