# shellcheck shell=bash
# Functions of docker-check and newcomer-check, which source this file.

# refuse MESSAGE: say why nothing can be checked, and exit with 2.
refuse() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  exit 2
}

# need PROGRAM...: refuse unless these are installed.
need() {
  local program missing=()
  for program in "$@"; do
    command -v "$program" >/dev/null || missing+=("$program")
  done
  [[ ${#missing[@]} -eq 0 ]] || refuse "missing: ${missing[*]}. On Debian and Ubuntu: sudo apt-get install ${missing[*]}"
}

# claim SENTENCE: what the commands until the next claim check.
claim() {
  claimed=$1
  printf '== %s\n' "$claimed"
}

# fail MESSAGE: the claim doesn't hold.
fail() {
  printf '%s\nFAILED: %s\n' "$1" "$claimed" >&2
  exit 1
}

# copy_project FOLDER: the files that git knows or would add, as they are now.
copy_project() {
  mkdir -p "$1"
  git ls-files -z --cached --others --exclude-standard --deduplicate |
    while IFS= read -r -d '' file; do
      [[ ! -f $file ]] || printf '%s\0' "$file"
    done | xargs -0 cp --parents -t "$1"
}

# debian FOLDER MIRROR PACKAGES: bootstrap a minimal Debian 12 with these packages (comma-separated)
# that resolves names and trusts certificates as this machine does. Needs root and debootstrap.
debian() {
  local root=$1 certificates=etc/ssl/certs/ca-certificates.crt
  # debootstrap mounts /proc and /sys in the folder. In a namespace of their own these mounts end
  # with it, so that deleting the folder never reaches through them.
  unshare --mount --pid --fork --kill-child debootstrap --variant=minbase \
    --include="ca-certificates,$3" bookworm "$root" "$2" >"$root.log" 2>&1 ||
    fail "$(tail -n 20 "$root.log")"
  rm -f "$root"/var/cache/apt/archives/*.deb "$root"/etc/{resolv.conf,hosts}
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  cp -L "${SSL_CERT_FILE:-/$certificates}" "$root/$certificates"
  # pip uses its own list of certificates otherwise, and torch is large.
  printf '[global]\ncert = /%s\ntimeout = 180\n' "$certificates" >"$root/etc/pip.conf"
}
