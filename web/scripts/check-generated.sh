#!/bin/sh
# src/api/generated.ts must be what docs/openapi.json makes today.
set -eu
before=$(cksum <src/api/generated.ts)
npm run --silent generate >/dev/null
[ "$before" = "$(cksum <src/api/generated.ts)" ] || {
    echo "src/api/generated.ts was stale; it is fresh now. Commit it (make docs)." >&2
    exit 1
}
