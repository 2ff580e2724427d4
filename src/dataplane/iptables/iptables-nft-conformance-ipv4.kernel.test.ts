import { iptablesConformance } from "../testing/iptables-conformance.ts";

iptablesConformance("nft", "IPv4");
