import { kernelAgreement } from "../testing/kernel-suites.ts";
import { nftablesUnderTest } from "../testing/nftables-under-test.ts";

kernelAgreement(nftablesUnderTest);
