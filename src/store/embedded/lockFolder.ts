/**
 * lockFolder: one process at a time in a database folder.
 *
 * The embedded database takes no lock of its own: two processes would open one
 * folder without complaint and lose each other's rows. A lock is taken over
 * only from a process that is provably dead, never because it seems slow.
 */
import {
  Clock,
  Effect,
  FileSystem,
  Option,
  Path,
  type PlatformError,
  Random,
  Result,
  Schema,
  type Scope
} from "effect"

/** Somebody else holds the folder. */
export class FolderLocked extends Schema.TaggedError<FolderLocked>()("FolderLocked", {
  message: Schema.String
}) {}

const Holder = Schema.fromJsonString(
  Schema.Struct({
    pid: Schema.Int,
    /** Start of the process in clock ticks since boot: a reused pid has another. Absent where the system does not tell. */
    startedAt: Schema.optionalKey(Schema.String),
    host: Schema.String,
    boot: Schema.optionalKey(Schema.String)
  })
)
type Holder = typeof Holder.Type

const readOption = (path: string) =>
  Effect.flatMap(FileSystem.FileSystem, (files) => Effect.option(files.readFileString(path)))

/** Field 22 of /proc/PID/stat; the command name before it may hold blanks and parentheses. */
const startOf = (pid: number) =>
  Effect.map(
    readOption(`/proc/${pid}/stat`),
    Option.flatMap((stat) => Option.fromNullishOr(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]))
  )

const isDead = Effect.fnUntraced(function* (holder: Holder, self: Holder) {
  // A process on another host cannot be seen from here, so it is not provably dead.
  if (holder.host !== self.host) return false
  if (holder.boot !== self.boot) return true
  const exists = Result.isSuccess(Result.try(() => process.kill(holder.pid, 0)))
  if (!exists) return true
  const start = yield* startOf(holder.pid)
  return Option.isSome(start) && holder.startedAt !== undefined && start.value !== holder.startedAt
})

const describeSelf = Effect.gen(function* () {
  const startedAt = Option.getOrUndefined(yield* startOf(process.pid))
  const boot = Option.getOrUndefined(
    Option.map(yield* readOption("/proc/sys/kernel/random/boot_id"), (text) => text.trim())
  )
  const host = Option.getOrElse(
    Option.map(yield* readOption("/proc/sys/kernel/hostname"), (text) => text.trim()),
    () => "this host"
  )
  return {
    pid: process.pid,
    host,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(boot === undefined ? {} : { boot })
  }
})

/** Makes a folder and those above it, one by one: where nothing can be made, as in /proc, Node's own way never ends. */
const madeFolder: (
  folder: string
) => Effect.Effect<void, PlatformError.PlatformError, FileSystem.FileSystem | Path.Path> = Effect.fnUntraced(
  function* (folder) {
    const files = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    if (yield* files.exists(folder)) return
    if (path.dirname(folder) !== folder) yield* madeFolder(path.dirname(folder))
    // Another process may have made it meanwhile.
    yield* files.makeDirectory(folder).pipe(
      Effect.catchIf(
        (error) => error.reason._tag === "AlreadyExists",
        () => Effect.void
      )
    )
  }
)

/** Holds `folder` until the scope closes; the folder is made if it is missing. */
export const lockFolder = Effect.fn("FolderLock.lockFolder")(function* (
  folder: string
): Effect.fn.Return<void, FolderLocked, FileSystem.FileSystem | Path.Path | Scope.Scope> {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = path.join(folder, "ledgerline.lock")
  const self = yield* describeSelf
  const text = yield* Effect.orDie(Schema.encodeEffect(Holder)(self))
  yield* madeFolder(folder).pipe(
    Effect.mapError(
      () => new FolderLocked({ message: `the folder ${folder} cannot be made. Check its path and rights.` })
    )
  )
  // The lock appears complete or not at all: written aside, then linked under
  // its name, which fails if the name is taken.
  const aside = `${file}.${self.pid}.${yield* Clock.currentTimeMillis}.${yield* Random.nextIntBetween(0, 1_000_000)}`
  const take = Effect.acquireUseRelease(
    files.writeFileString(aside, text, { flag: "wx" }),
    () => Effect.result(files.link(aside, file)),
    () => Effect.ignore(files.remove(aside))
  ).pipe(
    Effect.mapError(
      () =>
        new FolderLocked({
          message: `nothing can be written to the folder ${folder}. Check its rights and the free space.`
        })
    )
  )

  const first = yield* take
  if (Result.isFailure(first)) {
    const found = yield* readOption(file)
    const holder = Option.flatMap(found, (content) => Schema.decodeUnknownOption(Holder)(content))
    const dead = Option.isSome(holder) && (yield* isDead(holder.value, self))
    if (dead) yield* Effect.ignore(files.remove(file))
    const second = dead ? yield* take : first
    if (Result.isFailure(second)) {
      const who = Option.match(holder, {
        onNone: () => "another process",
        onSome: (by) => `process ${by.pid} on ${by.host}`
      })
      return yield* new FolderLocked({
        message: `${folder} is in use by ${who}. Stop it first, or use PostgreSQL (LEDGERLINE_DATABASE_URL) to run several. If nothing runs there, remove ${file}.`
      })
    }
  }
  yield* Effect.addFinalizer(() => Effect.ignore(files.remove(file)))
})
