/** The first program of a virtual machine. */
import { dirname } from "node:path";

/** The second serial port: the last thing that comes out of it is the command's exit status. Without one the machine has failed. */
export const statusDevice = "/dev/ttyS1";

const modules = [
  "unix",
  "dummy",
  "veth",
  "bridge",
  "nf_tables",
  "nft_chain_nat",
  "nf_conntrack",
  "nf_conntrack_netlink",
  "ip_vs",
  "sctp",
];

export function initScript({
  checkout,
  command,
}: {
  readonly checkout: string;
  readonly command: readonly string[];
}): string {
  return `#!/usr/bin/busybox sh
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:${dirname(process.execPath)} HOME=/root TMPDIR=/tmp TERM=dumb PORTHOLE_VM=1 NODE_OPTIONS="--import ${checkout}/tools/vm/stripped-sources.js"
/usr/bin/busybox --install -s /usr/bin 2>/dev/null
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
ln -s /proc/self/fd /dev/fd
# Modules that rules and sockets ask for by themselves are loaded by the kernel with this.
ln -sf /usr/bin/busybox /usr/sbin/modprobe
for module in ${modules.join(" ")}; do modprobe -q $module; done
ip link set lo up
cd ${quote(checkout)}
${command.map(quote).join(" ")} </dev/null
echo "status $?" > ${statusDevice}
sync
poweroff -f
`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
