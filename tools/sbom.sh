#!/bin/sh
# Writes the bill of materials as CycloneDX JSON: the requirements of the wheel, and the packages built into the pages.
set -eu
mkdir -p dist
.venv/bin/cyclonedx-py requirements requirements/runtime.txt --output-reproducible --of JSON -o dist/sbom-python.json
(cd web && npm sbom --omit=dev --sbom-format=cyclonedx --package-lock-only) > dist/sbom-web.json
.venv/bin/python - <<'END'
import json
for name in ("python", "web"):
    with open(f"dist/sbom-{name}.json", encoding="utf-8") as file:
        print(f"dist/sbom-{name}.json: {len(json.load(file)['components'])} components")
END
