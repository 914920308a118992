#!/usr/bin/env bash
# Installs the package on this machine's system without changing it, in a mount namespace over an
# overlay in memory: dpkg's own scripts run, the unit's command is started as the unit's user with its
# settings, answers, and is removed and purged. It takes root, on Debian.
set -euo pipefail

package=$(realpath "$1")

if [ "${2:-}" != inside ]; then
	work=$(mktemp -d)
	trap 'rmdir "$work"' EXIT
	unshare --mount --pid --fork --kill-child "$0" "$package" inside "$work"
	exit
fi

fail() { echo "deb-test: $*" >&2; exit 1; }

work=$3
mount -t tmpfs -o size=1g deb-test "$work"
mkdir "$work"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$work/root"
for dir in /proc /dev /sys; do mount --rbind "$dir" "$work/root$dir"; done
mount -t proc proc "$work/root/proc"
mount -t tmpfs tmpfs "$work/root/run"
cp "$package" "$work/root/tmp/package.deb"

inside() { chroot "$work/root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }

echo "installing"
inside dpkg -i --force-depends /tmp/package.deb >/dev/null
inside getent passwd coordinator >/dev/null || fail "there is no account"
[ "$(inside stat -c '%U:%G %a' /etc/coordinator/coordinator.env)" = "root:coordinator 640" ] || fail "everybody reads the settings"
[ "$(inside stat -c '%U:%G %a' /var/lib/coordinator)" = "coordinator:coordinator 700" ] || fail "everybody enters the data"

echo "installing once more: the scripts change nothing, and the settings stay"
echo "COORDINATOR_ADMIN_EMAIL=kept@example.com" >>"$work/root/etc/coordinator/coordinator.env"
sed -i 's/^COORDINATOR_ADDR=.*/COORDINATOR_ADDR=127.0.0.1:18099/' "$work/root/etc/coordinator/coordinator.env"
inside dpkg -i --force-depends /tmp/package.deb >/dev/null
grep -q kept@example.com "$work/root/etc/coordinator/coordinator.env" || fail "the settings were replaced"

echo "starting what the unit starts, as its user"
unit=$work/root/usr/lib/systemd/system/coordinator.service
value() { sed -n "s/^$1=//p" "$unit"; }
cat >"$work/root/tmp/start.sh" <<STEPS
set -a; . $(value EnvironmentFile); set +a
cd /; umask $(value UMask)
# As systemd sets it for a user.
export HOME=/var/lib/coordinator
exec setpriv --reuid=$(value User) --regid=$(value Group) --clear-groups --no-new-privs --bounding-set=-all $(value ExecStart)
STEPS
# Not through the function, whose process would get the signal in the service's place.
chroot "$work/root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin sh /tmp/start.sh >"$work/log" 2>&1 &
service=$!
ready=
for _ in $(seq 300); do
	if [ "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:18099/readyz || true)" = 200 ]; then ready=yes; break; fi
	kill -0 "$service" 2>/dev/null || break
	sleep 0.2
done
[ -n "$ready" ] || { cat "$work/log" >&2; fail "it does not answer /readyz"; }
kill -TERM "$service"
wait "$service" || fail "it does not stop in order"

echo "removing leaves the data and the settings"
inside dpkg -r coordinator >/dev/null
[ ! -e "$work/root/usr/bin/coordinator" ] || fail "the program is left"
[ -f "$work/root/var/lib/coordinator/keys/secret-key" ] || fail "the data is gone"
[ -f "$work/root/etc/coordinator/coordinator.env" ] || fail "the settings are gone"

echo "purging takes them"
inside dpkg -P coordinator >/dev/null
[ ! -e "$work/root/var/lib/coordinator" ] || fail "the data is left"
[ ! -e "$work/root/etc/coordinator" ] || fail "the settings are left"
! inside getent passwd coordinator >/dev/null || fail "the account is left"

echo "The package installs, starts, is removed and purged."
