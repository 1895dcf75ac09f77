#!/bin/sh
# Installs server programs without starting or enabling a service: install-with-apt.sh database|redis...
# A machine that already forbids or allows services by its own policy-rc.d keeps it as it is.
set -eu
export DEBIAN_FRONTEND=noninteractive

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

apt() { apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"; }

was_installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

leave_no_service() {
  if [ -d /run/systemd/system ]; then
    systemctl disable --now "$1" || true
  else
    service "$1" stop >/dev/null 2>&1 || true
    update-rc.d "$1" disable || true
  fi
}

install_with_service() {
  was_installed "$1" && return
  apt install --no-install-recommends "$1"
  leave_no_service "$2"
}

apt update
for what in "$@"; do
  case $what in
    database)
      if apt-cache show mariadb-server-core >/dev/null 2>&1; then
        # The server alone, without the package that makes a service of it.
        apt install --no-install-recommends mariadb-server-core mariadb-client-core
      else
        install_with_service mariadb-server mariadb
      fi
      ;;
    redis) install_with_service redis-server redis-server ;;
    *) echo "unknown: $what" >&2; exit 2 ;;
  esac
done
