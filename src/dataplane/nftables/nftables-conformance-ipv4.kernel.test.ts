import { nftablesConformance } from "../testing/nftables-conformance.ts";

nftablesConformance("IPv4");
