/** What is known of a value before there is one, for checking an expression and for what it may cost at most. */
export interface Type {
  /** `int`, `string`, `list`, `map`, `object`, `optional`, `timestamp`, ..., or `dyn` where nothing is known. */
  readonly name: string
  /** Of a list's items, a map's values, what an optional holds. */
  readonly elem?: Type
  /** An object's field; undefined where it has none of this name. */
  field?(name: string): Type | undefined
  /** The greatest length of a text, list or map. */
  readonly most?: number
}

export const DYN: Type = { name: 'dyn' }
export const BOOL: Type = { name: 'bool' }
export const STRING: Type = { name: 'string' }
export const INT: Type = { name: 'int' }

/** Might a value of the one type be one of the other? */
export function mayBe(type: Type, wanted: string): boolean {
  return wanted === 'dyn' || type.name === 'dyn' || type.name === wanted || (type.name === 'object' && wanted === 'map')
}

/** A type as messages show it: `list(string)`. */
export function showType({ name, elem }: Type): string {
  return elem === undefined ? name : name === 'map' ? `map(string, ${showType(elem)})` : `${name}(${showType(elem)})`
}
