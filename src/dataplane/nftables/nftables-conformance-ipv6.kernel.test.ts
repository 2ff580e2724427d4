import { kernelConformance } from "../testing/kernel-suites.ts";
import { nftablesUnderTest } from "../testing/nftables-under-test.ts";

kernelConformance(nftablesUnderTest, "IPv6");
