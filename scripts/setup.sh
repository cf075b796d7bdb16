#!/usr/bin/env bash
# Sourced by ./run and ./test: installs what is missing and builds. Idempotent; says what it does.

# Two clones of the same commit share what the compiler made.
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$PWD} CCACHE_NOHASHDIR=1

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
fail() { printf '\033[31m!!\033[0m %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else fail "this step needs root: $* (run as root or install sudo)"; fi
}

# Installs the packages of packages.txt that are not there. Node.js newer than Debian's is kept.
install_packages() {
    command -v apt-get >/dev/null || fail "this script expects Debian 12 (apt-get not found); see packages.txt for what is needed"
    local missing=() package
    while read -r package; do
        case "$package" in ''|'#'*) continue ;; esac
        if [ "$package" = nodejs ] || [ "$package" = npm ]; then
            command -v "${package/nodejs/node}" >/dev/null && continue
        fi
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done < packages.txt
    if [ ${#missing[@]} -eq 0 ]; then return; fi
    say "installing ${#missing[@]} Debian packages: ${missing[*]}"
    as_root apt-get update -qq || fail "apt-get update failed: is the network there?"
    DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
        || fail "apt-get could not install: ${missing[*]}"
}

# build_web: npm ci when the lock file changed, vite build when a source changed.
build_web() {
    [ -f web/package-lock.json ] || return 0
    if [ ! -d web/node_modules ] || [ web/package-lock.json -nt web/node_modules/.installed ]; then
        say "installing the workbench's packages (npm ci)"
        (cd web && npm ci --no-audit --no-fund --loglevel=error) || fail "npm ci failed in web/"
        touch web/node_modules/.installed
    fi
    if [ ! -f web/dist/desk/index.html ] || [ -n "$(find web/src web/index.html web/package-lock.json web/vite.config.* -newer web/dist/desk/index.html 2>/dev/null | head -1)" ]; then
        say "building the workbench"
        (cd web && npm run build --silent) || fail "the workbench did not build"
        touch web/dist/desk/index.html
    fi
}

# build_cpp PRESET TARGET...
build_cpp() {
    local preset=$1; shift
    if [ ! -f "build/$preset/build.ninja" ]; then
        say "configuring build/$preset"
        cmake --preset "$preset" >"/tmp/guiqiao-configure.$$" 2>&1 || { cat "/tmp/guiqiao-configure.$$" >&2; fail "cmake failed"; }
        rm -f "/tmp/guiqiao-configure.$$"
    fi
    say "building $* ($preset)"
    cmake --build "build/$preset" --parallel "$(nproc)" --target "$@" || fail "the build failed"
}
