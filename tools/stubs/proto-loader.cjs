// grpc-js loads .proto files only for channelz and ORCA, which are switched off: 160 kB less in every bundle.
exports.loadSync = () => {
  throw new Error('loading .proto files at run time is not part of this bundle')
}
