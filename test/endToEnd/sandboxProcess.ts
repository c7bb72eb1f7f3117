/**
 * sandboxProcess: the sandbox as a process of its own; what it says is read over HTTP.
 */
import { Effect, FileSystem, Schema, Stream } from "effect"
import { BooksContent } from "../../src/sandbox/ifs/Voucher.ts"
import { start } from "../cli/ledgerline.ts"
import { impatient } from "./scene.ts"

const Books = Schema.fromJsonString(BooksContent)
const Statistics = Schema.fromJsonString(
  Schema.Struct({ requests: Schema.Record(Schema.String, Schema.Int) })
)

/** Starts it in `folder`; it is stopped with the scope. `created` counts the vouchers that were asked for. */
export const sandboxProcess = Effect.fn("sandboxProcess")(function* (folder: string, documents: number) {
  const files = yield* FileSystem.FileSystem
  const command = `sandbox --folder sandbox --documents ${documents} --commerce-port 0 --ifs-port 0`
  const running = yield* start({ folder }, command.split(" "))
  const [ifs = ""] = yield* Stream.decodeText(running.stdout).pipe(
    Stream.splitLines,
    Stream.map((line) => /^IFS Cloud +(\S+)/u.exec(line)?.[1] ?? ""),
    Stream.filter((url) => url !== ""),
    Stream.take(1),
    Stream.runCollect
  )
  const connections = `${folder}/connections.yaml`
  yield* files.writeFileString(
    connections,
    impatient(yield* files.readFileString(`${folder}/sandbox/connections.yaml`))
  )
  const ask = (path: string) =>
    Effect.tryPromise((signal) => fetch(`${ifs}/sandbox/${path}`, { signal }).then((answer) => answer.text()))
  return {
    connections,
    books: Effect.flatMap(ask("books"), Schema.decodeUnknownEffect(Books)),
    created: Effect.flatMap(ask("statistics"), Schema.decodeUnknownEffect(Statistics)).pipe(
      Effect.map(({ requests }) =>
        Object.entries(requests)
          .filter(([route]) => route.endsWith("CreateVoucher"))
          .reduce((all, [, count]) => all + count, 0)
      )
    )
  }
})
