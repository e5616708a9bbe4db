/** A line of a stack trace: what nobody but a developer of Toque shall ever see. */
export const STACK = /^\s+at .*(:\d+:\d+|\(<anonymous>\)|node:internal)/m
