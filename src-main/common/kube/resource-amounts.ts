import { parseQuantity } from './quantity.ts'

/** An amount of a resource as Kubernetes writes it: `250m`, `2`, `1536Mi`, `20`. Fractions of a thousandth are rounded up. */
export function formatAmount(amount: number, resource: string): string {
  if (!Number.isInteger(amount)) return `${String(Math.ceil(amount * 1000 - 1e-6))}m`
  if (!isBytes(resource)) return String(amount)
  const units = [['Ei', 6], ['Pi', 5], ['Ti', 4], ['Gi', 3], ['Mi', 2], ['Ki', 1]] as const
  for (const [unit, power] of units) if (amount !== 0 && amount % 2 ** (10 * power) === 0) return `${String(amount / 2 ** (10 * power))}${unit}`
  return String(amount)
}

/** A quantity as a number; 0 for none or what is no quantity. */
export function amountOf(quantity: string | undefined): number {
  return quantity === undefined ? 0 : (parseQuantity(quantity) ?? 0)
}

function isBytes(resource: string): boolean {
  return /(^|\.)(memory|storage|ephemeral-storage)$/.test(resource) || resource.includes('hugepages-')
}
