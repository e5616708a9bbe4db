/** A list as the API gives it. */
export interface List<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number }
  readonly items: T[]
}
