import { ensureRecord, isRecord, type JsonRecord, listAt, stringAt } from '../json-record.ts'

/** Defaults of every pod spec, in a pod or in a template. */
export function defaultPodSpec(spec: JsonRecord): void {
  // Two names of one thing: old clients read the one, new ones the other.
  if (spec['serviceAccountName'] !== undefined) spec['serviceAccount'] = spec['serviceAccountName']
  else if (spec['serviceAccount'] !== undefined) spec['serviceAccountName'] = spec['serviceAccount']
  spec['dnsPolicy'] ??= 'ClusterFirst'
  spec['restartPolicy'] ??= 'Always'
  spec['securityContext'] ??= {}
  spec['terminationGracePeriodSeconds'] ??= 30
  spec['schedulerName'] ??= 'default-scheduler'
  for (const field of ['containers', 'initContainers', 'ephemeralContainers']) {
    for (const container of listAt(spec, field)) if (isRecord(container)) defaultContainer(container)
  }
  for (const volume of listAt(spec, 'volumes')) if (isRecord(volume)) defaultVolume(volume)
}

function defaultContainer(container: JsonRecord): void {
  container['imagePullPolicy'] ??= tagOf(stringAt(container, 'image')) === 'latest' ? 'Always' : 'IfNotPresent'
  container['terminationMessagePath'] ??= '/dev/termination-log'
  container['terminationMessagePolicy'] ??= 'File'
  for (const port of listAt(container, 'ports')) if (isRecord(port)) port['protocol'] ??= 'TCP'
  for (const field of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (!isRecord(container[field])) continue
    const probe = ensureRecord(container, field)
    probe['timeoutSeconds'] ??= 1
    probe['periodSeconds'] ??= 10
    probe['successThreshold'] ??= 1
    probe['failureThreshold'] ??= 3
    if (isRecord(probe['httpGet'])) {
      ensureRecord(probe, 'httpGet')['path'] ??= '/'
      ensureRecord(probe, 'httpGet')['scheme'] ??= 'HTTP'
    }
  }
  for (const env of listAt(container, 'env')) {
    if (isRecord(env) && isRecord(env['valueFrom']) && isRecord(env['valueFrom']['fieldRef'])) {
      env['valueFrom']['fieldRef']['apiVersion'] ??= 'v1'
    }
  }
}

function defaultVolume(volume: JsonRecord): void {
  if (Object.keys(volume).every((field) => field === 'name')) volume['emptyDir'] = {}
  for (const field of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    const source = volume[field]
    if (isRecord(source)) source['defaultMode'] ??= 0o644
  }
  if (isRecord(volume['hostPath'])) volume['hostPath']['type'] ??= ''
  for (const source of listAt(volume['projected'], 'sources')) {
    if (isRecord(source) && isRecord(source['serviceAccountToken']))
      source['serviceAccountToken']['expirationSeconds'] ??= 3600
  }
  if (isRecord(volume['ephemeral']) && isRecord(volume['ephemeral']['volumeClaimTemplate'])) {
    const template = volume['ephemeral']['volumeClaimTemplate']
    ensureRecord(template, 'spec')['volumeMode'] ??= 'Filesystem'
  }
}

/** The tag of an image reference: `latest` when there is neither tag nor digest. */
function tagOf(image: string): string {
  if (image.includes('@')) return ''
  const last = image.slice(image.lastIndexOf('/') + 1)
  return last.includes(':') ? last.slice(last.indexOf(':') + 1) : 'latest'
}
