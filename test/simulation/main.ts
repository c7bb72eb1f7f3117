/**
 * main: `npm run simulate`.
 */
import { playHistory } from "./playHistory.ts"
const start = performance.now()
const runs = Number(process.argv[2] ?? 20),
  first = Number(process.argv[3] ?? 1)
let bad = 0,
  v = 0,
  f = 0
for (let seed = first; seed < first + runs; seed++) {
  const h = playHistory({
    seed,
    ...(runs === 1 ? { onLine: (l: string) => process.stdout.write(l + "\n") } : {})
  })
  v += h.vouchers
  f += [...h.faults.values()].reduce((a, b) => a + b, 0)
  if (h.violations.length > 0) {
    bad++
    process.stdout.write(
      `seed ${seed} ${h.strategy}: ${h.violations.map((x) => x.kind + " " + x.what).join("\n   ")}\n`
    )
  }
}
process.stdout.write(
  `${runs} runs ${bad} bad ${v} vouchers ${f} faults ${Math.round(performance.now() - start)} ms\n`
)
