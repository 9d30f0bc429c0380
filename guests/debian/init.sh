#!/bin/sh
# The first program of a Debian world: makes the machine usable, then becomes busybox's init, which
# keeps a login shell on each console and carries out poweroff and reboot.

export PATH=/usr/sbin:/usr/bin:/sbin:/bin

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts

# Kernel messages below an error would land in the middle of what a user types.
echo 4 >/proc/sys/kernel/printk

modules=
while read -r module; do
    modules="$modules $module"
done </etc/modules
# Unquoted: one word a module.
modprobe -a $modules || echo "world: some modules did not load"

# The value of a word cloister.NAME=VALUE of the kernel command line, which may be quoted.
value() {
    xargs printf '%s\n' </proc/cmdline | sed -n "s/^cloister\.$1=//p" | tail -n 1
}

# The same without what a shell prompt or a terminal would obey.
option() {
    value "$1" | tr -d '\000-\037\177`$\\'
}

world=
level=
addresses=
read -r command_line </proc/cmdline
case $command_line in
*cloister.*)
    world=$(option world)
    level=$(option level)
    addresses=$(option address | tr , ' ')
    value start >/etc/start
    ;;
esac

hostname "$(printf %s "${world:-world}" | tr -c 'A-Za-z0-9-' '-')"
{
    echo
    echo "Debian world${world:+ $world}${level:+, level $level} (Linux $(uname -r))"
} >/etc/motd
printf '%s' "$level" >/etc/level

ip link set lo up

# The network interface of the world's adapter on a link, by the table in which the monitor says which
# links there are (docs/links.md).
interface_on() {
    table=/sys/firmware/acpi/tables/CLST
    count=$(od -An -tu4 -j40 -N4 $table)
    entry=204
    while [ $((count)) -gt 0 ]; do
        name=$(tail -c +$((entry + 1)) $table | head -c 32 | tr -d '\000')
        if [ "$name" = "$1" ]; then
            slot=$(od -An -tu1 -j$((entry + 40)) -N1 $table)
            ls "/sys/bus/pci/devices/0000:00:$(printf %02x $((slot))).0/"virtio*/net
            return
        fi
        entry=$((entry + 48))
        count=$((count - 1))
    done
}

# What udhcpc (busybox) runs with what a network's server says.
lease() {
    cat >/etc/lease <<'END'
#!/bin/sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip address replace "$ip/$mask" dev "$interface"
[ -z "$router" ] || ip route replace default via "${router%% *}" dev "$interface"
for server in $dns; do echo "nameserver $server"; done >/etc/resolv.conf
END
    chmod +x /etc/lease
}

for assignment in $addresses; do
    link=${assignment%%:*}
    interface=$(interface_on "$link")
    if [ -n "$interface" ]; then
        ip link set "$interface" up
        case ${assignment#*:} in
        dhcp) lease && udhcpc -b -i "$interface" -s /etc/lease >/dev/null 2>&1 & ;;
        *) ip address add "${assignment#*:}" dev "$interface" ;;
        esac
    else
        echo "world: there is no link $link to have an address on"
    fi
done

# A port that was not found has type 0.
serial_port() {
    type=0
    read -r type 2>/dev/null <"/sys/class/tty/$1/type"
    [ "$type" != 0 ]
}

# Without a screen the kernel binds its virtual terminals to a dummy.
screen() {
    for terminal in /sys/class/vtconsole/*; do
        read -r bound <"$terminal/bind"
        read -r name <"$terminal/name"
        case $bound$name in
        1*dummy*) ;;
        1*) return 0 ;;
        esac
    done
    return 1
}

# A virtio console with several ports names them only after its driver has started.
virtio_console() {
    for device in /sys/bus/virtio/drivers/virtio_console/virtio*; do
        [ -e "$device" ] || return 1
    done
    for attempt in 1 2 3 4 5 6 7 8 9 10; do
        [ -e /dev/hvc0 ] && return 0
        sleep 0.02
    done
    return 1
}

consoles=
serial_port ttyS0 && consoles="$consoles ttyS0"
screen && consoles="$consoles tty1"
virtio_console && consoles="$consoles hvc0"
[ -n "$consoles" ] || echo "world: no console to start a shell on"

# The console whose shell says that the world is ready: the kernel's own, or else the first.
set -- $consoles
ready=$1
read -r active </sys/class/tty/console/active
active=${active##* }
[ "$active" = tty0 ] && active=tty1
case " $consoles " in
*" $active "*) ready=$active ;;
esac
echo "/dev/$ready" >/etc/ready

{
    for console in $consoles; do
        echo "$console::respawn:-/bin/sh"
    done
    [ -s /etc/start ] && echo "::once:/bin/sh /etc/start"
    echo "::ctrlaltdel:/sbin/reboot"
    echo "::shutdown:/bin/sync"
    echo "::shutdown:/bin/umount -a -r 2>/dev/null"
} >/etc/inittab

# What a variant of the world needs beyond this.
[ -e /etc/init.variant ] && . /etc/init.variant

exec /sbin/init
