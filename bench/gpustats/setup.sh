#!/bin/bash
# Prepares gpustats: Mesa's AMD and Intel drivers out of Debian's backports, and the libraries that pretend to the drivers
# that a GPU is there ("no-op DRM shims"), built from Mesa's source. Needs Debian 12 on x64, root for apt-get, and about
# three minutes. Installs compilers and headers; Mesa itself is unpacked beside the system, nothing of it is replaced.
#
#   bench/gpustats/setup.sh [folder]    # default ~/.cache/gpustats; another one is named to gpustats by GPUSTATS_DIR
set -euo pipefail

mkdir -p "${1:-$HOME/.cache/gpustats}"
folder=$(cd "${1:-$HOME/.cache/gpustats}" && pwd)
libraries=$folder/x/usr/lib/x86_64-linux-gnu
mkdir -p "$folder/lists/partial" "$folder/dl"

packages=(
  libvulkan1 gcc g++ libc6-dev pkg-config ninja-build bison flex dpkg-dev xz-utils
  python3-mako python3-yaml python3-packaging spirv-tools glslang-tools
  libdrm-dev libelf-dev zlib1g-dev libexpat1-dev libvulkan-dev libllvm15
  libxcb-dri3-0 libxcb-present0 libxcb-sync1 libxcb-randr0 libxcb-shm0 libxcb-xfixes0
  libx11-xcb1 libxshmfence1 libwayland-client0
)
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null

# Backports and the source of Mesa, from the mirror that the system uses, in lists of their own.
mirror=$(apt-get indextargets --format '$(SITE)' 'Suite: oldstable' | head -n 1)
mirror=${mirror:-$(apt-get indextargets --format '$(SITE)' 'Codename: bookworm' | head -n 1)}
signed='signed-by=/usr/share/keyrings/debian-archive-keyring.gpg'
cat >"$folder/bpo.list" <<LIST
deb [$signed] $mirror bookworm-backports main
deb-src [$signed] $mirror trixie main
LIST
apt=(
  apt-get -o "Dir::Etc::sourcelist=$folder/bpo.list" -o Dir::Etc::sourceparts=-
  -o "Dir::State::lists=$folder/lists" -o APT::Sandbox::User=root
)
"${apt[@]}" update -qq
cd "$folder/dl"
"${apt[@]}" download -qq mesa-vulkan-drivers libdrm2 libdrm-amdgpu1 libdrm-dev libdrm-intel1 libdrm-radeon1 \
  libdrm-nouveau2 meson
"${apt[@]}" source -qq --download-only mesa
for package in *.deb; do dpkg -x "$package" "$folder/x"; done
sed -i -E "s#\"library_path\": \"(/usr/lib/x86_64-linux-gnu/)?#\"library_path\": \"$libraries/#" \
  "$folder"/x/usr/share/vulkan/icd.d/*.json
sed -i "s#^prefix=.*#prefix=$folder/x/usr#" "$libraries"/pkgconfig/libdrm*.pc

rm -rf "$folder/src"
mkdir "$folder/src"
tar xf mesa_*.orig.tar.xz -C "$folder/src" --strip-components 1
cd "$folder/src"
export PYTHONPATH=$folder/x/usr/lib/python3/dist-packages
export PKG_CONFIG_PATH=$libraries/pkgconfig LIBRARY_PATH=$libraries PATH=/usr/bin:/bin:$PATH
# Runs a command with its output in a log, of which the end is shown where it fails.
logged() {
  local log=$folder/$1.log
  shift
  "$@" >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }
}
logged meson /usr/bin/python3 "$folder/x/usr/bin/meson" setup b -Dtools=drm-shim,intel -Dvulkan-drivers=amd \
  -Dgallium-drivers= -Dplatforms= -Dopengl=false -Dglx=disabled -Degl=disabled -Dgbm=disabled -Dgles1=disabled \
  -Dgles2=disabled -Dllvm=disabled -Dvideo-codecs= -Dshared-glapi=disabled -Dbuildtype=release
shims=(src/intel/tools/libintel_noop_drm_shim.so src/amd/drm-shim/libamdgpu_noop_drm_shim.so)
logged ninja ninja -C b "${shims[@]}"
for shim in "${shims[@]}"; do cp "b/$shim" "$folder/"; done
rm -rf "$folder/src" "$folder/dl"
echo "ready: $folder"
