import { Code, CsiError } from '@csi-ts/csi-rpc'
import type { Defect } from '../defect.ts'

/** What a driver can get wrong in the request for a volume. */
export const createVolumeRequestDefects: readonly Defect[] = [
  {
    id: 'create-without-name',
    fault: 'CreateVolume takes an empty name and makes one up',
    rule: 'a required field that is missing is InvalidArgument',
    foundBy: 'CreateVolume: a request without name is refused, although what it names does not exist',
    seed: () => {
      let made = 0
      return {
        controller: {
          createVolume: (r, next) => {
            made += 1
            return next({ ...r, name: r.name === '' ? `unnamed-${made}` : r.name })
          },
        },
      }
    },
  },
  {
    id: 'create-without-access-mode',
    fault: 'CreateVolume takes a capability without access mode',
    rule: 'a capability has an access type and an access mode',
    foundBy: 'CreateVolume: a capability without access mode is refused',
    seed: () => ({
      controller: {
        createVolume: (r, next) =>
          next({
            ...r,
            volumeCapabilities: r.volumeCapabilities.map((one) => ({
              ...one,
              accessMode: one.accessMode?.mode ? one.accessMode : { mode: 1 },
            })),
          }),
      },
    }),
  },
  {
    id: 'create-ascii-names-only',
    fault: 'CreateVolume refuses names that are not letters, digits and dashes',
    rule: 'a name is any Unicode text without control characters',
    foundBy: 'CreateVolume: a name of 128 bytes in a script of three bytes a letter is a name',
    seed: () => ({
      controller: {
        createVolume: async (r, next) => {
          if (!/^[A-Za-z0-9-]*$/.test(r.name)) throw new CsiError(Code.InvalidArgument, 'invalid name')
          return await next(r)
        },
      },
    }),
  },
  {
    id: 'create-above-limit',
    fault: 'CreateVolume rounds up to its unit of 3 MiB, beyond the limit',
    rule: 'the size of the volume lies within the range',
    foundBy: 'CreateVolume: the size lies within the range',
    seed: () => ({
      controller: {
        createVolume: async (r, next) => {
          const { volume } = await next(r)
          const unitBytes = 3n << 20n
          const sizeBytes = volume?.capacityBytes ?? 0n
          return { volume: { ...volume, capacityBytes: ((sizeBytes + unitBytes - 1n) / unitBytes) * unitBytes } }
        },
      },
    }),
  },
  {
    id: 'create-range-upside-down',
    fault: 'CreateVolume takes a range whose required size is above its limit',
    rule: 'required_bytes above limit_bytes is InvalidArgument',
    foundBy: 'CreateVolume: a range with required_bytes above limit_bytes is refused',
    seed: () => ({
      controller: {
        createVolume: (r, next) => {
          const range = r.capacityRange
          const isWrong = range !== undefined && range.limitBytes > 0n && range.requiredBytes > range.limitBytes
          return next(isWrong ? { ...r, capacityRange: { ...range, limitBytes: 0n } } : r)
        },
      },
    }),
  },
  {
    id: 'create-range-negative',
    fault: 'CreateVolume takes a negative size for "do not care"',
    rule: 'sizes are not negative',
    foundBy: 'CreateVolume: a range with negative required_bytes is refused',
    seed: () => ({
      controller: {
        createVolume: (r, next) =>
          next((r.capacityRange?.requiredBytes ?? 0n) < 0n ? { ...r, capacityRange: undefined } : r),
      },
    }),
  },
  {
    id: 'create-size-as-number',
    fault: 'CreateVolume reads sizes as 32-bit numbers: 1 TiB becomes 0, "do not care"',
    rule: 'sizes are 64-bit: what cannot be provided is OutOfRange or ResourceExhausted, never less',
    foundBy: 'CreateVolume: sizes are 64-bit numbers',
    seed: () => ({
      controller: {
        createVolume: async (r, next) => {
          const requiredBytes = BigInt.asUintN(32, r.capacityRange?.requiredBytes ?? 0n)
          const isCut = r.capacityRange !== undefined && r.capacityRange.requiredBytes >= 1n << 32n
          return await next(isCut ? { ...r, capacityRange: { requiredBytes, limitBytes: 0n } } : r)
        },
      },
    }),
  },
]
