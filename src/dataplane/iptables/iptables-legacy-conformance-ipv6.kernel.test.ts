import { iptablesUnderTest } from "../testing/iptables-under-test.ts";
import { kernelConformance } from "../testing/kernel-suites.ts";

kernelConformance(iptablesUnderTest("legacy"), "IPv6");
