import type { Service } from '../../../common/compose/forms/service.ts'
import type { ContainerServiceSpec } from '../../docker/specs.ts'
import { nameProblem, NO_STACK, scoped, StackLabel } from '../names.ts'
import { containerOf } from './container.ts'
import type { Context, ServiceContext } from './context.ts'
import { defined, stackLabels } from './context.ts'
import { modeOf, placementOf, resourcesOf, restartOf, updateOf } from './deploy.ts'
import { attachmentsOf, endpointOf } from './endpoint.ts'

/** The Swarm service of a service of the file. */
export function serviceSpecOf(name: string, service: Service, context: Context): ContainerServiceSpec {
  const at: ServiceContext = { ...context, name, refuse: (path, message) => context.findings.refuse(['services', name, ...path], message) }
  const wrong = nameProblem('service', scoped(context.stack, name))
  if (wrong !== undefined) at.refuse([], wrong)
  const deploy = service.deploy ?? {}
  if (service.restart !== undefined && deploy.restart_policy !== undefined) {
    context.findings.ignore(['services', name, 'restart'], `services.${name}.restart has no effect beside deploy.restart_policy.`)
  }
  return defined<ContainerServiceSpec>({
    Name: scoped(context.stack, name),
    Labels: { ...stackLabels(context.stack, deploy.labels), ...(context.stack === NO_STACK ? {} : { [StackLabel.image]: service.image ?? '' }) },
    TaskTemplate: defined({
      ContainerSpec: containerOf(service, at),
      Resources: resourcesOf(deploy.resources), RestartPolicy: restartOf(service, at), Placement: placementOf(deploy.placement),
      Networks: attachmentsOf(service, at),
      LogDriver: service.logging === undefined ? undefined : defined({ Name: service.logging.driver, Options: service.logging.options }),
    }),
    Mode: modeOf(deploy, at),
    UpdateConfig: updateOf(deploy.update_config), RollbackConfig: updateOf(deploy.rollback_config),
    EndpointSpec: endpointOf(service, at),
  })
}
