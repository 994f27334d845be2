import { Code, CsiError } from '@csi-ts/csi-rpc'
import type { Defect } from '../defect.ts'

/** What can go wrong when volumes are made. */
export const createVolumeDefects: readonly Defect[] = [
  {
    id: 'create-second-volume',
    fault: 'CreateVolume makes a new volume each time, whatever its name',
    rule: 'the same name and compatible arguments give the same volume',
    foundBy: 'CreateVolume: the same request gives the same volume, byte for byte',
    seed: () => {
      let made = 0
      return {
        controller: {
          createVolume: (r, next) => {
            made += 1
            return next({ ...r, name: r.name === '' ? '' : `${made}` })
          },
        },
      }
    },
  },
  {
    id: 'create-races',
    fault: 'two calls of CreateVolume at the same time with the same name make two volumes',
    rule: 'the second call answers Aborted or joins the first',
    foundBy: 'CreateVolume: calls at the same time with the same name make one volume',
    seed: (state) => {
      let running = 0
      return {
        controller: {
          createVolume: async (r, next) => {
            const isKnown = [...state.volumes.values()].some(({ name }) => name === r.name)
            running += 1
            const name = running > 1 && !isKnown && r.name !== '' ? `${r.name.slice(0, 120)}~${running}` : r.name
            await new Promise((resolve) => setImmediate(resolve))
            try {
              return await next({ ...r, name })
            } finally {
              running -= 1
            }
          },
        },
      }
    },
  },
  {
    id: 'create-ignores-size',
    fault: 'CreateVolume answers with the volume of that name although another size is asked for',
    rule: 'a name that is taken by an incompatible volume is AlreadyExists',
    foundBy: 'CreateVolume: a name that is taken by a volume of another size is refused',
    seed: (state) => ({
      controller: {
        createVolume: (r, next) => {
          const known = [...state.volumes.values()].find(({ name }) => name === r.name)
          return next(known === undefined ? r : { ...r, capacityRange: undefined })
        },
      },
    }),
  },
  {
    id: 'create-ignores-parameters',
    fault: 'CreateVolume answers with the volume of that name although other parameters are asked for',
    rule: 'a name that is taken by an incompatible volume is AlreadyExists',
    foundBy: 'CreateVolume: a name that is taken by a volume with other parameters is refused',
    seed: (state) => ({
      controller: {
        createVolume: (r, next) => {
          const known = [...state.volumes.values()].find(({ name }) => name === r.name)
          return next({ ...r, parameters: known?.parameters ?? r.parameters })
        },
      },
    }),
  },
  {
    id: 'create-ignores-source',
    fault: 'CreateVolume answers with an empty volume of that name although a clone is asked for',
    rule: 'a name that is taken by a volume with another content source is AlreadyExists',
    foundBy: 'CreateVolume: a name that is taken by a volume of another source is refused',
    seed: (state) => ({
      controller: {
        createVolume: (r, next) => {
          const known = [...state.volumes.values()].find(({ name }) => name === r.name)
          return next({ ...r, volumeContentSource: known === undefined ? r.volumeContentSource : known.contentSource })
        },
      },
    }),
  },
  {
    id: 'create-cuts-names',
    fault: 'CreateVolume keeps 63 characters of a name: two long names are one volume',
    rule: 'names have up to 128 bytes',
    foundBy: 'CreateVolume: names that differ in their last letter only are two volumes',
    seed: () => ({ controller: { createVolume: (r, next) => next({ ...r, name: r.name.slice(0, 63) }) } }),
  },
  {
    id: 'create-context-changes',
    fault: 'CreateVolume puts the time of the call into volume_context',
    rule: 'a repeated call gives the same answer; volume_context does not change during the life of a volume',
    foundBy: 'CreateVolume: the same request gives the same volume, byte for byte',
    seed: () => {
      let calls = 0
      return {
        controller: {
          createVolume: async (r, next) => {
            calls += 1
            const { volume } = await next(r)
            return { volume: { ...volume, volumeContext: { call: String(calls) } } }
          },
        },
      }
    },
  },
  {
    id: 'create-context-too-long',
    fault: 'CreateVolume returns a volume_context of 5,000 bytes',
    rule: 'a map has at most 4 KiB',
    foundBy: 'CreateVolume: a volume has an id and the size asked for',
    seed: () => ({
      controller: {
        createVolume: async (r, next) => ({
          volume: { ...(await next(r)).volume, volumeContext: { note: 'x'.repeat(5_000) } },
        }),
      },
    }),
  },
  {
    id: 'create-drops-source',
    fault: 'CreateVolume does not return the content source',
    rule: 'content_source in the response repeats the request',
    foundBy: 'CreateVolume from a snapshot: the answer names the source',
    seed: () => ({
      controller: {
        createVolume: async (r, next) => ({ volume: { ...(await next(r)).volume, contentSource: undefined } }),
      },
    }),
  },
  {
    id: 'create-clone-too-small',
    fault: 'CreateVolume makes a clone that is smaller than its source',
    rule: 'smaller than the source is OutOfRange',
    foundBy: 'CreateVolume from a snapshot: less than the source holds is refused',
    seed: () => ({
      controller: {
        createVolume: async (r, next) => {
          if (r.volumeContentSource === undefined || r.capacityRange === undefined) return await next(r)
          const { volume } = await next({ ...r, capacityRange: undefined })
          return { volume: { ...volume, capacityBytes: r.capacityRange.requiredBytes } }
        },
      },
    }),
  },
  {
    id: 'create-source-missing-internal',
    fault: 'CreateVolume answers Internal when the source does not exist',
    rule: 'a source that does not exist is NotFound',
    foundBy: 'CreateVolume from a snapshot: one that does not exist is NotFound',
    seed: () => ({
      controller: {
        createVolume: async (r, next) => {
          try {
            return await next(r)
          } catch (error) {
            if (!(error instanceof CsiError) || error.code !== Code.NotFound) throw error
            throw new CsiError(Code.Internal, 'cannot copy')
          }
        },
      },
    }),
  },
  {
    id: 'create-ignores-topology',
    fault: 'CreateVolume makes a volume here although another place is required',
    rule: 'a requirement that cannot be met is ResourceExhausted',
    foundBy: 'CreateVolume: a place that does not exist is refused',
    seed: () => ({ controller: { createVolume: (r, next) => next({ ...r, accessibilityRequirements: undefined }) } }),
  },
  {
    id: 'create-cancelled-lost',
    fault: 'a CreateVolume that its caller gave up leaves the name taken by a half-made volume: repeats fail for ever',
    rule: 'a call that is repeated continues the work of the one that was cut short',
    foundBy: 'CreateVolume: a call that its caller gave up is taken up again by the next one',
    seed: () => {
      const broken = new Set<string>()
      return {
        controller: {
          createVolume: async (r, next, ctx) => {
            if (broken.has(r.name)) throw new CsiError(Code.AlreadyExists, `${r.name} exists and has no data`)
            await new Promise((resolve) => setTimeout(resolve, 30))
            if (ctx.signal.aborted && r.name !== '') broken.add(r.name)
            return await next(r)
          },
        },
      }
    },
  },
  {
    id: 'create-tells-secrets',
    fault: 'CreateVolume puts the request, secrets included, into the text of an error',
    rule: 'secrets never leave the driver in a message',
    foundBy: 'CreateVolume: secrets and the inside of the driver are in no message',
    seed: () => ({
      controller: {
        createVolume: async (r, next) => {
          try {
            return await next(r)
          } catch (error) {
            if (!(error instanceof CsiError)) throw error
            throw new CsiError(error.code, `${error.message}: ${JSON.stringify(r.secrets)}`)
          }
        },
      },
    }),
  },
  {
    id: 'create-tells-stack',
    fault: 'CreateVolume puts a stack trace into the text of an error',
    rule: 'the message is for people, without the inside of the driver',
    foundBy: 'CreateVolume: a request without name is refused, although what it names does not exist',
    seed: () => ({
      controller: {
        createVolume: async (r, next) => {
          try {
            return await next(r)
          } catch (error) {
            if (!(error instanceof CsiError)) throw error
            throw new CsiError(error.code, error.stack ?? '')
          }
        },
      },
    }),
  },
]
