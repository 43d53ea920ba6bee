#!/bin/sh
# Builds the images, and writes for each what is in it (CycloneDX) and the texts of the licences, into the folder $1.
set -eu
cd "$(dirname "$0")/../.."
folder=${1:?a folder is needed}
mkdir -p "$folder"
for program in gateway publisher; do
    image=${TICKCAST_IMAGES:-tickcast}-$program
    docker build --quiet --file deploy/Dockerfile --target "$program" --tag "$image" . >/dev/null
    # Nothing is fetched: the list is made inside the image.
    inside() {
        docker run --rm --interactive --network none --read-only "$image" python - "$@" <deploy/sbom/inventory.py
    }
    inside >"$folder/$program.cdx.json"
    inside --licences >"$folder/$program.licences.txt"
    echo "made $folder/$program.cdx.json and $folder/$program.licences.txt"
done
