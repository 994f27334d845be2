import type { ApiAnswer, ApiCall, StreamSink } from './api-call.ts'
import { type Change, StoredObject } from './collection.ts'
import { encodeObject, encodeStored } from './encode-object.ts'
import { type ListOptions, parseListOptions } from './list-options.ts'
import { storePrefix } from './object-key.ts'
import { createSelection, type Selection } from './selection.ts'
import { groupVersionOf } from './served-resource.ts'
import { expired, statusOf } from './status-error.ts'

const initialEventsEnd = 'k8s.io/initial-events-end'

/** GET with `watch=true`: a stream of one event per line, until the client goes or the asked time is over. */
export function watchObjects(call: ApiCall): ApiAnswer {
  const options = parseListOptions(call.query, true)
  const { resource, route } = call
  const selection = createSelection(resource, options.labels, options.fields)
  const prefix = storePrefix(route.namespace)
  return { kind: 'stream', start: (sink) => runWatch(call, options, selection, prefix, sink) }
}

function runWatch(call: ApiCall, options: ListOptions, selection: Selection, prefix: string, sink: StreamSink): void {
  const { state, resource, view } = call
  const collection = state.store.collection(resource.collection)
  let isEnded = false

  function send(type: string, text: string): void {
    if (!isEnded && !sink.send(`{"type":"${type}","object":${text}}\n`)) end()
  }
  function sendStored(type: string, stored: StoredObject): void {
    send(type, encodeStored(stored, { ...call, nowMs: state.clock.now() }))
  }
  function sendBookmark(annotations?: Record<string, string>): void {
    const metadata = {
      resourceVersion: String(state.store.revision),
      ...(annotations === undefined ? {} : { annotations }),
    }
    const bookmark = { kind: resource.kind, apiVersion: groupVersionOf(resource), metadata }
    send(
      'BOOKMARK',
      view === 'object' ? JSON.stringify(bookmark) : encodeObject(bookmark, { ...call, nowMs: state.clock.now() }),
    )
  }
  function onChange({ type, current, previous }: Change): void {
    // A resource version that is still to come is waited for.
    if (!current.key.startsWith(prefix) || current.revision <= (options.resourceVersion ?? 0)) return
    const isSelected = type !== 'DELETED' && selection(current.object)
    const wasSelected = previous !== undefined && selection(previous.object)
    if (isSelected) sendStored(wasSelected ? 'MODIFIED' : 'ADDED', current)
    else if (wasSelected) sendStored('DELETED', type === 'DELETED' ? current : leaving(current, previous))
  }

  const bookmarks = { timer: undefined as { cancel(): void } | undefined }
  function scheduleBookmark(): void {
    bookmarks.timer = state.clock.setTimer(state.bookmarkIntervalMs, () => {
      sendBookmark()
      scheduleBookmark()
    })
  }
  let timeout: { cancel(): void } | undefined
  let unsubscribe = () => {}
  function end(): void {
    if (isEnded) return
    isEnded = true
    unsubscribe()
    bookmarks.timer?.cancel()
    timeout?.cancel()
    state.stopped.removeEventListener('abort', end)
    sink.closed.removeEventListener('abort', end)
    sink.end()
  }

  const backlog = startingChanges(call, options, selection, prefix, sendStored)
  if (backlog === undefined) {
    const oldest = collection.historyStart
    const why = `too old resource version: ${options.resourceVersion ?? 0} (${oldest})`
    send('ERROR', JSON.stringify(statusOf(expired(why))))
    end()
    return
  }
  for (const change of backlog) onChange(change)
  if (startsWithState(options) && (options.sendInitialEvents === true || options.allowBookmarks))
    sendBookmark({ [initialEventsEnd]: 'true' })
  unsubscribe = collection.subscribe(onChange)
  sink.closed.addEventListener('abort', end)
  state.stopped.addEventListener('abort', end)
  if (options.allowBookmarks) scheduleBookmark()
  if (options.timeoutSeconds !== undefined && options.timeoutSeconds > 0) {
    timeout = state.clock.setTimer(options.timeoutSeconds * 1000, () => {
      // The last word: who resumes from it misses nothing and repeats nothing.
      if (options.allowBookmarks) sendBookmark()
      end()
    })
  }
  if (sink.closed.aborted || state.stopped.aborted) end()
}

/** Sends what is there when the watch starts with it, and returns the changes to go on with; undefined: too old. */
function startingChanges(
  { state, resource }: ApiCall,
  options: ListOptions,
  selection: Selection,
  prefix: string,
  sendStored: (type: string, stored: StoredObject) => void,
): readonly Change[] | undefined {
  const collection = state.store.collection(resource.collection)
  const from = options.resourceVersion ?? 0
  if (!startsWithState(options)) return from === 0 ? [] : collection.changesSince(from)
  for (const stored of collection.range(prefix)) if (selection(stored.object)) sendStored('ADDED', stored)
  return []
}

/** A watch from nowhere starts with what is there, unless the client wants only what is new. */
function startsWithState({ sendInitialEvents, resourceVersion = 0 }: ListOptions): boolean {
  return sendInitialEvents ?? resourceVersion === 0
}

/** An object that is no longer selected is sent in its old state, at the revision of the change. */
function leaving(current: StoredObject, previous: StoredObject): StoredObject {
  const metadata = { ...previous.object.metadata, resourceVersion: String(current.revision) }
  return new StoredObject(current.key, current.revision, { ...previous.object, metadata })
}
