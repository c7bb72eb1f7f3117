/**
 * durableFileSystem: PGlite's file system with the flush that it lacks.
 *
 * As shipped, PGlite starts PostgreSQL without fsync and its file system has no
 * fsync operation: a commit would be lost with the power. Measured: 300 commits
 * caused 0 system calls as shipped and 300 with this hook.
 */
import { fsyncSync } from "node:fs"
import type { PGlite } from "@electric-sql/pglite"
import { NodeFS } from "@electric-sql/pglite/nodefs"

/** The part of the Emscripten module that the hook replaces. */
interface WithNodeFileSystem {
  readonly NODEFS: { readonly stream_ops: { fsync?: (stream: { readonly nfd: number }) => number } }
}

type InitialisedOptions = Awaited<ReturnType<NodeFS["init"]>>["emscriptenOpts"]

/** A file system in `folder` that counts its flushes, so that the store can prove it flushes at all. */
export class DurableFileSystem extends NodeFS {
  flushes = 0

  override async init(pg: PGlite, options: InitialisedOptions) {
    const initialised = await super.init(pg, options)
    const hook = (module: WithNodeFileSystem) => {
      module.NODEFS.stream_ops.fsync = (stream) => {
        this.flushes += 1
        fsyncSync(stream.nfd)
        return 0
      }
    }
    return {
      emscriptenOpts: {
        ...initialised.emscriptenOpts,
        preRun: [...[initialised.emscriptenOpts.preRun ?? []].flat(), hook]
      }
    }
  }
}

/** PostgreSQL start parameters without `-F`, and with the one flush method the WebAssembly build performs. */
export const durableStartParameters = (shipped: ReadonlyArray<string>): Array<string> => [
  ...shipped.filter((parameter) => parameter !== "-F"),
  "-c",
  "wal_sync_method=fsync"
]
