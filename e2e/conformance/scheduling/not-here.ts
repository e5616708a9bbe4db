/** Names of sig-scheduling that have no test here, and why. */
export const scheduling: Readonly<Record<string, string>> = {
  '[sig-scheduling] LimitRange should create a LimitRange with defaults and ensure pod has those defaults applied.': 'not written yet',
  '[sig-scheduling] LimitRange should list, patch and delete a LimitRange by collection': 'not written yet',
  '[sig-scheduling] SchedulerPredicates [Serial] validates resource limits of pods that are allowed to run': 'not written yet',
  '[sig-scheduling] SchedulerPredicates [Serial] validates that NodeSelector is respected if matching': 'not written yet',
  '[sig-scheduling] SchedulerPredicates [Serial] validates that NodeSelector is respected if not matching': 'not written yet',
  '[sig-scheduling] SchedulerPredicates [Serial] validates that there exists conflict between pods with same hostPort and protocol but one using 0.0.0.0 hostIP': 'not written yet',
  '[sig-scheduling] SchedulerPreemption [Serial] PreemptionExecutionPath runs ReplicaSets to verify preemption running path': 'not written yet',
  '[sig-scheduling] SchedulerPreemption [Serial] PriorityClass endpoints verify PriorityClass endpoints can be operated with different HTTP methods': 'not written yet',
  '[sig-scheduling] SchedulerPreemption [Serial] validates basic preemption works': 'not written yet',
  '[sig-scheduling] SchedulerPreemption [Serial] validates lower priority pod preemption by critical pod': 'not written yet',
  '[sig-scheduling] SchedulerPreemption [Serial] validates pod disruption condition is added to the preempted pod': 'not written yet',
}
