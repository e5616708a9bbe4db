/** What the preload script and the page say to each other with `window.postMessage`. */
export const Bridge = {
  /** Page to preload: "I need a port to ...". `to` is a `BridgeTarget`. */
  request: 'toque:port-request',
  /** Preload to page, with the port in `ports[0]`. */
  port: 'toque:port',
} as const

/** `desk` is the process that owns the window (settings, desktop, the engine's state); `engine` the one that runs the cluster. */
export type BridgeTarget = 'desk' | 'engine'

/** Set by the preload script on `window`: the page runs in the desktop app. */
export const BRIDGE_FLAG = 'toqueDesktop'
