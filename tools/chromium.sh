#!/bin/sh
# The browser tests need Chromium; Debian's package is installed when it is missing and apt is there.
set -eu
command -v chromium >/dev/null 2>&1 && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing Chromium for the browser tests ..." >&2
    apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null && exit 0
fi
echo "Chromium is needed for the browser tests: install the package 'chromium' (as root: apt-get install chromium)." >&2
exit 1
