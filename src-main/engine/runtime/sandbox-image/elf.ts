const LOAD_ADDRESS = 0x400000
const HEADERS = 64 + 56
const MACHINE = { amd64: 62, arm64: 183 } as const

/** A static 64-bit little-endian Linux executable: one loaded, read-only segment that holds the headers and the code. */
export function staticElf(architecture: keyof typeof MACHINE, code: Uint8Array): Uint8Array {
  const file = new Uint8Array(HEADERS + code.length)
  const view = new DataView(file.buffer)
  const u16 = (at: number, value: number): void => view.setUint16(at, value, true)
  const u32 = (at: number, value: number): void => view.setUint32(at, value, true)
  const u64 = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), true)

  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]) // ELF, 64 bits, little-endian, version 1
  u16(16, 2) // executable
  u16(18, MACHINE[architecture])
  u32(20, 1)
  u64(24, LOAD_ADDRESS + HEADERS) // entry
  u64(32, 64) // program headers follow this header
  u16(52, 64)
  u16(54, 56)
  u16(56, 1) // one program header
  u16(58, 64)

  u32(64, 1) // PT_LOAD
  u32(68, 5) // read, execute
  u64(72, 0)
  u64(80, LOAD_ADDRESS)
  u64(88, LOAD_ADDRESS)
  u64(96, file.length)
  u64(104, file.length)
  u64(112, 0x10000) // arm64 kernels may have 64 KiB pages
  file.set(code, HEADERS)
  return file
}
