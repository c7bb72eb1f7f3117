/**
 * shadowDisk: what a disk would hold if the power went now.
 *
 * Beside the folder of an embedded database stands a second one, into which
 * only those bytes are copied that were flushed. The names of files are there
 * at once, as on a disk that keeps a journal of them; their content is not.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import type { NodeFS } from "@electric-sql/pglite/nodefs"

interface Node {
  readonly name: string
  readonly mode: number
}
interface Stream {
  readonly nfd: number
  readonly node: Node
}
type Flush = (stream: Stream) => number

interface Module {
  readonly NODEFS: {
    realPath(node: Node): string
    readonly stream_ops: {
      fsync?: Flush
      write(stream: Stream, buffer: Int8Array, offset: number, length: number, position: number): number
      setattr(stream: Stream, attributes: { readonly size?: number }): void
    }
    readonly node_ops: {
      mknod(parent: Node, name: string, mode: number, device: number): Node
      rename(old: Node, folder: Node, name: string): void
      unlink(parent: Node, name: string): void
      rmdir(parent: Node, name: string): void
      setattr(node: Node, attributes: { readonly size?: number }): void
    }
  }
}

/** A part of a file that was written and not flushed. */
interface Range {
  readonly from: number
  readonly to: number
}

/** The disk of one database. Its power goes when no operations are `left`. */
export class ShadowDisk {
  readonly live: string
  readonly shadow: string
  /** Operations that are left; further ones leave no trace. */
  left = Infinity
  private readonly dirty = new Map<string, ReadonlyArray<Range>>()

  constructor(live: string, shadow: string) {
    this.live = live
    this.shadow = shadow
    fs.cpSync(live, shadow, { recursive: true })
  }

  get isCut() {
    return this.left <= 0
  }

  /** Replaces the operations of the file system with ones that keep the shadow. */
  attach(module: Module) {
    const { NODEFS } = module
    const { node_ops: nodes, stream_ops: streams } = NODEFS
    const inShadow = (file: string) => path.join(this.shadow, path.relative(this.live, file))
    const happens = (act: () => void) => {
      if (this.isCut) return
      this.left -= 1
      act()
    }

    const { mknod, rename, rmdir, setattr: setNode, unlink } = nodes
    const { setattr: setStream, write } = streams
    let flush = streams.fsync

    streams.write = (stream, buffer, offset, length, position) => {
      const written = write(stream, buffer, offset, length, position)
      const file = NODEFS.realPath(stream.node)
      happens(() =>
        this.dirty.set(file, [...(this.dirty.get(file) ?? []), { from: position, to: position + written }])
      )
      return written
    }
    // As shipped there is none, and then nothing is ever flushed.
    Object.defineProperty(streams, "fsync", {
      set: (given: Flush) => {
        flush = given
      },
      get: () =>
        flush === undefined
          ? undefined
          : (stream: Stream) => {
              const file = NODEFS.realPath(stream.node)
              const ranges = this.dirty.get(file) ?? []
              // The power may go while this flushes: each part is an operation of its own.
              for (const { from, to } of ranges) {
                happens(() => {
                  const bytes = Buffer.alloc(to - from)
                  const read = fs.readSync(stream.nfd, bytes, 0, bytes.length, from)
                  const target = fs.openSync(inShadow(file), "r+")
                  fs.writeSync(target, bytes, 0, read, from)
                  fs.closeSync(target)
                })
              }
              const result = flush?.(stream) ?? 0
              happens(() => this.dirty.delete(file))
              return result
            }
    })
    const resized = (file: string, size: number | undefined) => {
      if (size === undefined) return
      happens(() => {
        fs.truncateSync(inShadow(file), size)
        this.dirty.set(
          file,
          (this.dirty.get(file) ?? [])
            .filter(({ from }) => from < size)
            .map(({ from, to }) => ({ from, to: Math.min(to, size) }))
        )
      })
    }
    streams.setattr = (stream, attributes) => {
      setStream(stream, attributes)
      resized(NODEFS.realPath(stream.node), attributes.size)
    }
    nodes.setattr = (node, attributes) => {
      setNode(node, attributes)
      resized(NODEFS.realPath(node), attributes.size)
    }
    nodes.mknod = (parent, name, mode, device) => {
      const node = mknod(parent, name, mode, device)
      const file = NODEFS.realPath(node)
      happens(() => {
        if (fs.statSync(file).isDirectory()) fs.mkdirSync(inShadow(file))
        else fs.writeFileSync(inShadow(file), "")
      })
      return node
    }
    nodes.rename = (old, folder, name) => {
      const from = NODEFS.realPath(old)
      const to = path.join(NODEFS.realPath(folder), name)
      rename(old, folder, name)
      happens(() => {
        fs.renameSync(inShadow(from), inShadow(to))
        this.dirty.set(to, this.dirty.get(from) ?? [])
        this.dirty.delete(from)
      })
    }
    nodes.unlink = (parent, name) => {
      const file = path.join(NODEFS.realPath(parent), name)
      unlink(parent, name)
      happens(() => {
        fs.unlinkSync(inShadow(file))
        this.dirty.delete(file)
      })
    }
    nodes.rmdir = (parent, name) => {
      const file = path.join(NODEFS.realPath(parent), name)
      rmdir(parent, name)
      happens(() => fs.rmdirSync(inShadow(file)))
    }
  }
}

const isModule = (module: object): module is Module => "NODEFS" in module

/** Lets a file system, ours or the one that is shipped, work on a disk that can lose its power. */
export const onShadowDisk = (fileSystem: NodeFS, disk: ShadowDisk): NodeFS => {
  const init = fileSystem.init.bind(fileSystem)
  fileSystem.init = async (pg, options) => {
    const { emscriptenOpts } = await init(pg, options)
    const attach = (module: object) => {
      if (isModule(module)) disk.attach(module)
    }
    return {
      emscriptenOpts: { ...emscriptenOpts, preRun: [...[emscriptenOpts.preRun ?? []].flat(), attach] }
    }
  }
  return fileSystem
}
