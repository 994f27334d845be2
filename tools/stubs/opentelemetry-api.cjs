// prom-client asks for the current span when exemplars are on, which they never are: 43 kB less in every bundle.
exports.trace = { getSpan: () => undefined }
exports.context = { active: () => undefined }
exports.isSpanContextValid = () => false
