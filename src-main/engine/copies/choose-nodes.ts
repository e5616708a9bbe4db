/** On how many nodes a cluster's state is copied, where it has as many: two may be lost together with the desk, and in a small cluster any server has it. */
export const COPIES = 3

/** Which nodes keep a copy: those that do so already, as long as they can be reached; then others by name. */
export function chooseNodes(keeping: readonly string[], reachable: readonly string[]): string[] {
  const able = new Set(reachable)
  const stay = keeping.filter((node) => able.has(node)).slice(0, COPIES)
  const others = [...reachable].sort().filter((node) => !stay.includes(node))
  return [...stay, ...others.slice(0, COPIES - stay.length)]
}
