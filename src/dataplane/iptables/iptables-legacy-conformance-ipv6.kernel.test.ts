import { iptablesConformance } from "../testing/iptables-conformance.ts";

iptablesConformance("legacy", "IPv6");
