#!/usr/bin/env bash
# Builds a release from a clean checkout of its tag: one binary for each system, their
# sums, and the image.
#
#   scripts/release.sh v1.2.3             into bin/release/v1.2.3
#   scripts/release.sh v1.2.3 FOLDER      into FOLDER, which is made and must be empty
#
# PLATFORMS="linux/amd64 darwin/arm64" builds those alone. DOCKER names the program that
# builds the image. CONTRIBUTING.md says how a release is cut.
set -euo pipefail

refuse() { echo "release: $*" >&2; exit 1; }

[ $# -ge 1 ] && [ $# -le 2 ] || refuse "give a version, such as v1.2.3, and perhaps a folder"
version=$1
[[ $version =~ ^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?$ ]] ||
	refuse "'$version' is no version: write it like v1.2.3 or v1.2.3-rc.1"
major=${BASH_REMATCH[1]}

# A folder that is given is relative to the caller's directory, not to the root.
if [ $# -eq 2 ]; then mkdir -p "$2"; folder=$(cd "$2" && pwd); fi
cd "$(dirname "$0")/.."
if [ $# -eq 1 ]; then mkdir -p "bin/release/$version"; folder=$(cd "bin/release/$version" && pwd); fi

# 1. What is released is what the tag says.
[ -z "$(ls -A "$folder")" ] || refuse "$folder is not empty: remove what is in it, or name another folder"
[ -z "$(git status --porcelain)" ] || refuse "there are changes that are not committed: commit them, or use a fresh clone"
[ "$(git rev-parse -q --verify "refs/tags/$version^{commit}")" = "$(git rev-parse HEAD)" ] ||
	refuse "$version does not tag the commit that is checked out: git tag $version, or git checkout $version"
grep -q "^## ${version#v}\( \|$\)" CHANGELOG.md ||
	refuse "CHANGELOG.md has no heading '## ${version#v}': say there what has changed"
module=$(go list -m)
[ "$major" -le 1 ] || [[ $module == */v$major ]] ||
	refuse "go install cannot find $version: the module path $module has to end in /v$major"

# 2. The binaries. They need nothing of the machine that they run on.
for platform in ${PLATFORMS:-linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 \
	windows/amd64 windows/arm64 freebsd/amd64 freebsd/arm64}; do
	os=${platform%/*} arch=${platform#*/} suffix=
	if [ "$os" = windows ]; then suffix=.exe; fi
	echo "building $platform"
	CGO_ENABLED=0 GOOS=$os GOARCH=$arch go build -trimpath -buildvcs=true \
		-ldflags="-s -w -X $module/admin.release=$version" \
		-o "$folder/ilp-connector_${version}_${os}_$arch$suffix" ./cmd/ilp-connector
done
cp LICENSE "$folder/"

# 3. Their sums, for sha256sum -c.
sum() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
(cd "$folder" && sum LICENSE ilp-connector_* >SHA256SUMS)

# 4. The image, of the system of this machine.
docker=${DOCKER:-docker}
image=(build -f deploy/Dockerfile --build-arg "VERSION=$version" -t "ilp-connector:$version" .)
if "$docker" info >/dev/null 2>&1; then
	"$docker" "${image[@]}"
else
	echo "release: NO IMAGE was built, because '$docker info' fails: start docker, and run docker ${image[*]}" >&2
fi
echo "$version is in $folder"
