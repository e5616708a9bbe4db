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

  /** For what takes its time: what is given goes to a route only while somebody is still where they were at this call. Whoever went elsewhere meanwhile stays there. */
  onward(): (route: Route) => void {
    const here = location.hash
    return (route) => {
      if (location.hash === here) this.go(route)
    }
  }

  /** As `go`, without a step in the history: for tabs. */
  replace(route: Route): void {
    history.replaceState(null, '', `#${pathOf(route)}`)
    this.route = route
  }
}

export const router = new Router()
