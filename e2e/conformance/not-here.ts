/** Names of the list that have no test here, and why: sentences for those who want to know what Toque does not promise. At present there is none. */
export const NOT_HERE: Readonly<Record<string, string>> = {}
