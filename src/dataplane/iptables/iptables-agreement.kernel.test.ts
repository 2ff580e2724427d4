import { iptablesUnderTest } from "../testing/iptables-under-test.ts";
import { kernelAgreement } from "../testing/kernel-suites.ts";
import { variants } from "./iptables-programs.ts";

for (const variant of variants) kernelAgreement(iptablesUnderTest(variant));
