/** What a node is made of, as its helper tells it. */
export interface NodeFacts {
  /** The disk with Docker's data: images, volumes, containers and logs. */
  disk: { totalBytes: number; availableBytes: number; files: number; filesFree: number } | undefined
  diskType: 'ssd' | 'hdd' | 'nvme' | undefined
  /** NVIDIA's display devices on the PCI bus, with a driver or without. */
  displays: number
  /** Those that NVIDIA's driver drives, in the order of their places on the bus. */
  gpus: Gpu[]
}

export interface Gpu {
  /** As Docker and NVIDIA's tools name it: `GPU-8c1a…`. */
  uuid: string
  model: string
}

/** NVIDIA, among vendors of PCI devices. */
export const NVIDIA_VENDOR = '0x10de'
/** Display controllers, among classes of PCI devices. */
const DISPLAY_CLASS = /^0x03/

/** Reads what the helper's `facts` printed. Pure. */
export function readFacts(text: string): NodeFacts {
  const lines = text.split('\n')
  const after = (word: string): string[] => lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1).trim())
  return {
    disk: readDisk(after('disk')[0]), diskType: readDiskType(after('device')[0] ?? '', after('rotational')[0]),
    displays: after('pci').filter((line) => DISPLAY_CLASS.test(line)).length, gpus: readGpus(lines),
  }
}

/** Block size, blocks, blocks available, files, files free. */
function readDisk(text: string | undefined): NodeFacts['disk'] {
  const [size = 0, blocks = 0, available = 0, files = 0, filesFree = 0] = (text ?? '').split(' ').map(Number)
  if (!(size > 0 && blocks > 0)) return undefined
  return { totalBytes: size * blocks, availableBytes: size * available, files, filesFree }
}

/** The device's place in /sys, then the disks below it where it is made of others. A filesystem without a device of its own has no type. */
function readDiskType(device: string, rotational: string | undefined): NodeFacts['diskType'] {
  if (/\/nvme\/|\bnvme\d/.test(device)) return 'nvme'
  return rotational === '1' ? 'hdd' : rotational === '0' ? 'ssd' : undefined
}

/** `/proc/driver/nvidia/gpus/0000:01:00.0/information:GPU UUID:        GPU-8c1a…` */
function readGpus(lines: readonly string[]): Gpu[] {
  const found = new Map<string, { uuid?: string; model?: string }>()
  for (const line of lines) {
    const m = /^\/proc\/driver\/nvidia\/gpus\/([^/]+)\/information:(Model|GPU UUID):\s*(.+?)\s*$/.exec(line)
    if (m === null) continue
    const [, place = '', field, value = ''] = m
    found.set(place, { ...found.get(place), ...(field === 'Model' ? { model: value } : { uuid: value }) })
  }
  // A device whose driver could not read it shows question marks.
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, { uuid = '', model = '' }]) => (/^GPU-[0-9a-f-]+$/i.test(uuid) ? [{ uuid, model }] : []))
}
