#!/bin/sh
# Installs the Debian packages that tests and benchmarks need, where apt is available. A package counts as installed if
# a program of its name exists; `package:file` names another program or file to look for.
set -eu
missing=""
for wanted in "$@"; do
    package="${wanted%%:*}"
    sign="${wanted#*:}"
    command -v "$sign" >/dev/null 2>&1 || test -e "/usr/sbin/$sign" || test -e "$sign" || missing="$missing $package"
done
test -z "$missing" && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing$missing ..." >&2
    # shellcheck disable=SC2086
    apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null && exit 0
fi
echo "Needed, and not found:$missing. Install the packages of these names (as root: apt-get install$missing)." >&2
exit 1
