import { parsePath, pathOf, type Route } from '../lib/route.ts'

/** Where someone is, from the address's hash; back and forward work as in a browser. */
class Router {
  route = $state.raw<Route>({ page: 'overview' })

  /** Starts following the address; call the result to stop. */
  start(): () => void {
    const read = (): void => {
      this.route = parsePath(location.hash)
    }
    read()
    addEventListener('hashchange', read)
    return () => removeEventListener('hashchange', read)
  }

  go(route: Route): void {
    location.hash = pathOf(route)
  }

  /** As `go`, without a step in the history: for tabs. */
  replace(route: Route): void {
    history.replaceState(null, '', `#${pathOf(route)}`)
    this.route = route
  }
}

export const router = new Router()
