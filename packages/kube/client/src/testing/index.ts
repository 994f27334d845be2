export { FakeStream } from './fake-stream.ts'
export {
  type FakeAnswer,
  type FakeHandler,
  FakeTransport,
  type RecordedRequest,
  statusAnswer,
} from './fake-transport.ts'
