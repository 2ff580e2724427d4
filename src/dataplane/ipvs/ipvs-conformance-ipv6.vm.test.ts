import { ipvsUnderTest } from "../testing/ipvs-under-test.ts";
import { kernelConformance } from "../testing/kernel-suites.ts";

kernelConformance(ipvsUnderTest, "IPv6");
