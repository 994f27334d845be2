import type { CallContext, Handlers, MethodDefinition, ServiceDefinition } from './definition.ts'

/** A method and what answers it. */
export interface BoundMethod {
  /** `/csi.v1.Controller/CreateVolume` */
  readonly path: string
  readonly definition: MethodDefinition
  /** Absent: the method answers Unimplemented. */
  readonly handler: ((request: unknown, ctx: CallContext) => unknown) | undefined
}

/** A service with its implementation, ready to be served. */
export interface BoundService {
  readonly fullName: string
  readonly methods: readonly BoundMethod[]
}

/** Joins a service definition and its handlers. A method that is left out answers Unimplemented. */
export function bindService<Def extends ServiceDefinition>(
  definition: Def,
  handlers: Partial<Handlers<Def>>,
): BoundService {
  const methods = Object.entries(definition.methods).map(([key, method]) => {
    const handler = handlers[key as keyof typeof handlers] as BoundMethod['handler']
    // Called on its object, so that handlers may be methods of a class.
    return {
      path: `/${definition.fullName}/${method.name}`,
      definition: method,
      handler:
        handler === undefined
          ? undefined
          : (request: unknown, ctx: CallContext) => handler.call(handlers, request, ctx),
    }
  })
  return { fullName: definition.fullName, methods }
}
