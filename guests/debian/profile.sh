# Read by each login shell of a Debian world.

export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
cd

cat /etc/motd
level=
read -r level </etc/level
PS1="${level:+[$level] }root@\\h:\\w\\\$ "
unset level

# Once in a boot: whoever started the world waits for this line.
read -r ready </etc/ready
[ "$(tty)" = "$ready" ] && mkdir /run/ready 2>/dev/null && echo "world: ready" >/dev/console
unset ready
