// What Kubernetes says of fields whose type is a definition of its own ("the selector of this Deployment", not "a label selector is ..."). The client package that the schemas come from has the
// type's words there, or none. Two other packages of published types keep the field's own, as doc comments:
//   kubernetes-types    of 1.30; where both have a field, its words are those of our release nearly always (1614 of 1627 fields that the client package describes, too)
//   kubernetes-models   of a newer release: for what is newer than 1.30, and the group that the first leaves out (apiregistration)
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { docOf } from './doc-comment.mjs'

/** A function from a model (`group` as in definitions' names, `apiGroup` as in apiVersion, `version`, `short`) and a field's name to the field's description; undefined where nobody has one. */
export function fieldDescriptions(root) {
  const modules = join(root, 'node_modules')
  const files = new Map()
  const read = (file) => {
    if (!files.has(file)) files.set(file, existsSync(file) ? interfacesIn(file) : new Map())
    return files.get(file)
  }
  return ({ group, apiGroup, version, short }, field) => {
    const folder = group === 'meta' ? '@kubernetes-models/apimachinery/apis/meta' : `kubernetes-models/${apiGroup}`
    const newer = (of) => read(join(modules, folder, of, `${short}.d.ts`)).get(`I${short}`)?.get(field)
    // A kind that was beta in our release may be v1 alone in the newer one.
    return read(join(modules, 'kubernetes-types', group.split('.')[0], `${version}.d.ts`)).get(short)?.get(field) || newer(version) || newer('v1') || undefined
  }
}

/** The fields' doc comments of each interface in a declaration file. */
function interfacesIn(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  return new Map(source.statements.filter(ts.isInterfaceDeclaration).map(({ name, members }) => [name.text, new Map(members.map((member) => [member.name.text, docOf(member)]))]))
}
