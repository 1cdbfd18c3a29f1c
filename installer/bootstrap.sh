#!/usr/bin/env bash
# bash installer/bootstrap.sh demo|test|admin ARGUMENTS
# Finds a Python >= 3.11 and hands over: all else is in bootstrap.py, which Windows shares.
set -euo pipefail
unset CDPATH
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)

find_python() {
  local name
  for name in python3.13 python3.12 python3.11 python3; do
    # Only a run proves it: version switchers leave names on the path that start nothing.
    "$name" -I -c 'import sys; sys.version_info < (3, 11) and sys.exit(1); print(sys.executable)' 2>/dev/null && return
  done
  return 1
}

install_python() {
  local line
  if command -v apt-get >/dev/null; then
    line='apt-get update && apt-get install -y python3 python3-venv'
  elif command -v dnf >/dev/null; then
    line='dnf install -y python3.11'
  else
    echo 'set-up: no Python 3.11 or newer: install one with your package manager, then run this again.' >&2
    exit 2
  fi
  if [[ $EUID -eq 0 ]]; then
    echo "set-up: $line" >&2
    bash -c "$line" >&2
  elif sudo -n true 2>/dev/null; then
    echo "set-up: sudo $line" >&2
    sudo -n bash -c "$line" >&2
  else
    printf 'set-up: no Python 3.11 or newer. Run this line, then the same command again:\n%s\n' "sudo sh -c '$line'" >&2
    exit 2
  fi
}

python=$(find_python) || {
  install_python
  python=$(find_python) || { echo 'set-up: the system offers no Python 3.11 or newer.' >&2; exit 2; }
}
exec "$python" -I "$here/bootstrap.py" "$@"
