# The desktop has the screen: the X server instead of a shell on its console, started again when it ends.
mkdir -p /var/log
sed -i '/^tty1:/d' /etc/inittab
echo "::respawn:/usr/bin/desktop" >>/etc/inittab
