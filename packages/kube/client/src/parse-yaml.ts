// A module of its own, loaded on demand: bundlers hand out only the default export of a CommonJS package that is imported
// dynamically, so the dynamic import has to meet a module of ours.
export { parse as parseYaml } from 'yaml'
