/**
 * Replaces `$(NAME)` by the variable's value, as Kubernetes does in command, args and env values: `$$(NAME)` stays as
 * `$(NAME)`, and a name that is not defined stays as it is written.
 */
export function expand(text: string, variables: Pick<ReadonlyMap<string, string>, 'get'>): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (whole, name: string | undefined) => {
    if (name === undefined) return '$'
    return variables.get(name) ?? whole
  })
}
