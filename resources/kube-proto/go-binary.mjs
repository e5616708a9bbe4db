// Reads what a Go program (1.20 to 1.23, ELF, 64 bits, at a fixed address) knows of itself: the .proto files that were compiled into it, and its struct types.
import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

const GZIP = Buffer.from([0x1f, 0x8b, 0x08, 0x00])
const GZIP_HEADER = 10
// Of Go's reflect.Kind.
export const KIND = { array: 17, map: 21, pointer: 22, slice: 23, struct: 25 }
// Where Go's linker writes these in its module data and type descriptors.
const MODULE_TYPES = 296
const TYPE_SIZE = 48
const KIND_AT = 23
const NAME_AT = 40
const EXTRA_STAR = 2

export class GoBinary {
  #bytes
  #sections
  #types

  constructor(file) {
    this.#bytes = readFileSync(file)
    this.#sections = this.#readSections()
    const { address } = this.#section('.gopclntab')
    const pointer = Buffer.alloc(8)
    pointer.writeBigUInt64LE(BigInt(address))
    const modules = ['.noptrdata', '.data'].map((name) => this.#section(name)).map(({ offset, size }) => this.#bytes.subarray(offset, offset + size).indexOf(pointer) + offset)
    const at = modules.find((place, i) => place >= this.#section(['.noptrdata', '.data'][i]).offset)
    if (at === undefined) throw new Error(`${file}: no Go module data`)
    this.#types = this.#number(at + MODULE_TYPES)
  }

  /** The compiled .proto files (FileDescriptorProtos) in it. */
  *protoFiles() {
    const { offset, size } = this.#section('.noptrdata')
    const data = this.#bytes.subarray(offset, offset + size)
    const rodata = this.#section('.rodata')
    for (const place of [data, this.#bytes.subarray(rodata.offset, rodata.offset + rodata.size)]) {
      for (let at = place.indexOf(GZIP); at >= 0; at = place.indexOf(GZIP, at + 1)) {
        try {
          yield inflateRawSync(place.subarray(at + GZIP_HEADER))
        } catch {
          // Not all that begins so is zipped.
        }
      }
    }
  }

  /** The structs whose pointers it may meet by reflection: nearly all, by `path/of/package.Name`. */
  structs() {
    const { offset, size } = this.#section('.typelink')
    const found = new Map()
    for (let at = offset; at < offset + size; at += 4) {
      const pointer = this.#types + this.#bytes.readInt32LE(at)
      if (this.kindOf(pointer) !== KIND.pointer) continue
      const type = this.elementOf(pointer)
      const name = this.kindOf(type) === KIND.struct ? this.nameOf(type) : undefined
      if (name !== undefined) found.set(name, type)
    }
    return found
  }

  kindOf(type) {
    return this.#bytes[this.#at(type) + KIND_AT] & 31
  }

  /** What a pointer, slice or map holds. */
  elementOf(type) {
    return this.#number(this.#at(type) + TYPE_SIZE + (this.kindOf(type) === KIND.map ? 8 : 0))
  }

  /** `path/of/package.Name`; undefined for a type without a name. */
  nameOf(type) {
    const at = this.#at(type)
    const flags = this.#bytes[at + 20]
    if ((flags & 1) === 0 || (flags & 4) === 0) return undefined
    const uncommon = at + ({ [KIND.struct]: 80, [KIND.pointer]: 56, [KIND.slice]: 56, [KIND.array]: 72, [KIND.map]: 88 }[this.kindOf(type)] ?? TYPE_SIZE)
    const path = this.#text(this.#types + this.#bytes.readInt32LE(uncommon)).text
    const { text } = this.#text(this.#types + this.#bytes.readInt32LE(at + NAME_AT))
    return `${path}.${(flags & EXTRA_STAR ? text.slice(1) : text).split('.').at(-1)}`
  }

  /** A struct's fields: name, type and tag. */
  fieldsOf(type) {
    const at = this.#at(type) + TYPE_SIZE + 8
    const [first, count] = [this.#number(at), this.#number(at + 8)]
    return Array.from({ length: count }, (_, i) => {
      const field = this.#at(first + i * 24)
      const { text, tag } = this.#text(this.#number(field))
      return { name: text, tag, type: this.#number(field + 8) }
    })
  }

  #text(address) {
    const at = this.#at(address)
    const read = (from) => {
      let length = 0
      let shift = 0
      let place = from
      for (; ; place++, shift += 7) {
        length |= (this.#bytes[place] & 127) << shift
        if (this.#bytes[place] < 128) break
      }
      return { text: this.#bytes.toString('utf8', place + 1, place + 1 + length), end: place + 1 + length }
    }
    const name = read(at + 1)
    return { text: name.text, tag: this.#bytes[at] & 2 ? read(name.end).text : '' }
  }

  #number(offset) {
    return Number(this.#bytes.readBigUInt64LE(offset))
  }

  #at(address) {
    const section = this.#sections.find((s) => address >= s.address && address < s.address + s.size && s.address > 0)
    if (section === undefined) throw new Error(`no section at ${address.toString(16)}`)
    return section.offset + address - section.address
  }

  #section(name) {
    const section = this.#sections.find((s) => s.name === name)
    if (section === undefined) throw new Error(`no section ${name}: not a Go program of the kind that is read here`)
    return section
  }

  #readSections() {
    const bytes = this.#bytes
    if (bytes.toString('latin1', 0, 4) !== '\x7fELF' || bytes[4] !== 2) throw new Error('not a 64-bit ELF file')
    const [table, size, count, names] = [this.#number(40), bytes.readUInt16LE(58), bytes.readUInt16LE(60), bytes.readUInt16LE(62)]
    const raw = Array.from({ length: count }, (_, i) => table + i * size).map((at) => ({ nameAt: bytes.readUInt32LE(at), address: this.#number(at + 16), offset: this.#number(at + 24), size: this.#number(at + 32) }))
    const strings = raw[names].offset
    return raw.map((section) => ({ ...section, name: bytes.toString('latin1', strings + section.nameAt, bytes.indexOf(0, strings + section.nameAt)) }))
  }
}
