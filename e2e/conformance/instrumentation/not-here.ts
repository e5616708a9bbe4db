/** Names of sig-instrumentation that have no test here, and why. */
export const instrumentation: Readonly<Record<string, string>> = {
  '[sig-instrumentation] Events API should delete a collection of events': 'not written yet',
  '[sig-instrumentation] Events API should ensure that an event can be fetched, patched, deleted, and listed': 'not written yet',
  '[sig-instrumentation] Events should delete a collection of events': 'not written yet',
  '[sig-instrumentation] Events should manage the lifecycle of an event': 'not written yet',
}
