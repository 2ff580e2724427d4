/** How large packets may be on the ways out of a node, and to its pods. */
import { type HostFacts, type LinkSize, maxNamed } from "../../api/proxy-report/host-facts.ts";
import { isInCidrs } from "../../forwarding/index.ts";
import { openRouteControl } from "../../kernel/index.ts";

type LinkSizes = Pick<HostFacts, "uplink" | "widerLinks" | "podLink" | "narrowRoutes">;

/** `podCIDRs`: of the node's own pods. Of the network namespace that the process is in. */
export async function readLinkSizes(podCIDRs: readonly string[]): Promise<LinkSizes> {
  await using control = await openRouteControl();
  const all = [...(await control.listRoutes("IPv4")), ...(await control.listRoutes("IPv6"))];
  const links = (await control.listLinks()).filter(({ up, name }) => up && name !== "lo");
  const byIndex = new Map(links.map((link) => [link.index, link]));
  const routes = all.flatMap(({ type, destination, linkIndex }) => {
    const link = byIndex.get(linkIndex ?? 0);
    // Every link has one to its own neighbours (RFC 4291).
    const isLinkLocal = destination.startsWith("fe80:");
    return type === "unicast" && link && !isLinkLocal ? [{ destination, link }] : [];
  });
  const uplink = routes.find(({ destination }) => destination.endsWith("/0"))?.link;
  const isPods = (destination: string) => isInCidrs(destination.split("/")[0] ?? "", podCIDRs);
  const podLink = routes
    .filter(({ destination }) => isPods(destination))
    .map(({ link }) => link)
    .reduce<LinkSize | undefined>((a, b) => (a && a.mtu >= b.mtu ? a : b), undefined);
  const narrow = routes.filter(
    ({ destination, link }) => podLink && link.mtu < podLink.mtu && link !== uplink && !isPods(destination),
  );
  const wider = uplink ? links.filter(({ mtu }) => mtu > uplink.mtu) : [];
  return {
    ...(uplink && { uplink: sizeOf(uplink) }),
    widerLinks: wider.slice(0, maxNamed).map(sizeOf),
    ...(podLink && { podLink: sizeOf(podLink) }),
    narrowRoutes: narrow
      .slice(0, maxNamed)
      .map(({ destination, link }) => ({ destination, ...sizeOf(link) })),
  };
}

function sizeOf({ name, mtu }: LinkSize): LinkSize {
  return { name, mtu };
}
