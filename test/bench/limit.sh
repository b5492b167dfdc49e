# Sourced first by each bench: ends it after BENCH_LIMIT seconds (1800), so that a peer that hangs does not hang who measures.
if [ -z "${BENCH_IS_LIMITED:-}" ]; then
  BENCH_IS_LIMITED=1 exec timeout --kill-after=10 "${BENCH_LIMIT:-1800}" "$0" "$@"
fi
