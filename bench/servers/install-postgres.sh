#!/bin/sh
# Installs PostgreSQL's server programs with apt, without making a cluster and without starting or enabling a service.
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

apt update
apt install --no-install-recommends postgresql-common
sed -i 's/^#\{0,1\} *create_main_cluster *=.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
apt install --no-install-recommends postgresql
if [ -d /run/systemd/system ]; then
  systemctl disable --now postgresql || true
else
  update-rc.d postgresql disable || true
fi
